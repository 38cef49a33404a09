"""A file that comes in, as a row: as it was, by this site's own word, or as what it says of itself can be read here."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.core.files import File
from django.utils import timezone

from gallery import bringing, room
from gallery.models import Output

from .. import policy
from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..reading.files import texts_in
from ..reading.found import OURS, Found
from . import told
from .media import Shown
from .records import Record

MOST_TEXT = 400_000
"""Characters of what a file says that are kept in the receipt too: the file itself has all of it."""


_OF_THE_FILE = ("sha256", "bytes", "format", "type", "width", "height")


def restore(person: User, record: Record, path: Path, shown: Shown, apart: Iterable[UUID]) -> Output:
    """What is believed, as it was. Raises Invalid, and There for what is there; never for those that are `apart`."""
    output = Output(owner=person, **record.columns)
    if any(getattr(output, name) != getattr(shown, name) for name in _OF_THE_FILE):
        raise Invalid("altered", _("This is not the file that its JSON speaks of."))
    restored = not Output.objects.filter(pk=record.id).exclude(owner=person).exists()
    if not restored:
        output.pk = uuid4()
    return _enter(output, path, shown, record, apart, restored=restored)


def adopt(
    person: User,
    path: Path,
    shown: Shown,
    has_image: Callable[[str], bool],
    record: Record | None = None,
    apart: Iterable[UUID] = (),
) -> Output:
    """What was made elsewhere, or says so: by the record beside it, or by what is in the file. Raises as above."""
    asked = record.said.get("parameters") if record else None
    if isinstance(asked, dict) and asked:
        texts = {"record": json.dumps(record.said, ensure_ascii=False) if record else ""}
        said = told.by_found(Found(OURS, asked), has_image, shown.type)
    else:
        with path.open("rb") as file:
            texts = texts_in(cast("File[bytes]", File(file)))
        said = told.by(texts, has_image, shown.type)
    output = Output(
        owner=person,
        imported=True,
        type=shown.type,
        model=said.parameters["model"],
        mode=said.parameters["mode"],
        prompt=said.parameters["prompt"],
        parameters=said.parameters,
        receipt={"brought_in": {**_at(record), "tool": said.tool, "model": said.model, "texts": _kept(texts)}},
        title=record.title if record else "",
        notes=record.notes if record else "",
        format=shown.format,
        bytes=shown.bytes,
        sha256=shown.sha256,
        pixel_sha256=shown.pixel_sha256,
        seed=said.parameters.get("seed", 0),
        width=shown.width,
        height=shown.height,
        frames=shown.frames,
        fps=shown.fps,
    )
    return _enter(output, path, shown, record, apart, restored=False)


def _enter(
    output: Output, path: Path, shown: Shown, record: Record | None, apart: Iterable[UUID], *, restored: bool
) -> Output:
    tags = record.tags if record else []
    words = {"title": output.title, "notes": output.notes, "tags": ", ".join(tags)}
    policy.check_words(output.owner, {**policy.texts(output.parameters), **words})
    left = room.left(output.owner)
    if left is not None and shown.bytes > left:
        raise Invalid("no_room", _("Your storage is full. Delete something for good, then bring this in."))
    created_at = record.created_at if record else timezone.now()
    kept = bringing.Kept(created_at, tags, record.favourite_since if record else None, apart)
    return bringing.enter(output, path, shown.poster, kept, restored=restored)


def _at(record: Record | None) -> dict[str, Any]:
    """When it came, and by the record of which id: the same record again means the same output."""
    return {"at": timezone.now().isoformat(timespec="seconds")} | ({"record": str(record.id)} if record else {})


def _kept(texts: Mapping[str, str]) -> dict[str, str]:
    """Without what databases do not take."""
    kept, left = {}, MOST_TEXT
    for name, text in texts.items():
        plain = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        kept[name.encode("utf-8", "replace").decode().replace("\0", "\ufffd")] = plain[:left]
        left -= min(len(plain), left)
    return kept
