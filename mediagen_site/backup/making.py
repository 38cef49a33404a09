"""Makes an archive."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from . import databases
from .archive import Writer, writing
from .manifest import NAME, Manifest

FILES = "files"
SECRET_KEY = "secret_key"  # noqa: S105  (the name of a file)


def make(path: Path, *, secret_key: bool) -> tuple[int | None, int]:
    """Write everything to one new file; how many kept files it holds (None: a bucket has them), and its bytes.

    Raises FileExistsError, and CommandError where the database cannot be copied.
    """
    manifest = Manifest.of_now()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder, writing(path) as archive:
        name = databases.NAMES[connection.vendor]
        databases.copy_to(Path(folder) / name)
        archive.add_text(NAME, manifest.to_text())
        archive.add_file(name, Path(folder) / name)
        if secret_key:
            archive.add_file(SECRET_KEY, settings.MEDIAGEN_HOME / SECRET_KEY)
        count = _add_files(archive) if manifest.files else None
        return count, archive.bytes


def _add_files(archive: Writer) -> int:
    """All kept files, but those that are deleted meanwhile."""
    count = 0
    root = Path(default_storage.path(""))
    for path in _files_below(root):
        try:
            archive.add_file(f"{FILES}/{path.relative_to(root).as_posix()}", path)
        except FileNotFoundError:
            continue  # its owner deleted it after the listing
        count += 1
    return count


def _files_below(root: Path) -> Iterator[Path]:
    """Drafts are left out: a file has its name once it is whole (gallery.storage)."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".part")
