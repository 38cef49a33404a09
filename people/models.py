"""What MediaGen knows of a person beside the account."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Operators are whom Django calls staff: they need no role."""

    MEMBER = "member", _("member")
    MODERATOR = "moderator", _("moderator")


class Profile(models.Model):
    """One person. Who has no row is a member that has chosen nothing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="profile", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    adult_confirmed_at = models.DateTimeField(_("confirmed to be an adult"), null=True, blank=True)
    wants_mature = models.BooleanField(_("wants to see mature content"), default=False)
    paused_until = models.DateTimeField(
        _("paused until"), null=True, blank=True, help_text=_("May look until then, and not generate or share.")
    )

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.user)
