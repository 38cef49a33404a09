"""What people say is wrong with something that was shared with them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

WORDS_LIMIT = 1000


class Wrong(models.TextChoices):
    """Why somebody reports something. The reason is also the ready note of the act that answers it."""

    MINOR = "minor", _("sexual, with somebody who is or looks under age")
    PERSON = "person", _("shows a real person who has not agreed")
    ADULT = "adult", _("adult content that is not rated so")
    HATE = "hate", _("hate, threats or harassment")
    VIOLENCE = "violence", _("cruelty or gore")
    RIGHTS = "rights", _("infringes somebody’s rights")
    OTHER = "other", _("something else")


class Report(models.Model):
    """One person’s report of one output, or of one collection. Whoever had only the link has no name. It outlives what
    it is about."""

    output = models.ForeignKey(
        "gallery.Output", models.SET_NULL, null=True, related_name="reports", verbose_name=_("output")
    )
    collection = models.ForeignKey(
        "gallery.Collection", models.SET_NULL, null=True, related_name="reports", verbose_name=_("collection")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports_made", verbose_name=_("reporter")
    )
    wrong = models.CharField(_("what is wrong"), max_length=10, choices=Wrong.choices)
    words = models.CharField(_("in your words"), max_length=WORDS_LIMIT, blank=True)
    created_at = models.DateTimeField(_("reported"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["output", "reporter"],
                name="one_open_report_per_person_and_output",
                condition=models.Q(decided_at=None),
            ),
            models.UniqueConstraint(
                fields=["collection", "reporter"],
                name="one_open_report_per_person_and_collection",
                condition=models.Q(decided_at=None),
            ),
        ]
        indexes = [
            # The queue: what waits longest.
            models.Index(fields=["created_at", "id"], name="report_open", condition=models.Q(decided_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.wrong} {self.output_id or self.collection_id}"
