"""Ends this process when what it makes has not moved for too long, even inside a C call that holds the GIL."""

import faulthandler
import time
from collections.abc import Iterator
from contextlib import contextmanager

SLACK_SECONDS = 1.0
"""So much later it may strike: to set it anew costs a thread, too much for every short step."""
NEVER = float("-inf")
STDERR = 2
"""The file descriptor: it must be there when nothing else is."""


class Watchdog:
    """Python's faulthandler keeps the time in a thread of C, which needs no GIL. When the time is up, it prints where
    every thread stands and ends the process at once: the lease runs out, and the generation goes to another worker.
    """

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._set_at = NEVER

    @contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Allow at most `seconds` from one sign of progress to the next."""
        self._seconds = seconds
        self._set_at = NEVER
        self.moved()
        try:
            yield
        finally:
            self._seconds = None
            faulthandler.cancel_dump_traceback_later()

    def moved(self) -> None:
        """There is progress: count from now."""
        if self._seconds is not None and time.monotonic() - self._set_at >= SLACK_SECONDS:
            self._set_at = time.monotonic()
            faulthandler.dump_traceback_later(self._seconds + SLACK_SECONDS, exit=True, file=STDERR)
