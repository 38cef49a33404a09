"""What costs too much to find out for every request: kept for a moment in this process."""

import logging
import time
from collections.abc import Callable
from threading import Lock, Timer
from typing import Generic, TypeVar

from django.conf import settings
from django.db import Error, connections

logger = logging.getLogger(__name__)

LATER_SECONDS = 0.1
"""Before it is found anew: threads share one interpreter, and whoever asked just now is in a hurry."""

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """Calls `find` at most once in as many seconds as the setting of this name says. Threads wait for one another.

    Where it may be `stale`, nobody waits until it is so many times as old: who asks gets what is known, while another
    thread finds it anew.
    """

    def __init__(self, find: Callable[[], Found], setting: str, stale: int = 1) -> None:
        self._find = find
        self._setting = setting
        self._stale = stale
        self._lock = Lock()
        self._found: tuple[Found, float] | None = None
        self._renewing = False

    def __call__(self, since: float = float("-inf")) -> Found:
        """What was found at `since` or later, and not too long ago. `since` is in seconds of time.monotonic()."""
        with self._lock:
            now, keep = time.monotonic(), getattr(settings, self._setting)
            if self._found is None or self._found[1] < max(since, now - keep * self._stale):
                self._found = self._find(), now
            elif self._found[1] < now - keep and not self._renewing:
                self._renewing = True
                renewal = Timer(LATER_SECONDS, self._renew)
                renewal.name, renewal.daemon = f"renewing {self._setting}", True
                renewal.start()
            return self._found[0]

    def _renew(self) -> None:
        try:
            now = time.monotonic()
            self._found = self._find(), now
        except Error as error:
            logger.warning("What was learned stays as it is, for the database does not answer: %s", error)
        finally:
            self._renewing = False
            connections.close_all()
