"""Everything that is done for the gallery off any request, in one process of which several may run.

A chore does one piece of work at a time, so that what is urgent never waits for a long backlog of something else.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from . import comparing, rating, rendering, trash

logger = logging.getLogger(__name__)

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
STATISTICS_SECONDS = 6 * 3600.0
AWAY = (OperationalError, InterfaceError)


@dataclass
class Chore:
    """`act` does one piece of work and says whether there was any; it claims it by compare-and-set. `every` so many
    seconds is often enough.

    What it raises is a fault of the chore, not of a single piece: it rests, longer each time.
    """

    name: str
    act: Callable[[], object]
    every: float = 0.0
    failures: int = 0
    rests_until: float = 0.0

    def do_one(self) -> bool:
        """Raises what a database that is away raises (AWAY)."""
        if time.monotonic() < self.rests_until:
            return False
        try:
            found = bool(self.act())
        except AWAY:
            raise
        except Exception:
            pause = min(FIRST_PAUSE * 2**self.failures, LONGEST_PAUSE)
            self.failures, self.rests_until = self.failures + 1, time.monotonic() + pause
            logger.exception("The chore of %s failed; it rests for %.0f s.", self.name, pause)
            return False
        self.failures, self.rests_until = 0, time.monotonic() + self.every
        return found


def all_chores() -> list[Chore]:
    """The most urgent first."""
    return [
        Chore("rating", rating.rate_next),
        Chore("renditions", rendering.render_next),
        Chore("comparing", comparing.compare_next),
        Chore("trash", trash.purge_due),
        Chore("statistics", refresh_statistics, STATISTICS_SECONDS),
    ]


def refresh_statistics() -> None:
    """Have SQLite look at a sample of what its tables hold: it plans by that, and by guesses without. PostgreSQL does
    so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def do_all(chores: Sequence[Chore], leaving: threading.Event) -> None:
    """Until nothing is due, or this process is to go. Raises what a database that is away raises (AWAY)."""
    found = True
    while found and not leaving.is_set():
        found = sum(chore.do_one() for chore in chores) > 0


def go_on(chores: Sequence[Chore], leaving: threading.Event, every: float) -> None:
    """Look for work every so many seconds until this process is to go."""
    followed = False
    while not leaving.is_set():
        try:
            if not followed:
                rating.follow_setting()
                followed = True
            do_all(chores, leaving)
        except AWAY as error:
            logger.warning("The database does not answer: %s", error)
        close_old_connections()
        leaving.wait(every)
