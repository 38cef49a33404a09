"""Working folders for unfinished files, beside the database and not on a small /tmp.

Whoever works in one holds a lock on it that dies with the process. So what a killed worker left is known without asking
a clock, and what is worked in is never swept, however long that takes.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings

PREFIX = "mediagen-"
LOCK = ".lock"
AT_ONCE = fcntl.LOCK_EX | fcntl.LOCK_NB


@contextmanager
def working_folder() -> Iterator[Path]:
    """An empty folder for this process alone, gone afterwards."""
    with ExitStack() as stack:
        with _locked(_top(), fcntl.LOCK_SH):  # nobody sweeps before the folder's own lock is held
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, dir=_top())))
            stack.enter_context(_locked(folder, fcntl.LOCK_EX))
        yield folder


def sweep() -> int:
    """Remove the folders of processes that are gone; how many. Does nothing while somebody begins to work."""
    swept = 0
    with suppress(BlockingIOError), _locked(_top(), AT_ONCE):
        for folder in _top().glob(f"{PREFIX}*"):
            with suppress(BlockingIOError, FileNotFoundError), _locked(folder, AT_ONCE):
                shutil.rmtree(folder)
                swept += 1
    return swept


def _top() -> Path:
    folder = settings.MEDIAGEN_HOME / "scratch"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Raises BlockingIOError where another holds the folder and `how` does not wait."""
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, how)
        yield
    finally:
        os.close(file)
