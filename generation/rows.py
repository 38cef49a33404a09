"""The fields of the form that hold pictures, and its rows: keyframes and LoRAs, as formsets.

Behind the rows that are given stand blank ones, to add more in where no script can.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from .catalogue.kinds import clean_image_hash
from .picking import Picked
from .posted import KEYFRAMES, LORAS, OUTPUT, STORED, LoraRow, Row

BLANK_ROWS = 3


class PictureBoundField(BoundField):
    """A file field that also tells which picture stands in it already."""

    @property
    def stored(self) -> str:
        """The SHA-256 of a stored reference picture, or nothing."""
        return self._beside(STORED, clean_image_hash)

    @property
    def picked(self) -> Picked | None:
        """The output, and its frame, whose picture is to be used."""
        text = self._beside(OUTPUT, Picked.read)
        return Picked.read(text) if text else None

    def _beside(self, suffix: str, read: Callable[[str], object]) -> str:
        source = self.form.data if self.form.is_bound else self.form.initial
        try:
            return str(read(str(source.get(self.html_name + suffix))))
        except ValueError:
            return ""


class PictureField(forms.Field):
    widget = forms.FileInput

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> PictureBoundField:
        return PictureBoundField(form, self, field_name)


class KeyframeRow(forms.Form):
    frame_index = forms.Field(required=False)
    image = PictureField(required=False)


class LoraCells(forms.Form):
    name = forms.Field(required=False)
    weight = forms.Field(required=False)


KeyframeRows = forms.formset_factory(KeyframeRow, extra=0)
LoraRows = forms.formset_factory(LoraCells, extra=0)


def keyframe_rows(given: Sequence[Row]) -> Any:
    return _formset(KeyframeRows, KEYFRAMES, [*(given or [Row(frame_index="0")]), *[Row()] * BLANK_ROWS])


def lora_rows(given: Sequence[LoraRow]) -> Any:
    return _formset(LoraRows, LORAS, [*given, *[LoraRow()] * BLANK_ROWS])


def _formset(kind: Any, prefix: str, rows: Sequence[Row | LoraRow]) -> Any:
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= row.typed(number)
    return kind(data=data, prefix=prefix)
