"""The JSON that stands beside each file in a zip of ours. What this site did not sign is anybody's word."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gallery import tagging
from gallery.discretion import IMAGE
from gallery.models import Collection, How, Output
from gallery.takeout.describing import RESTORED
from gallery.takeout.records import VERSION, Kind

from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from .soundness import is_sound

Believes = Callable[[Kind, Any], bool]
"""Which records are taken by their word: those that this site wrote of what was this very person's; where an operator
vouches for a zip, all that some site signed."""

_MOST = 200
"""Parents or collections of one output."""


@dataclass(frozen=True)
class Parent:
    how: How
    id: UUID
    sha256: str


@dataclass(frozen=True)
class Place:
    """Where it stands in a collection of its owner's."""

    id: UUID
    title: str
    place: float


@dataclass(frozen=True)
class Cell:
    """Of which grid it is, and which of its cells."""

    grid: UUID
    number: int


@dataclass(frozen=True)
class Record:
    """One output as a zip tells it. `genuine`: it is believed."""

    said: Mapping[str, Any]
    genuine: bool
    id: UUID
    file: str
    created_at: datetime
    title: str
    notes: str
    tags: list[str]
    favourite_since: datetime | None
    parents: list[Parent]
    collections: list[Place]
    cell: Cell | None

    @property
    def was_trashed(self) -> bool:
        """Whether it lay in the trash as its zip was written, by a word that is believed."""
        return self.genuine and bool(self.said.get("trashed_at"))

    @property
    def columns(self) -> dict[str, Any]:
        """Of a genuine one, as they were. Raises Invalid for what is damaged: who vouches need not have looked."""
        if not is_sound(self.said):
            raise _damaged()
        try:
            return {name: _in_column(name, self.said[name]) for name in RESTORED}
        except (LookupError, TypeError, ValueError, ArithmeticError, ValidationError):
            raise _damaged() from None


def _in_column(name: str, value: Any) -> Any:
    """Raises ValidationError, or what Python does, for what the column does not take."""
    field = cast("Field[Any, Any]", Output._meta.get_field(name))
    read = field.to_python(value)
    if read is None and not field.null:
        raise ValidationError(name)
    if isinstance(read, float) and not math.isfinite(read):
        raise ValidationError(name)
    if read is not None:
        field.run_validators(read)
    return read


def of_output(said: Any, believes: Believes) -> Record:
    """Raises Invalid for what is no record of an output."""
    if isinstance(said, dict) and said.get("file", "") is None:
        raise Invalid("no_file", _("Its picture or video is not in this zip."))
    if not isinstance(said, dict) or not isinstance(said.get("file"), str):
        raise no_record()
    if said.get("version") != VERSION:
        raise Invalid("version", _("Another version of MediaGen wrote this. Update this site to bring it in."))
    genuine = believes(Kind.OUTPUT, said)
    return Record(
        said=said,
        genuine=genuine,
        id=read_uuid(said.get("id")),
        file=said["file"],
        created_at=time(said.get("created_at")) or timezone.now(),
        title=text(said.get("title"), Output, "title"),
        notes=text(said.get("notes"), Output, "notes"),
        tags=list(dict.fromkeys(_tags(said.get("tags")))),
        favourite_since=time(said.get("favourite_since")),
        parents=list(_parents(said.get("parents"), genuine)),
        collections=list(_places(said.get("collections"))),
        cell=_cell(said.get("grid")),
    )


def text(value: Any, model: type[Model], field: str) -> str:
    """As much of a text as its column holds, without what databases do not take."""
    if not isinstance(value, str):
        return ""
    plain = value.encode("utf-8", "replace").decode().replace("\0", "")
    return plain[: getattr(model._meta.get_field(field), "max_length", None)]


def time(value: Any) -> datetime | None:
    """A moment of the past; None for anything else."""
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
        return moment if moment and moment.tzinfo and moment.year >= 1990 and moment <= timezone.now() else None
    except (ValueError, OverflowError):
        return None


def read_uuid(value: Any) -> UUID:
    """Raises Invalid for what is none."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise no_record() from None


def _tags(names: Any) -> Iterator[str]:
    for name in _listed(names)[: tagging.MOST]:
        try:
            yield tagging.clean(str(name))
        except tagging.BadTag:
            continue  # such a tag was never given here


def _parents(steps: Any, genuine: bool) -> Iterator[Parent]:
    for step in _listed(steps):
        if isinstance(step, dict) and step.get("how") in How.values and _is_sha256(step.get("sha256")):
            # That it was made again exactly is for this site to say, which then compares the two.
            how = How(step["how"]) if genuine or step["how"] != How.RERUN else How.REMIX
            yield Parent(how, read_uuid(step.get("id")), step["sha256"])


def _is_sha256(value: Any) -> bool:
    """No database is asked for anything else: not all take every text."""
    return isinstance(value, str) and IMAGE.fullmatch(value) is not None


def _places(places: Any) -> Iterator[Place]:
    for place in _listed(places):
        if isinstance(place, dict) and (title := text(place.get("title"), Collection, "title").strip()):
            at = place.get("place")
            known = isinstance(at, int | float) and math.isfinite(at)
            yield Place(read_uuid(place.get("id")), title, float(at) if known and at is not None else 0.0)


def _cell(said: Any) -> Cell | None:
    number = said.get("cell") if isinstance(said, dict) else None
    return Cell(read_uuid(said.get("id")), number) if isinstance(number, int) and number >= 0 else None


def no_record() -> Invalid:
    return Invalid("no_record", _("This is not the JSON that MediaGen writes."))


def _damaged() -> Invalid:
    return Invalid("damaged_record", _("The JSON beside this file is damaged: what it says cannot be read."))


def _listed(value: Any) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else []
