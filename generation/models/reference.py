"""The pictures that people gave."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def reference_path(reference: "ReferenceImage", filename: str) -> str:
    return f"references/{reference.sha256[:2]}/{uuid.uuid4()}.png"


class ReferenceImage(models.Model):
    """A picture that somebody gave: upright, without metadata, named by its content, one row a person and picture."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reference_images", verbose_name=_("owner")
    )
    sha256 = models.CharField("SHA-256", max_length=64)
    file = models.FileField(_("file"), upload_to=reference_path)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    made_here = models.BooleanField(
        _("made here"), default=False, help_text=_("Taken from an output that no uploaded picture went into.")
    )
    rights_confirmed_at = models.DateTimeField(
        _("right to use confirmed"),
        null=True,
        blank=True,
        help_text=_("When somebody last uploaded it, under that word."),
    )
    taken_from = models.ForeignKey(
        "gallery.Output",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken from"),
        help_text=_("The output whose picture, or frame, this is."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("reference image")
        verbose_name_plural = _("reference images")
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_reference_per_owner_and_content")]

    def __str__(self) -> str:
        return self.sha256[:12]
