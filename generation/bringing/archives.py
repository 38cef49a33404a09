"""Zips from anywhere, read as hostile: names are only names, and what unpacks to too much is not unpacked."""

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..uploads import MEGABYTE

ZIP = (b"PK\3\4", b"PK\5\6")
CHUNK = 256 * 1024
MAX_JSON, MAX_DEPTH = 8 * MEGABYTE, 30
MAX_RATIO, RATIO_FREE = 200, MEGABYTE
"""What is stored well packs a hundredfold at most; small things may be anything."""
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    struct.error,
    zlib.error,
)
"""What zipfile and what it unpacks with raise on files that break the rules, or are encrypted."""


@dataclass(frozen=True)
class Bounds:
    """How much may be brought at once: unpacked bytes of a zip, bytes of its directory, files that come in, seconds."""

    unpacked: float = float("inf")
    directory: int = 512 * MEGABYTE
    files: float = float("inf")
    seconds: float = float("inf")

    @classmethod
    def of_a_request(cls) -> "Bounds":
        """What follows the upload has to end before browsers and proxies give up."""
        unpacked = 2 * settings.UPLOAD_TOTAL_MEGABYTES * MEGABYTE
        return cls(unpacked, directory=4 * MEGABYTE, files=500, seconds=40)


class Archive:
    """An open zip. Raises Invalid, also for each member that is not sound."""

    def __init__(self, file: IO[bytes], bounds: Bounds) -> None:
        self._left = bounds.unpacked
        self._ahead: set[str] = set()
        try:
            self._zip = zipfile.ZipFile(_Bounded(file, bounds.directory))
        except Invalid:
            raise
        except _BROKEN:
            raise Invalid("damaged_zip", _("This zip is damaged or cut off.")) from None
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self.names = list(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def json(self, name: str, *, ahead: bool = False) -> Any:
        """What this member says as JSON. One that is read `ahead` of its turn, as all of them may not fit into memory
        together, counts then, and not once more when its turn comes."""
        counts = name not in self._ahead
        (self._ahead.add if ahead else self._ahead.discard)(name)
        text = b"".join(self._pieces(name, MAX_JSON, counts=counts))
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise _bad_json() from None
        if _is_deep(value):
            raise _bad_json()
        return value

    def content(self, name: str, most: int) -> bytes:
        return b"".join(self._pieces(name, most))

    def unpack(self, name: str, path: Path, most: int) -> None:
        with path.open("wb") as target:
            for piece in self._pieces(name, most):
                target.write(piece)

    def _pieces(self, name: str, most: int, *, counts: bool = True) -> Iterator[bytes]:
        """Counted as they come: what the directory says of sizes can be a lie."""
        info, read = self._members[name], 0
        if info.file_size > RATIO_FREE and info.file_size > MAX_RATIO * info.compress_size:
            raise _too_much()
        try:
            with self._zip.open(info) as member:
                while piece := member.read(CHUNK):
                    read += len(piece)
                    self._left -= len(piece) if counts else 0
                    if read > most:
                        raise Invalid("too_big", _("At most %(limit)d MB, please."), limit=most // MEGABYTE)
                    if self._left < 0:
                        raise _too_much()
                    yield piece
        except Invalid:
            raise
        except _BROKEN:
            raise Invalid("damaged_member", _("This file cannot be unpacked: it is damaged or encrypted.")) from None


class _Bounded:
    """A file of which zipfile cannot read a huge directory, each entry of which would become an object."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self._most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self._most:
            raise Invalid("too_many_entries", _("There are too many files in this zip. Send several smaller ones."))
        return self._file.read(size)


def _is_deep(value: Any) -> bool:
    """Whether it is nested deeper than whatever goes through it should have to go."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in inner for value in values]
    return bool(level)


def _bad_json() -> Invalid:
    return Invalid("bad_json", _("This is not the JSON that MediaGen writes."))


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _too_much() -> Invalid:
    return Invalid("bomb", _("This unpacks to far more than it should."))
