"""What the person concerned says against an act of a moderator, or of the rules."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .audit import AuditEntry
from .reports import WORDS_LIMIT


class Appeal(models.Model):
    """Against one act, by the one person concerned, once. It waits until a moderator upholds or reverses the act."""

    act = models.OneToOneField(AuditEntry, models.PROTECT, related_name="appeal", verbose_name=_("act"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="appeals", verbose_name=_("person")
    )
    output = models.ForeignKey(
        "gallery.Output", models.SET_NULL, null=True, blank=True, related_name="appeals", verbose_name=_("output")
    )
    words = models.CharField(_("in your words"), max_length=WORDS_LIMIT)
    created_at = models.DateTimeField(_("appealed"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reversed = models.BooleanField(_("reversed"), default=False)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["created_at", "id"]
        indexes = [
            # The queue: what waits longest.
            models.Index(fields=["created_at", "id"], name="appeal_open", condition=models.Q(decided_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.act_id}"
