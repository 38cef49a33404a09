"""Kept files on this machine's disk."""

import os
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class WholeFileStorage(FileSystemStorage):
    """A file stands under its name whole or not at all, even after a power cut: written aside, flushed, renamed.

    S3 needs nothing of the kind, there a put is whole or not at all.
    """

    def _save(self, name: str, content: File[Any]) -> str:
        draft = f"{name}.part"
        try:
            draft = super()._save(draft, content)  # type: ignore[misc]
            _flush(Path(self.path(draft)))
            Path(self.path(draft)).replace(self.path(name))
        except BaseException:
            self.delete(draft)
            raise
        _flush(Path(self.path(name)).parent)
        return name


def _flush(path: Path) -> None:
    """Have the kernel write a file, or the names in a folder, to the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
