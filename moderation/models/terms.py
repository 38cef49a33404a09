"""Phrases that the operators of a site block or allow, beside the rules that are everybody's."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from safety.policy import has_words


class Term(models.Model):
    """One phrase. It is compared in plain letters, so that no disguise of it counts as another phrase."""

    class Does(models.TextChoices):
        BLOCK = "block", _("block")
        ALLOW = "allow", _("allow")

    phrase = models.CharField(_("phrase"), max_length=200, unique=True)
    does = models.CharField(
        _("does"),
        max_length=5,
        choices=Does.choices,
        default=Does.BLOCK,
        help_text=_(
            "A text with a phrase to block is refused. Phrases to allow are taken out first; they change nothing about "
            "the rule that protects children."
        ),
    )
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Why, for other operators."))

    class Meta:
        verbose_name = _("blocked or allowed phrase")
        verbose_name_plural = _("blocked and allowed phrases")
        ordering = ["phrase"]

    def __str__(self) -> str:
        return self.phrase

    def clean(self) -> None:
        if not has_words(self.phrase):
            raise ValidationError({"phrase": _("Write at least one word.")})
