"""What was made from what."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .output import Output


class How(models.TextChoices):
    REMIX = "remix", _("remixed")
    RERUN = "rerun", _("made again")
    REFERENCE = "reference", _("used as a picture to start from")


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
