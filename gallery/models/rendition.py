"""Smaller pictures and short films made once from a kept file."""

from secrets import token_hex
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from .output import Output


def rendition_path(rendition: "Rendition", filename: str) -> str:
    """Never the same twice: what is drawn anew is another file, also where the old one is about to go."""
    output = rendition.output
    return f"renditions/{output.sha256[:2]}/{output.pk}-{rendition.spec}-{token_hex(4)}.{rendition.format}"


class Drawn(NamedTuple):
    """What pages tell of a rendition."""

    spec: str
    width: int
    height: int


class Rendition(models.Model):
    """One picture or film drawn from an output. `spec` says which: kind and width in pixels, such as `still-640`."""

    output = models.ForeignKey(Output, models.CASCADE, related_name="renditions", verbose_name=_("output"))
    spec = models.CharField(_("specification"), max_length=20)
    format = models.CharField(_("format"), max_length=8)
    file = models.FileField(_("file"), upload_to=rendition_path)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    bytes = models.PositiveIntegerField(_("bytes"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = [models.UniqueConstraint(fields=["output", "spec"], name="one_rendition_of_a_spec")]

    def __str__(self) -> str:
        return f"{self.output_id} {self.spec}"
