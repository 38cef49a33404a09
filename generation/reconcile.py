"""Repairs what a crash left: leases that ran out, bells that were lost, what remains of dead workers, stray files."""

import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from gallery import sweeping
from gallery.models import Output, Rendition
from moderation import gate

from . import doorbell, ledger, queries, references, scratch
from .models import Generation, ReferenceImage, State, Worker

logger = logging.getLogger(__name__)

STRAY_AGE = timedelta(days=1)
"""By the clock, which may just have been set: far longer than it takes to store a file and commit its row."""
STRAY_SECONDS = 3600.0
"""By what the reconciler saw itself."""
SHELVES = (
    sweeping.Shelf(Output, "file", "outputs"),
    sweeping.Shelf(Output, "poster", "posters"),
    sweeping.Shelf(Rendition, "file", "renditions"),
    sweeping.Shelf(ReferenceImage, "file", "references"),
)
PARTS = [(shelf, part) for shelf in SHELVES for part in range(sweeping.PARTS)]


@dataclass(frozen=True)
class Repairs:
    """What one round of repairs did. `missing` counts rows whose file is not there: that nothing here can repair;
    `forgotten` pictures that people gave and nothing needs any more."""

    recovered: int = 0
    rung: int = 0
    buried: int = 0
    swept: int = 0
    orphans: int = 0
    missing: int = 0
    forgotten: int = 0

    def __bool__(self) -> bool:
        return self != Repairs()


Part = tuple[sweeping.Shelf, int]


def reconcile(safe_age: timedelta = STRAY_AGE) -> Repairs:
    """Repair everything at once, as one does by hand: leases by the clock, and the whole of the storage."""
    ledger.mend_turns()
    expired = Generation.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    recovered = sum(ledger.recover(generation) for generation in expired)
    return _repair(recovered, PARTS, lambda shelf, name: sweeping.age(shelf, name) > safe_age)


class Reconciler:
    """Repairs round after round, a small part of the storage in each.

    It believes no clock that can be set: a lease has run out when its end has not moved for as long as a lease lasts.
    So no jump of a clock, and no difference between those of two machines, takes work from a living worker or leaves
    it with a dead one. Likewise a file without a row goes when it was seen so in two rounds, long after each other.
    """

    def __init__(self) -> None:
        self._seen: dict[UUID, tuple[int, datetime | None, float]] = {}
        self._part = random.randrange(len(PARTS))
        self._strays: dict[str, float] = {}
        self._mended = False

    def round(self) -> Repairs:
        if not self._mended:
            ledger.mend_turns()
            self._mended = True
        self._part = (self._part + 1) % len(PARTS)
        return _repair(self._recover_silent(), [PARTS[self._part]], self._is_old)

    def forget(self) -> None:
        """Observe anew: while the database was away, nobody could renew a lease, and it may be another that is back."""
        self._seen.clear()
        self._mended = False

    def _recover_silent(self) -> int:
        now, before, self._seen = time.monotonic(), self._seen, {}
        silent = []
        for generation in Generation.objects.filter(state=State.RUNNING).only("attempt", "crashes", "lease_until"):
            attempt, lease_until, since = before.get(generation.pk, (0, None, now))
            if (attempt, lease_until) != (generation.attempt, generation.lease_until):
                since = now
            self._seen[generation.pk] = generation.attempt, generation.lease_until, since
            if now - since >= settings.LEASE_SECONDS:
                silent.append(generation)
        return sum(ledger.recover_silent(generation) for generation in silent)

    def _is_old(self, _shelf: sweeping.Shelf, name: str) -> bool:
        return time.monotonic() - self._strays.setdefault(name, time.monotonic()) >= STRAY_SECONDS


def _repair(recovered: int, parts: Iterable[Part], is_old: Callable[[sweeping.Shelf, str], bool]) -> Repairs:
    rung, buried, swept = _ring_lost_bells(), _bury_workers(), scratch.sweep()
    gate.forget_old()
    orphans = missing = forgotten = 0
    for shelf, number in parts:
        if shelf.model is ReferenceImage:
            forgotten += references.forget_unneeded(number)
        found = sweeping.look(shelf, number)
        for name in found.strays:
            if is_old(shelf, name):
                shelf.storage.delete(name)
                orphans += 1
        missing += len(found.missing)
        for name in found.missing:
            logger.error("A row names %s, which is not in the storage.", name)
    repairs = Repairs(recovered, rung, buried, swept, orphans, missing, forgotten)
    if repairs:
        logger.info("Repaired: %s", repairs)
    return repairs


def _ring_lost_bells() -> int:
    """A ring for each worker that could have work: one that answers goes on until nothing is left to claim."""
    pending = doorbell.pending()
    if pending is None:
        return 0
    hands = max(1, queries.live_workers().count())
    waiting = Generation.objects.filter(state=State.QUEUED).values("pk")[:hands].count()
    missing = waiting - pending
    return missing if missing > 0 and doorbell.ring(missing) else 0


def _bury_workers() -> int:
    """Forget workers that have said nothing for several leases."""
    return (
        Worker.objects.filter(seen_at__lt=Now() - 4 * timedelta(seconds=settings.LEASE_SECONDS))
        .delete()[1]
        .get("generation.Worker", 0)
    )
