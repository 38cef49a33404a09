"""A tar file whose last member tells the SHA-256 of all others, as `sha256sum --check` reads it.

So an archive that ends too soon is known as such, and one can be checked and unpacked without MediaGen.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SUMS = "SHA256SUMS"
CHUNK = 1024 * 1024


class Damaged(Exception):
    """The archive is not whole, or not one of ours; the message says why."""


class Writer:
    """Adds members to an archive, one after another, and keeps count of them."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._sums: list[str] = []
        self.bytes = 0

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        source = _Hashing(content)
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        self._tar.addfile(info, source)  # type: ignore[arg-type]
        self._sums.append(f"{source.digest.hexdigest()}  {name}\n")
        self.bytes += size

    def add_text(self, name: str, text: str) -> None:
        content = text.encode()
        self.add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.add(name, file, os.fstat(file.fileno()).st_size)

    def finish(self) -> None:
        self.add_text(SUMS, "".join(self._sums))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new archive, for its owner's eyes alone, that has its name once it is whole. Raises FileExistsError."""
    draft = path.with_name(f".{path.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w|") as tar:
                yield (writer := Writer(tar))
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, it takes nobody's place
    finally:
        draft.unlink()


def unpack(path: Path, folder: Path) -> set[str]:
    """Unpack all members below `folder` and compare them with their sums; their names. Raises Damaged."""
    found: dict[str, str] = {}
    told = None
    try:
        with tarfile.open(path, "r|") as tar:
            for info in tar:
                content = tar.extractfile(info)
                if content is None:
                    raise Damaged(f"{info.name} is not a file.")
                if info.name == SUMS:
                    told = content.read().decode()
                else:
                    safe = tarfile.data_filter(info, str(folder))
                    found[info.name] = _write(content, folder / safe.name)
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise Damaged(f"It cannot be read: {error}.") from error
    if told is None:
        raise Damaged("It ends too soon: the sums are missing.")
    _compare(told.splitlines(), found)
    return set(found)


def _compare(sums: list[str], found: dict[str, str]) -> None:
    told = {name: digest for digest, _, name in (line.partition("  ") for line in sums)}
    wrong = sorted(name for name in told.keys() | found.keys() if told.get(name) != found.get(name))
    if wrong:
        raise Damaged(f"{len(wrong)} of {len(told)} files are not as they were, {wrong[0]} among them.")


def _write(content: IO[bytes], path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source = _Hashing(content)
    with path.open("xb") as file:
        path.chmod(0o600)
        while chunk := source.read(CHUNK):
            file.write(chunk)
    return source.digest.hexdigest()


class _Hashing:
    """What is read of a file, and its SHA-256."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        chunk = self._source.read(size)
        self.digest.update(chunk)
        return chunk
