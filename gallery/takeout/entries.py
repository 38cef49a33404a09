"""The files of a zip, made one after another while it is sent."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from people.zipping import CHUNK, ROWS, Entry, as_json, batches, kept

from .. import access, stripped
from ..access import Seen
from ..discretion import images
from ..files import readable_name
from ..models import Output
from . import describing
from .records import VERSION

FORMAT = "mediagen-gallery"
MANIFEST, COLLECTIONS, SEARCHES = "manifest.json", "collections.json", "searches.json"
OUTPUTS, REFERENCES, GRIDS = "outputs/", "references/", "grids/"


def everything(person: User) -> Iterator[Entry]:
    """All that is a person's own: outputs, also those in the trash, collections, searches, pictures they started from,
    the grids that they are cells of.

    Of an output that is not shown to its owner the facts are there alone."""
    yield MANIFEST, _manifest(person)
    collections = person.collections.select_related("owner")
    yield COLLECTIONS, as_json([describing.collection(row) for rows in batches(collections) for row in rows])
    yield SEARCHES, as_json(list(person.saved_searches.order_by("pk").values("name", "query")))
    grids: set[UUID] = set()
    for outputs in batches(Output.objects.filter(owner=person).select_related("owner")):
        yield from _outputs(person, outputs, grids)
    for references in batches(person.reference_images.select_related("owner")):
        for reference in references:
            yield from _reference(reference)


def chosen(person: User, ids: list[UUID]) -> Iterator[Entry]:
    """These outputs, with their grids and the pictures that their requests name; what somebody else shows as far as
    they tell it. What this person may not see, or no longer, is left out."""
    yield MANIFEST, _manifest(person)
    packed: set[str] = set()
    grids: set[UUID] = set()
    for start in range(0, len(ids), ROWS):
        rows = Output.objects.filter(pk__in=ids[start : start + ROWS]).select_related("owner")
        outputs = list(rows.order_by("pk"))
        yield from _outputs(person, outputs, grids)
        for output in outputs:
            if seen := _taken(person, output):
                yield from _references(seen, packed)


def _manifest(person: User) -> bytes:
    made = {"made_at": timezone.now().isoformat(timespec="seconds"), "by": person.get_username()}
    return as_json({"format": FORMAT, "version": VERSION, **made})


def _taken(person: User, output: Output) -> Seen | None:
    seen = access.look(person, output)
    return None if seen is None or seen.review else seen


def _outputs(person: User, outputs: list[Output], grids: set[UUID]) -> Iterator[Entry]:
    """With the grids of one's own that are not among `grids`, which are packed already."""
    around = describing.around(person, [output for output in outputs if output.owner_id == person.pk])
    for output in outputs:
        seen = _taken(person, output)
        if seen is None:
            continue
        name = OUTPUTS + _name(seen)
        file = f"{name}.{output.format}"
        if seen.own:
            record = describing.own_output(output, None if seen.hidden else file, around[output.pk])
        else:
            record = describing.others_output(seen, file)
        yield f"{name}.json", as_json(record)
        if not seen.hidden:
            yield from _file(seen, file)
    fresh = {each.grid["id"] for each in around.values() if each.grid} - grids
    yield from _grids(person, fresh)
    grids |= fresh


def _grids(person: User, wanted: set[UUID]) -> Iterator[Entry]:
    for row in person.grids.filter(pk__in=wanted).select_related("owner"):
        yield f"{GRIDS}{row.pk}.json", as_json(describing.grid(row))


def _name(seen: Seen) -> str:
    """Readable, and no other's. What is not told is not in it either."""
    stem = readable_name(seen.output).rpartition(".")[0]
    return f"{seen.output.created_at:%Y-%m-%d}-{stem}-{seen.output.pk.hex[:12]}"


def _file(seen: Seen, name: str) -> Iterator[Entry]:
    file = seen.kept.file
    if seen.tells_all:
        yield from kept(name, file)
    elif file.storage.exists(str(file.name)):
        yield name, _stripped(seen.kept)


def _stripped(output: Output) -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stripped"
        stripped.write(output, path)
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece


def _references(seen: Seen, packed: set[str]) -> Iterator[Entry]:
    """Each picture once; of somebody else's output, where that person shows them."""
    named = images(seen.output.parameters) - packed
    for reference in seen.output.owner.reference_images.filter(sha256__in=named).select_related("owner"):
        packed.add(reference.sha256)
        yield from _reference(reference, with_record=seen.own)


def _reference(reference: Any, with_record: bool = True) -> Iterator[Entry]:
    name = REFERENCES + reference.sha256
    if with_record:
        yield f"{name}.json", as_json(describing.reference(reference))
    yield from kept(f"{name}.png", reference.file)
