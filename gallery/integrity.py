"""Whether rows, files and hashes agree, and what can be made anew where they do not."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db.models import Exists, OuterRef

from . import frames, rendering, services, stripped
from .models import Output, Rendition
from .sweeping import PARTS, Shelf, age, look

CHUNK_BYTES = 1024 * 1024
YOUNG = timedelta(hours=1)
"""A file without a row may be about to get one."""


class Fault(StrEnum):
    MISSING = "missing"
    STRAY = "stray"
    SIZE = "wrong size"
    HASH = "wrong SHA-256"
    UNDRAWN = "not drawn"


@dataclass(frozen=True)
class Finding:
    """`output` is None for a file that no row names, `name` is empty where there should be one and is none."""

    fault: Fault
    name: str
    output: UUID | None = None


@dataclass(frozen=True)
class Claim:
    """What a row says of its file, as far as it says anything."""

    output: UUID
    size: int | None
    sha256: str | None


FILES = Shelf(Output, "file", "outputs")
POSTERS = Shelf(Output, "poster", "posters")
RENDITIONS = Shelf(Rendition, "file", "renditions")
CLAIMS = {
    FILES: ("id", "bytes", "sha256"),
    POSTERS: ("id",),
    RENDITIONS: ("output_id", "bytes"),
}


def check(hashes: bool = False) -> Iterator[Finding]:
    """All that does not agree, shelf by shelf. With `hashes`, every kept file is read as a whole."""
    for shelf in CLAIMS:
        for part in range(PARTS):
            strays = sorted(look(shelf, part).strays)
            yield from (Finding(Fault.STRAY, name) for name in strays if age(shelf, name) > YOUNG)
        yield from _check_rows(shelf, hashes)
    drawn = Rendition.objects.filter(output=OuterRef("pk")).exclude(spec=stripped.SPEC)
    undrawn = Output.objects.filter(~Exists(drawn), draw_at=None).values_list("pk", flat=True)
    yield from (Finding(Fault.UNDRAWN, "", output) for output in undrawn.iterator())


def repair(finding: Finding) -> bool:
    """Make anew what can be made from the kept file, in place of what is missing or broken; False for the kept file.

    Raises what `frames` raises where the kept file is gone or cannot be read.
    """
    if finding.output is None or finding.name.startswith(f"{FILES.folder}/"):
        return False
    output = Output.objects.get(pk=finding.output)
    if not finding.name.startswith(f"{POSTERS.folder}/"):
        return rendering.render(output)
    storage = output.poster.storage
    storage.delete(finding.name)
    storage.save(finding.name, ContentFile(services.webp(frames.still(output))))
    return True


def _check_rows(shelf: Shelf, hashes: bool) -> Iterator[Finding]:
    for name, *claimed in shelf.rows().values_list(shelf.field, *CLAIMS[shelf]).iterator():
        claim = Claim(*claimed, *[None] * (3 - len(claimed)))
        if fault := _fault(shelf, name, claim, hashes):
            yield Finding(fault, name, claim.output)


def _fault(shelf: Shelf, name: str, claim: Claim, hashes: bool) -> Fault | None:
    try:
        size = shelf.storage.size(name)
        if size != claim.size if claim.size is not None else not size:
            return Fault.SIZE
        if hashes and claim.sha256 and _sha256(shelf.storage, name) != claim.sha256:
            return Fault.HASH
    except FileNotFoundError:
        return Fault.MISSING if shelf.rows(exact=name).exists() else None
    return None


def _sha256(storage: Storage, name: str) -> str:
    digest = hashlib.sha256()
    with storage.open(name, "rb") as file:
        for chunk in file.chunks(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
