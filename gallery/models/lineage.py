"""What was made from what."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .output import Output


class How(models.TextChoices):
    """Each is told in one word, which stands beneath a picture in the family tree."""

    REMIX = "remix", _("remix")
    VARIANT = "variant", _("variant")
    """A remix that changed nothing but what may differ within a stack (stacks.DIFFERING)."""
    RERUN = "rerun", _("again")
    REFERENCE = "reference", _("reference")
    """It starts from a picture of the parent."""


class Descent(models.Model):
    """One step of a family: `child` was made from `parent`."""

    child = models.ForeignKey(Output, models.CASCADE, related_name="ancestry", verbose_name=_("child"))
    parent = models.ForeignKey(Output, models.CASCADE, related_name="offspring", verbose_name=_("parent"))
    how = models.CharField(_("how"), max_length=10, choices=How.choices)

    class Meta:
        verbose_name = _("descent")
        verbose_name_plural = _("descents")
        constraints = [models.UniqueConstraint(fields=["child", "parent", "how"], name="one_descent_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"
