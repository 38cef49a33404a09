"""Going through what somebody brings: each file comes in whole, is there already, or is refused with the reason.

Files come in one by one, each in a transaction of its own, and what is there already is passed over: whoever sends the
same again after any interruption goes on where it ended.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID

from django.contrib.auth.models import User

from gallery import trash
from gallery.bringing import There, check
from gallery.takeout.records import has_signature, is_genuine

from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..models import ReferenceImage
from ..scratch import working_folder
from ..wording import said
from . import coming, media
from .archives import CHUNK, ZIP, Archive, Bounds
from .ours import Ours, is_ours
from .records import Believes
from .report import Line, Report, legible

_BESIDE = (".txt", ".json", ".csv", ".md", ".yaml", ".ini", ".db", ".ds_store")
"""What lies beside pictures in folders, by its name: nothing is asked of it."""


class Bringing:
    """One person's, within bounds. `report` grows with each file. Where an operator vouches for what is brought
    (`trusting`), records that another site signed are believed, too."""

    def __init__(self, person: User, bounds: Bounds, *, trusting: bool = False) -> None:
        self.person, self.bounds = person, bounds
        self._believes: Believes = has_signature if trusting else partial(is_genuine, person=person)
        self.report = Report()
        self._ends = time.monotonic() + bounds.seconds

    def take(self, name: str, file: IO[bytes]) -> None:
        """A zip with all that is in it, or one picture or video."""
        start = file.read(4)
        file.seek(0)
        with working_folder() as folder:
            path = folder / "file"
            if start not in ZIP:
                self._each(name, partial(self._by_itself, path, partial(_copy, file)))
                return
            try:
                self._zip(Archive(file, self.bounds), path)
            except Invalid as fault:
                self._refuse(name, fault)

    def _zip(self, archive: Archive, path: Path) -> None:
        looked_at: set[str] = set()
        if is_ours(archive):
            ours = Ours(self.person, archive, self._believes)
            for name in ours.records:
                self._each(name, partial(ours.take, name, path))
            for name, fault in ours.finish():
                self._refuse(name, fault)
            self.report.claimed += ours.claimed
            looked_at = ours.read
        for name in archive.names:
            if name in looked_at or name.startswith("__MACOSX/") or name.lower().endswith(_BESIDE):
                continue
            self._each(name, partial(self._loose, path, partial(archive.unpack, name, most=media.largest())))

    def _each(self, name: str, act: Callable[[], UUID]) -> None:
        """One file, if there are time and number left for it."""
        if time.monotonic() > self._ends or len(self.report.came) >= self.bounds.files:
            self.report.left += 1
            return
        try:
            self.report.came.append(Line(legible(name), act()))
        except There as there:
            self._there(Line(legible(name), there.output), there)
        except Invalid as fault:
            self._refuse(name, fault)

    def _there(self, line: Line, there: There) -> None:
        """What is brought again is wanted: it must not go with the trash."""
        restored = not there.stays_trashed and trash.restore(self.person, [there.output])
        (self.report.restored if restored else self.report.there).append(line)

    def _refuse(self, name: str, fault: Invalid) -> None:
        self.report.refused.append(Line(legible(name), why=said(fault)))

    def _by_itself(self, path: Path, write: Callable[[Path], None]) -> UUID:
        """As below, where a zip would have done, too."""
        try:
            return self._loose(path, write)
        except Invalid as fault:
            if fault.code != "wrong_kind":
                raise
            raise Invalid(fault.code, _("This is no ZIP, PNG, JPG, WebP, GIF, MP4 or WebM file.")) from None

    def _loose(self, path: Path, write: Callable[[Path], None]) -> UUID:
        write(path)
        check(self.person, sha256=media.sha256_of(path))
        return coming.adopt(self.person, path, media.look_at(path), self._has_image).pk

    def _has_image(self, sha256: str) -> bool:
        return ReferenceImage.objects.filter(owner=self.person, sha256=sha256).exists()


def _copy(file: IO[bytes], path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(file, target, CHUNK)
