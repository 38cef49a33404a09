"""The studio's form, built from the catalogue. What is valid is decided by `request.parse` alone."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Self

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import Http404
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from gallery.models import Output

from . import access, ledger, loras, policy, uploads
from .basis import Basis, Was
from .catalogue import Image, Invalid, Keyframes, Loras, Parameter
from .catalogue.faults import gettext_noop as _
from .catalogue.kinds import clean_image_hash
from .choosing import Chooser, chooser
from .composing import Filling, Selection
from .engine.loras import FOLDER as LORA_FOLDER
from .models import Generation, ReferenceImage
from .picking import Picked
from .posted import KEPT, KEYFRAMES, LORAS, Given, LoraRow, Posted, Row, loras_of, parameter_of, rows_of
from .request import CHOSEN_FIRST, Faults, Request, parse
from .rows import PictureField, keyframe_rows, lora_rows


class ParameterField(forms.Field):
    """A field that shows a parameter. It lets everything pass: the whole request is judged at once."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(required=False, label=gettext(parameter.label), initial=parameter.default)
        self.parameter = parameter


class PictureParameterField(ParameterField, PictureField):
    pass


class GenerationForm(forms.Form):
    """The fields of one model in one mode.

    With `posted` it is bound: `is_valid` parses into `request`, and `save` submits that. Nothing is stored before.
    Without, it shows `filling`. `remix` is the output that a request is based on.
    """

    request: Request

    def __init__(
        self,
        person: AbstractBaseUser,
        selection: Selection,
        filling: Filling,
        *,
        posted: Posted | None = None,
        remix: Output | None = None,
    ) -> None:
        self.person = person
        self.selection = selection
        self.filling = filling
        self.posted = posted
        self.remix = remix
        self.pictures = GivenPictures(person)
        defaults = {p.id: "" if p.default is None else p.default for p in selection.parameters}
        values: dict[str, Any] = {**defaults, **filling.typed}
        super().__init__(data=None if posted is None else values, initial=values)
        for parameter in selection.parameters:
            takes_picture = isinstance(parameter, Image)
            self.fields[parameter.id] = (PictureParameterField if takes_picture else ParameterField)(parameter)

    @classmethod
    def of(cls, person: AbstractBaseUser, selection: Selection, posted: Posted, remix: Output | None) -> Self:
        """The form as it was sent. What does not apply to the selection is refused, and kept for the way back."""
        applies = {parameter.id for parameter in selection.parameters}
        typed = {name: text for name, text in posted.typed.items() if parameter_of(name) in applies}
        others = {name: text for name, text in posted.typed.items() if text and name not in {*typed, *CHOSEN_FIRST}}
        return cls(person, selection, Filling(typed, posted.kept | others), posted=posted, remix=remix)

    @cached_property
    def basis(self) -> Basis | None:
        return Basis(self.remix.parameters) if self.remix is not None else None

    def was(self, parameter: Parameter) -> Was | None:
        """The field of this parameter in what the form is based on."""
        return self.basis.was(parameter, self.initial) if self.basis is not None else None

    @property
    def chooser(self) -> Chooser:
        return chooser(self.selection)

    @property
    def common(self) -> Iterator[BoundField]:
        return (self[p.id] for p in self.selection.parameters if not p.advanced)

    @property
    def advanced(self) -> Iterator[BoundField]:
        return (self[p.id] for p in self.selection.parameters if p.advanced)

    @property
    def advanced_open(self) -> bool:
        return any(bound.errors for bound in self.advanced)

    @property
    def based_on(self) -> dict[str, str]:
        """How it says what it remixes."""
        return {"remix": str(self.remix.pk)} if self.remix is not None else {}

    @property
    def hidden(self) -> Iterator[SafeString]:
        """What the form says about itself, and the values kept for other models."""
        about = {"shown_model": self.selection.model.id, "shown_mode": self.selection.mode.id} | self.based_on
        kept = {KEPT + name: text for name, text in self.filling.kept.items()}
        for name, text in {**about, **kept}.items():
            yield format_html('<input type="hidden" name="{}" value="{}">', name, text)

    @cached_property
    def keyframe_rows(self) -> Any:
        return keyframe_rows(rows_of(self.filling.typed) if self.posted is None else self.posted.rows)

    @cached_property
    def lora_rows(self) -> Any:
        return lora_rows(loras_of(self.filling.typed) if self.posted is None else self.posted.loras)

    @cached_property
    def lora_names(self) -> list[str]:
        """What the rows offer."""
        return loras.names(self.selection.model)

    @property
    def lora_given(self) -> bool:
        """Whether the rows name any, here or not."""
        return any(row["name"].value() for row in self.lora_rows)

    @property
    def lora_folder(self) -> str:
        """Where they belong, as it can be told to anybody."""
        return f"{LORA_FOLDER}/{self.selection.model.id}/"

    def clean(self) -> dict[str, Any]:
        assert self.posted is not None
        raw: dict[str, Any] = self.posted.values | dict.fromkeys(self.posted.not_text)
        faults = {name: _repeated(name) for name in self.posted.repeated}
        for image_id, given in self.posted.pictures.items():
            try:
                raw |= self._picture(image_id, given)
            except Invalid as fault:
                faults[image_id] = fault
        if self.posted.rows:
            try:
                raw[KEYFRAMES] = self._rows(self.posted.rows)
            except Invalid as fault:
                faults[KEYFRAMES] = fault
        if self.posted.loras:
            try:
                raw[LORAS] = self._loras(self.posted.loras)
            except Invalid as fault:
                faults[LORAS] = fault
        try:
            self.request = parse(raw)
            ledger.check(self.person, self.request)
        except policy.Refused as refused:
            faults.setdefault(refused.field, refused)
        except Invalid as refused:
            faults.setdefault("", refused)
        except Faults as found:
            faults = found.by_field | faults
        for name, reason in faults.items():
            self.add_error(name if name in self.fields else None, validation_error(reason))
        return self.cleaned_data

    def save(self) -> Generation:
        """Keep the pictures, then submit. Files may be slow to write, so no transaction is open meanwhile."""
        self.pictures.keep()
        return ledger.submit(self.person, self.request, remixed_from=self.remix)

    def _picture(self, image_id: str, given: Given) -> dict[str, str]:
        if self.selection.parameter(image_id) is None:
            return {image_id: ""}  # so that it is refused by name
        return {image_id: self.pictures.sha256(given)} if given else {}

    def _rows(self, rows: list[Row]) -> list[dict[str, str]]:
        """The rows as `parse` reads them. A fault of one row stands at that row."""
        parameter = self.selection.parameter(KEYFRAMES)
        if not isinstance(parameter, Keyframes):
            return []
        entries = []
        for row, shown in zip(rows, self.keyframe_rows.forms, strict=False):
            entry = {"frame_index": row.frame_index, "image": ""}
            try:
                if row.picture:
                    entry["image"] = self.pictures.sha256(row.picture)
                entries += parameter.clean([entry])
            except Invalid as fault:
                shown.full_clean()
                shown.add_error("frame_index" if fault.code == "bad_index" else "image", validation_error(fault))
        if len(entries) < len(rows):
            raise Invalid("rows", _("Some keyframes need another look."))
        return entries

    def _loras(self, rows: list[LoraRow]) -> list[dict[str, Any]]:
        """The same for LoRAs, which have to be here."""
        parameter = self.selection.parameter(LORAS)
        if not isinstance(parameter, Loras):
            return []
        entries = []
        for row, shown in zip(rows, self.lora_rows.forms, strict=False):
            try:
                entry = parameter.clean([{"name": row.name, "weight": row.weight}])
                parameter.require(entry, self.lora_names, self.selection.model.name)
                entries += entry
            except Invalid as fault:
                shown.full_clean()
                cell = "name" if fault.code in parameter.NAME_FAULTS else "weight"
                shown.add_error(cell, validation_error(fault))
        if len(entries) < len(rows):
            raise Invalid("rows", _("Some LoRAs need another look."))
        return entries


class GivenPictures:
    """The pictures of one form: each by its SHA-256, those that are new held in memory until `keep`.

    So that many big ones do not fill the memory, they may have only so many pixels together; what comes behind those is
    not read any more.
    """

    def __init__(self, person: AbstractBaseUser) -> None:
        self.person = person
        self.read: dict[str, uploads.Picture] = {}
        self.pixels = 0

    def sha256(self, given: Given) -> str:
        """Raises Invalid where the picture cannot be used."""
        self._refuse_more()
        if given.file is not None:
            picture = uploads.read_picture(given.file)
        elif given.output:
            picture = self._picked(given.output)
        else:
            return self._stored(given.stored)
        self.pixels += picture.width * picture.height
        self._refuse_more()
        self.read[picture.sha256] = picture
        return picture.sha256

    def keep(self) -> None:
        for picture in self.read.values():
            uploads.keep(self.person, picture)

    def _refuse_more(self) -> None:
        limit = settings.UPLOAD_TOTAL_MEGAPIXELS
        if self.pixels > limit * 1_000_000:
            message = _("At most %(limit)d megapixels in all images together, please: make them smaller.")
            raise Invalid("too_many_pixels_together", message, limit=limit)

    def _picked(self, text: str) -> uploads.Picture:
        try:
            picked = Picked.read(text)
            output = access.output(self.person, picked.output)
        except (ValueError, Http404):
            raise Invalid("no_output", _("This output is not there any more. Choose another image.")) from None
        return uploads.picture_of(output, picked.frame)

    def _stored(self, text: str) -> str:
        sha256 = clean_image_hash(text)
        if not ReferenceImage.objects.filter(owner_id=self.person.pk, sha256=sha256).exists():
            raise Invalid("not_stored", _("This image is not stored here. Choose it again."))
        return sha256


def _repeated(name: str) -> Invalid:
    return Invalid("repeated", _("%(field)s was sent twice."), field=name)


def validation_error(fault: Invalid) -> ValidationError:
    """The fault as Django shows it, in the reader's language."""
    params = {name: localize(value) if isinstance(value, float) else value for name, value in fault.params.items()}
    return ValidationError(gettext(fault.message), code=fault.code, params=params or None)
