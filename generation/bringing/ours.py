"""A zip of ours: outputs by their records, with pictures they start from, families, collections, grids, searches."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from gallery import bringing
from gallery.discretion import images
from gallery.models import Output
from gallery.takeout.entries import COLLECTIONS, FORMAT, MANIFEST, OUTPUTS, SEARCHES
from gallery.takeout.records import VERSION

from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..models import ReferenceImage
from . import coming, grids, media, records, references
from .archives import Archive
from .binding import Binding
from .records import Believes, Record
from .references import Reference

_MOST_REFERENCES = 100
"""Pictures of one request."""


def is_ours(archive: Archive) -> bool:
    """By its manifest. Raises Invalid for a version that is not known."""
    manifest = archive.json(MANIFEST) if MANIFEST in archive else None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return False
    if manifest.get("version") != VERSION:
        raise Invalid("version", _("Another version of MediaGen wrote this. Update this site to bring it in."))
    return True


class Ours:
    """One such zip. `read` holds the names in it that were looked at; `claimed` counts what came in by records that are
    not believed."""

    def __init__(self, person: User, archive: Archive, believes: Believes) -> None:
        self.person, self.archive, self.believes = person, archive, believes
        self.claimed = 0
        self.binding = Binding(person, believes)
        self.read = {name for name in archive.names if not name.startswith(OUTPUTS)}
        self._ids: dict[str, str] = {}
        self._taken: dict[str, dict[str, Any]] = {}

    @property
    def records(self) -> list[str]:
        return [name for name in self.archive.names if name.startswith(OUTPUTS) and name.endswith(".json")]

    def take(self, name: str, path: Path) -> UUID:
        """Bring in what this record speaks of; `path` is for its file. Raises Invalid, and There."""
        self.read.add(name)
        record = records.of_output(self._said(name), self.believes)
        self.read.add(record.file)
        if record.file not in self.archive:
            raise Invalid("no_file", _("Its picture or video is not in this zip."))
        found = self._references(record.said.get("parameters"))
        try:
            if record.genuine:
                bringing.check(self.person, id=record.id)
            self.archive.unpack(record.file, path, media.largest())
            sha256 = media.sha256_of(path)
            apart = self._apart(record, sha256)
            if not record.genuine:
                bringing.check(self.person, sha256=sha256, apart=apart)
            output = self._enter(record, path, found, apart).pk
        except bringing.There as there:
            self._came(record, there.output, found)
            there.stays_trashed = record.was_trashed
            raise
        self._came(record, output, found)
        self.claimed += not record.genuine
        return output

    def _enter(self, record: Record, path: Path, found: dict[str, Reference], apart: list[UUID]) -> Output:
        shown = media.look_at(path)
        if record.genuine:
            return coming.restore(self.person, record, path, shown, apart)
        return coming.adopt(self.person, path, shown, lambda sha256: self._has(sha256, found), record, apart)

    def _apart(self, record: Record, sha256: str) -> list[UUID]:
        """Outputs with this file that other records of this zip speak of: what was made again exactly is not its
        original. Raises There for the one that this very record speaks of, or that came of it before."""
        mine = Output.objects.filter(owner=self.person, sha256=sha256)
        same = {pk: {str(pk), came_of} for pk, came_of in mine.values_list("pk", "receipt__brought_in__record")}
        if known := next((pk for pk, ids in same.items() if str(record.id) in ids), None):
            raise bringing.There(known)
        return [pk for pk, ids in same.items() if pk in self.binding.outputs or ids & self._all_ids]

    @cached_property
    def _all_ids(self) -> set[str]:
        """Of all records in the zip, also those whose turn is still to come."""
        for name in self.records:
            if name not in self._ids:
                with suppress(Invalid):  # said when its turn comes
                    self._said(name, ahead=True)
        return {id for id in self._ids.values() if id}

    def _said(self, name: str, *, ahead: bool = False) -> Any:
        self._ids[name] = ""
        said = self.archive.json(name, ahead=ahead)
        if isinstance(said, dict) and "id" in said:
            self._ids[name] = str(said["id"])
        return said

    def finish(self) -> list[tuple[str, Invalid]]:
        """Tie together what came; what of it the policy refuses."""
        for said in self._taken.values():
            references.tie(said, self.person, self.binding.now)
        self.binding.families()
        self.binding.collections(self.archive.json(COLLECTIONS) if COLLECTIONS in self.archive else [])
        self.binding.searches(self.archive.json(SEARCHES) if SEARCHES in self.archive else [])
        not_tied = grids.tie(self.archive, self.person, self.believes, self.binding.cells)
        return [*self.binding.refused, *not_tied]

    def _references(self, parameters: Any) -> dict[str, Reference]:
        """The pictures that a request names and this person does not have yet."""
        named = sorted(images(parameters))[:_MOST_REFERENCES]
        mine = ReferenceImage.objects.filter(owner=self.person, sha256__in=named)
        kept = dict(mine.values_list("sha256", "taken_from"))
        self._learn(sha256 for sha256, taken_from in kept.items() if taken_from is None)
        return dict(self._found(set(named) - kept.keys()))

    def _learn(self, here: Iterable[str]) -> None:
        """What is believed of pictures that came in by a claim before, or that have lost their output since."""
        for sha256 in here:
            if sha256 not in self._taken:
                with suppress(Invalid):  # they are here, whatever the zip says of them
                    self._taken[sha256] = references.believed(self.archive, sha256, self.believes)

    def _found(self, missing: set[str]) -> Iterator[tuple[str, Reference]]:
        for sha256 in missing:
            if reference := references.find(self.archive, sha256, self.believes):
                yield sha256, reference

    def _has(self, sha256: str, found: dict[str, Reference]) -> bool:
        return sha256 in found or ReferenceImage.objects.filter(owner=self.person, sha256=sha256).exists()

    def _came(self, record: Record, output: UUID, found: dict[str, Reference]) -> None:
        self.binding.note(record, output)
        for reference in found.values():
            references.keep(reference, self.person)
            self._taken[reference.picture.sha256] = reference.said
