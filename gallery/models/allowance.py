"""How much room a person's files may take, where it differs from what the site gives everybody."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Allowance(models.Model):
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="allowance", verbose_name=_("person")
    )
    bytes = models.PositiveBigIntegerField(_("bytes"), help_text=_("0 is no limit."))

    class Meta:
        verbose_name = _("allowance of storage")
        verbose_name_plural = _("allowances of storage")

    def __str__(self) -> str:
        return str(self.person)
