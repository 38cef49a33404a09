"""A zip of ours: outputs by their records, with the pictures that they start from, families, collections, searches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from gallery import bringing
from gallery.discretion import images
from gallery.takeout.entries import COLLECTIONS, FORMAT, MANIFEST, OUTPUTS, SEARCHES
from gallery.takeout.records import VERSION

from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..models import ReferenceImage
from . import coming, media, records, references
from .archives import Archive
from .binding import Binding
from .records import Record
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
    """One such zip. `read` holds the names in it that were looked at."""

    def __init__(self, person: User, archive: Archive) -> None:
        self.person, self.archive = person, archive
        self.binding = Binding(person)
        self.read = {name for name in archive.names if not name.startswith(OUTPUTS)}
        self._taken: list[dict[str, Any]] = []

    @property
    def records(self) -> list[str]:
        return [name for name in self.archive.names if name.startswith(OUTPUTS) and name.endswith(".json")]

    def take(self, name: str, path: Path) -> UUID:
        """Bring in what this record speaks of; `path` is for its file. Raises Invalid, and There."""
        self.read.add(name)
        record = records.of_output(self.archive.json(name), self.person)
        self.read.add(record.file)
        if record.file not in self.archive:
            raise Invalid("no_file", _("Its picture or video is not in this zip."))
        found = self._references(record.said.get("parameters"))
        try:
            if record.genuine:
                bringing.check(self.person, id=record.id)
            self.archive.unpack(record.file, path, media.largest())
            if not record.genuine:
                bringing.check(self.person, sha256=media.sha256_of(path))
            shown = media.look_at(path)
            if record.genuine:
                output = coming.restore(self.person, record, path, shown).pk
            else:
                output = coming.adopt(self.person, path, shown, lambda sha256: self._has(sha256, found), record).pk
        except bringing.There as there:
            self._came(record, there.output, found)
            raise
        self._came(record, output, found)
        return output

    def finish(self) -> list[tuple[str, Invalid]]:
        """Tie together what came; what of it the policy refuses."""
        for said in self._taken:
            references.tie(said, self.person)
        self.binding.families()
        self.binding.collections(self.archive.json(COLLECTIONS) if COLLECTIONS in self.archive else [])
        self.binding.searches(self.archive.json(SEARCHES) if SEARCHES in self.archive else [])
        return self.binding.refused

    def _references(self, parameters: Any) -> dict[str, Reference]:
        """The pictures that a request names and this person does not have yet."""
        named = sorted(images(parameters))[:_MOST_REFERENCES]
        mine = ReferenceImage.objects.filter(owner=self.person, sha256__in=named)
        missing = set(named) - set(mine.values_list("sha256", flat=True))
        return dict(self._found(missing))

    def _found(self, missing: set[str]) -> Iterator[tuple[str, Reference]]:
        for sha256 in missing:
            if reference := references.find(self.archive, sha256, self.person):
                yield sha256, reference

    def _has(self, sha256: str, found: dict[str, Reference]) -> bool:
        return sha256 in found or ReferenceImage.objects.filter(owner=self.person, sha256=sha256).exists()

    def _came(self, record: Record, output: UUID, found: dict[str, Reference]) -> None:
        self.binding.note(record, output)
        for reference in found.values():
            references.keep(reference, self.person)
            if reference.said.get("taken_from_id"):
                self._taken.append(reference.said)
