"""The queue as it will be worked off, played forwards by the policy that workers claim by.

Every process looks once in a moment, however many pages ask.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Count, Max, Min
from django.utils import timezone

from . import timing
from .experience import Experience
from .forecasting import Busy, Outlook, forecast
from .ledger.candidates import hand, waiting
from .limits import at_limit
from .models import Generation, State, Worker
from .promises import experience
from .queries import is_paused, live_workers
from .remembering import Remembered
from .scheduling import Candidate, Hand

LOOK_AHEAD = 200
"""Waiting generations that are played forwards; those behind are told by their average."""
ANY_HAND = Hand("")
"""Stands in while no worker lives: one may come back any moment."""


@dataclass(frozen=True)
class Tail:
    """What waits behind the generations that were played forwards: how many, and between which times they were asked
    for, in seconds since 1970."""

    count: int
    since: float
    until: float


@dataclass(frozen=True)
class Line:
    """The queue at one moment, in seconds since 1970. `at_limit` has whose next has to wait for one of their own, and
    how many of theirs run."""

    at: float
    paused: bool
    workers: Sequence[Worker]
    hands: Sequence[Hand]
    busy: Mapping[UUID, Busy]
    at_limit: Mapping[int, int]
    candidates: Mapping[UUID, Candidate]
    outlooks: Mapping[UUID, Outlook]
    tail: Tail
    experience: Experience

    def with_one_more(self, candidate: Candidate) -> "Line":
        """With this one as if it came now, also where it is known already or even runs."""
        candidates = {**self.candidates, candidate.id: candidate}
        busy = {pk: others for pk, others in self.busy.items() if pk != candidate.id}
        return replace(self, candidates=candidates, outlooks=_play(candidates, busy.values(), self.hands, self.at))


def _look() -> Line:
    now = time.time()
    workers = list(live_workers())
    hands = [hand(worker) for worker in workers if not worker.draining] or [ANY_HAND]
    running = list(Generation.objects.filter(state=State.RUNNING).select_related("worker").defer("parameters"))
    busy = {row.pk: Busy(row.worker_id, timing.remaining(row).low) for row in running if row.worker_id}
    candidates = {candidate.id: candidate for candidate in waiting(LOOK_AHEAD)}
    return Line(
        at=now,
        paused=is_paused(),
        workers=workers,
        hands=hands,
        busy=busy,
        at_limit=at_limit(),
        candidates=candidates,
        outlooks=_play(candidates, busy.values(), hands, now),
        tail=_tail(len(candidates)),
        experience=experience(),
    )


line = Remembered(_look, "FORECAST_SECONDS")


def line_with(rows: Iterable[Generation]) -> Line:
    """A look that is no older than any of these."""
    youngest = max((row.created_at for row in rows), default=None)
    if youngest is None:
        return line()
    return line(since=time.monotonic() - (timezone.now() - youngest).total_seconds())


def _play(
    candidates: Mapping[UUID, Candidate], busy: Iterable[Busy], hands: Sequence[Hand], now: float
) -> dict[UUID, Outlook]:
    loading = {model: timing.loading(model).low for model in {candidate.model for candidate in candidates.values()}}
    return forecast(candidates.values(), busy, hands, now, loading)


def _tail(looked_at: int) -> Tail:
    """Counts nothing while everything that waits was looked at."""
    if looked_at < LOOK_AHEAD:
        return Tail(0, 0.0, 0.0)
    found = Generation.objects.filter(state=State.QUEUED).aggregate(
        count=Count("pk"), since=Min("created_at"), until=Max("created_at")
    )
    return Tail(found["count"] - looked_at, found["since"].timestamp(), found["until"].timestamp())
