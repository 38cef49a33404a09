"""What the policy refused. Moderators need the facts, so the text is kept, for as long as the site says."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from safety.policy import Rule

from .audit import AppendOnly


class Where(models.TextChoices):
    """At which door a text was refused."""

    SUBMIT = "submit", _("generate")
    RETRY = "retry", _("try again")
    RERUN = "rerun", _("make again")
    WORDS = "words", _("titles, tags and other words")
    IMPORT = "import", _("brought in")


class RuleName(models.TextChoices):
    UNDER_AGE = Rule.UNDER_AGE, _("sexual, with somebody under age")
    UNCLEAR_AGE = Rule.UNCLEAR_AGE, _("sexual, and not said to be adults")
    BLOCKED = Rule.BLOCKED, _("a phrase that this site blocks")


class Refusal(models.Model):
    """One text that was refused to one person. Written once, never changed; it goes when its time is over."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="refusals", verbose_name=_("person")
    )
    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    where = models.CharField(_("where"), max_length=10, choices=Where.choices)
    rule = models.CharField(_("rule"), max_length=12, choices=RuleName.choices)
    texts = models.JSONField(_("texts"), help_text=_("What was asked for, by field."))
    words = models.JSONField(_("words"), help_text=_("What led to it, as the rule read it."))
    texts_sha256 = models.CharField("SHA-256", max_length=64)
    for_review = models.BooleanField(
        _("for review"), default=False, help_text=_("One of several in a few days: moderators were asked to look.")
    )

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        ordering = ["-at", "-id"]
        indexes = [
            # How often lately, at each refusal.
            models.Index(fields=["person", "rule", "at"], name="refusal_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.at:%Y-%m-%d %H:%M}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(**{**options, "force_insert": True})
