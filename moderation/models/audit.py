"""What moderators and operators did: written once, never changed."""

from typing import Any, Never

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(TypeError):
    """Entries of the log are neither changed nor deleted."""


class Entries(models.QuerySet["AuditEntry"]):
    def update(self, **values: Any) -> Never:
        raise AppendOnly

    def bulk_update(self, *args: Any, **options: Any) -> Never:
        raise AppendOnly

    def delete(self) -> Never:
        raise AppendOnly


class AuditEntry(models.Model):
    """One act. It refers to people and things by number and name alone: it stays as it is when they go.

    `by_id` is None for what the rules did by themselves. The database has triggers that hold what is promised here
    (moderation.append_only).
    """

    at = models.DateTimeField(_("when"), auto_now_add=True)
    by_id = models.BigIntegerField(_("by (number)"), null=True)
    by_name = models.CharField(_("by"), max_length=150, blank=True)
    act = models.CharField(_("act"), max_length=40)
    person_id = models.BigIntegerField(_("person (number)"), null=True)
    person_name = models.CharField(_("person"), max_length=150, blank=True)
    thing = models.CharField(_("about"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.TextField(_("reason"), blank=True)

    objects = Entries.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [
            # What was done about one person.
            models.Index(fields=["person_id", "-id"], name="audit_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.act}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(**{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> Never:
        raise AppendOnly
