"""The pictures that requests start from, as zips of ours hold them."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from gallery.models import Output
from gallery.takeout.entries import REFERENCES
from gallery.takeout.records import Kind

from .. import uploads
from ..catalogue import Invalid
from ..models import ReferenceImage
from ..uploads import MEGABYTE, Picture
from . import records
from .archives import Archive
from .records import Believes


@dataclass(frozen=True)
class Reference:
    """A picture that can be kept, and what is believed that was written of it."""

    picture: Picture
    said: dict[str, Any]


def find(archive: Archive, sha256: str, believes: Believes) -> Reference | None:
    """None where the zip has no such picture, or another under its name."""
    name = f"{REFERENCES}{sha256}"
    if f"{name}.png" not in archive:
        return None
    said = believed(archive, sha256, believes)
    data = archive.content(f"{name}.png", settings.UPLOAD_MAX_MEGABYTES * MEGABYTE)
    try:
        picture = uploads.read_picture(io.BytesIO(data))
    except Invalid:
        return None
    if said and hashlib.sha256(data).hexdigest() == sha256:
        # As it was kept, should another version pack the same pixels differently by now.
        picture = replace(picture, png=data, sha256=sha256, made_here=said.get("made_here") is True)
    return Reference(picture, said) if picture.sha256 == sha256 else None


def believed(archive: Archive, sha256: str, believes: Believes) -> dict[str, Any]:
    """What the zip says of this picture, where that is believed; else nothing. Raises Invalid."""
    name = f"{REFERENCES}{sha256}.json"
    said = archive.json(name) if name in archive else {}
    return said if believes(Kind.REFERENCE, said) and said.get("sha256") == sha256 else {}


def keep(reference: Reference, person: User) -> None:
    """Keep it, unless it is here already."""
    mine = ReferenceImage.objects.filter(owner_id=person.pk, sha256=reference.picture.sha256)
    if mine.exists():
        return
    uploads.keep(person, reference.picture)
    if said := reference.said:
        confirmed = records.time(said.get("rights_confirmed_at"))
        mine.update(created_at=records.time(said.get("created_at")) or timezone.now(), rights_confirmed_at=confirmed)


def tie(said: dict[str, Any], person: User, now: Mapping[UUID, UUID]) -> None:
    """Say which output a picture was taken from, by what was written of it, where that output is here: `now` tells of
    those in the zip which they are."""
    try:
        taken_from = records.read_uuid(said.get("taken_from_id"))
    except Invalid:
        return
    known = Output.objects.filter(owner_id=person.pk, pk=now.get(taken_from, taken_from)).first()
    if known:
        mine = ReferenceImage.objects.filter(owner_id=person.pk, sha256=said["sha256"], taken_from=None)
        mine.update(taken_from=known)
