"""What a file's parameters would change in the form, for people to see before anything does."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import loras
from ..composing import Filling, Selection, carry_over
from ..models import ReferenceImage
from ..posted import KEPT, Posted, parameter_of
from ..wording import said, translated, typed_in_words
from .found import Found
from .mapping import Here, Taken, take_over

MAX_LEFT = 200
"""So many rows of what was left out are shown, and how many more there are."""


@dataclass(frozen=True)
class Change:
    """One row: `old` is empty where the form has no such field now."""

    id: str
    label: str
    old: str
    new: str
    remark: str


@dataclass(frozen=True)
class LeftOut:
    name: str
    value: str
    why: str


@dataclass(frozen=True)
class Preview:
    """`compares` tells whether there was a form to compare with, `unchanged` counts the fields that are as the file has
    them already, and `fields` are the form when it is filled.
    """

    tool: str
    compares: bool
    changes: list[Change]
    unchanged: int
    left: list[LeftOut]
    fields: dict[str, str]


def preview(
    person: AbstractBaseUser, found: Found, posted: Posted, before: Selection | None, type: str | None = None
) -> Preview:
    """`posted` is what stands in the form now, of the selection `before`; nothing where no form was sent along. `type`
    is what the file can only be."""

    def has_image(sha256: str) -> bool:
        return ReferenceImage.objects.filter(owner_id=person.pk, sha256=sha256).exists()

    taken = take_over(found, Here(has_image, loras.names), type)
    filling = _filled(taken, posted, before)
    rows = [*_choices(taken, before), *_values(taken, posted, before)]
    changes = [row for row in rows if row.old != row.new or row.remark]
    left = [LeftOut(translated(each.name), each.value, said(each.why)) for each in taken.left[:MAX_LEFT]]
    if (more := len(taken.left) - MAX_LEFT) > 0:
        left.append(LeftOut("…", "", _("%(count)d more like these.") % {"count": more}))
    return Preview(
        found.tool, before is not None, changes, len(rows) - len(changes), left, _fields(taken.selection, filling)
    )


def _filled(taken: Taken, posted: Posted, before: Selection | None) -> Filling:
    """The form as it is, brought to the new model, with the file's values on top."""
    replaced = {parameter_of(name) for name in taken.typed}
    base = carry_over(posted.typed, posted.kept, before, taken.selection)
    stays = {name: text for name, text in base.typed.items() if parameter_of(name) not in replaced}
    return Filling({**stays, **taken.typed}, base.kept)


def _choices(taken: Taken, before: Selection | None) -> Iterator[Change]:
    now = taken.selection
    remark = taken.remarks.get("model")
    old_model, old_mode = (before.model.name, translated(before.mode.label)) if before else ("", "")
    yield Change("model", _("Model"), old_model, now.model.name, said(remark) if remark else "")
    yield Change("mode", _("Mode"), old_mode, translated(now.mode.label), "")


def _values(taken: Taken, posted: Posted, before: Selection | None) -> Iterator[Change]:
    named = {parameter_of(name) for name in taken.typed}
    for parameter in taken.selection.parameters:
        if parameter.id in named:
            had = before.parameter(parameter.id) if before else None
            old = typed_in_words(had, posted.typed) if had else ""
            remark = taken.remarks.get(parameter.id)
            new = typed_in_words(parameter, taken.typed)
            yield Change(parameter.id, translated(parameter.label), old, new, said(remark) if remark else "")


def _fields(selection: Selection, filling: Filling) -> dict[str, str]:
    about = {"type": selection.model.type, "model": selection.model.id, "mode": selection.mode.id}
    shown = {"shown_model": selection.model.id, "shown_mode": selection.mode.id}
    return {**about, **shown, **filling.typed, **{KEPT + name: text for name, text in filling.kept.items()}}
