"""What costs too much to find out for every request: kept for a moment in this process."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from django.conf import settings

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """Calls `find` at most once in as many seconds as the setting of this name says. Threads wait for one another."""

    def __init__(self, find: Callable[[], Found], setting: str) -> None:
        self._find = find
        self._setting = setting
        self._lock = Lock()
        self._found: tuple[Found, float] | None = None

    def __call__(self, since: float = float("-inf")) -> Found:
        """What was found at `since` or later, and not too long ago. `since` is in seconds of time.monotonic()."""
        with self._lock:
            now = time.monotonic()
            if self._found is None or self._found[1] < max(since, now - getattr(settings, self._setting)):
                self._found = self._find(), now
            return self._found[0]
