"""How a worker comes by its next generation, and gives it up."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from ..catalogue import models as catalogue
from ..limits import at_limit, may_run
from ..models import Generation, QueueControl, Share, State, Turn, Worker
from ..scheduling import Candidate, Choice, Hand, choose
from . import accounting
from .rows import blank_progress, held, lease, requeue, worked

HEADS = 8
"""Of each model, the next generations of so many of the least served are looked at."""


def claim(worker: Worker) -> Generation | None:
    """Take for this worker the waiting generation that the policy chooses; None when there is none for it.

    Two workers may choose the same: the second passes over what the first has locked and takes the next. Where that
    leaves it none, it waits for the first and looks again.
    """
    if Worker.objects.filter(pk=worker.pk, draining=True).exists() or is_paused():
        return None
    asking, waits = hand(worker), False
    while candidates := _heads(asking):
        while choice := choose(asking, candidates, time.time()):
            if generation := _take(choice, worker, waits):
                return generation
            candidates.remove(choice.candidate)
        waits = True
    return None


def hand_back(generation: Generation) -> bool:
    """Put a running generation back in the queue, in its old place: its worker is going away on purpose."""
    return requeue(held(generation), worked(generation))


def is_paused() -> bool:
    return QueueControl.objects.exclude(paused_at=None).exists()


def hand(worker: Worker) -> Hand:
    """The worker as the policy sees it. One that has announced nothing can run everything."""
    able = worker.capabilities.get("models")
    return Hand(
        name=worker.name,
        warm=frozenset(worker.warm_models),
        models=None if able is None else frozenset(able),
        loaded_at=worker.loaded_at.timestamp() if worker.loaded_at else 0.0,
    )


def waiting(limit: int = 200) -> list[Candidate]:
    """So many of the next in line, for forecasts: what is urgent, and of everybody's turns equally many.

    Of all that waits, where that is less.
    """
    urgent = _described(_queued().filter(urgent=True).order_by("place", "id")[:limit])
    least = Turn.objects.order_by("virtual_seconds", "id")[:limit]
    depth = ceil(limit / max(1, len(least)))
    while True:
        found = _by_turns(_candidates(_first_of(least, depth)))
        if len(found) >= limit or not found or found[-1][0] < depth:
            return [*_candidates(urgent), *(candidate for _rank, candidate in found)][:limit]
        depth *= 2


def _first_of(turns: QuerySet[Turn], depth: int) -> QuerySet[Generation, Any]:
    """So many of each turn, or all of a shorter one."""
    mine = _queued().filter(owner_id=OuterRef("owner_id"), model=OuterRef("model"), urgent=False)
    last = Subquery(mine.order_by("place", "id").values("place")[depth - 1 : depth])
    wanted = Q(pk=None)
    for owner_id, model, place in turns.values_list("owner_id", "model", last):
        upto = {} if place is None else {"place__lte": place}
        wanted |= Q(owner_id=owner_id, model=model, **upto)
    return _described(_queued().filter(wanted, urgent=False))


def _by_turns(candidates: list[Candidate]) -> list[tuple[int, Candidate]]:
    """Each with its rank in its turn: the first of all turns, then the second…"""
    ranks = Counter[tuple[int, str]]()
    ranked = []
    for candidate in sorted(candidates, key=lambda candidate: (candidate.place, candidate.id)):
        ranks[candidate.owner, candidate.model] += 1
        ranked.append((ranks[candidate.owner, candidate.model], candidate))
    return sorted(ranked, key=lambda entry: (entry[0], entry[1].virtual_seconds))


def _take(choice: Choice, worker: Worker, waits: bool) -> Generation | None:
    """Claim the chosen one, unless another worker has it, or its owner already has as many running as may."""
    now = timezone.now()
    with transaction.atomic():
        row = _queued().select_for_update(skip_locked=not waits).filter(pk=choice.candidate.id).first()
        if row is None:
            return None
        share = accounting.lock(row.owner_id)
        if not _may_run_one_more(share):
            return None
        facts: dict[str, Any] = {
            "state": State.RUNNING,
            "attempt": row.attempt + 1,
            "worker": worker,
            "device": worker.device,
            "started_at": now,
            "lease_until": now + lease(),
            "charged_seconds": row.estimated_seconds,
            **blank_progress(),
        }
        if not _queued().filter(pk=row.pk, attempt=row.attempt).update(**facts):
            return None
        accounting.charge(share, row, now)
        if row.model not in worker.warm_models:
            _note_change(worker, now)
    for name, value in facts.items():
        setattr(row, name, value)
    row.claimed_at = time.monotonic()
    return row


def _may_run_one_more(share: Share) -> bool:
    """Asked again under the lock of the share: another worker may just have taken one of the same owner."""
    limit = may_run(share)
    return not limit or Generation.objects.filter(owner_id=share.pk, state=State.RUNNING).count() < limit


def _note_change(worker: Worker, now: datetime) -> None:
    worker.loaded_at = now
    Worker.objects.filter(pk=worker.pk).update(loaded_at=now)


def _heads(asking: Hand) -> list[Candidate]:
    """A few of each model that the worker can run, read by indices alone, however many wait."""
    full = at_limit()
    able = [model for model in catalogue() if asking.can_run(model)]
    heads = [_next_of(model, full) for model in able]
    urgent = _queued().filter(urgent=True, model__in=able).exclude(owner_id__in=full).order_by("place", "id")
    chosen = [*heads, urgent.values("pk")[:HEADS]]
    # Each part is limited inside, where SQLite allows it.
    first, *others = [_described(Generation.objects.filter(pk__in=part)).order_by() for part in chosen]
    return _candidates(first.union(*others).order_by())


def _next_of(model: str, full: Sequence[int]) -> QuerySet[Turn, Any]:
    mine = _queued().filter(owner_id=OuterRef("owner_id"), model=OuterRef("model")).order_by("place", "id")
    turns = Turn.objects.filter(model=model).exclude(owner_id__in=full).order_by("virtual_seconds", "id")
    return turns.values_list(Subquery(mine.values("pk")[:1]))[:HEADS]


def _queued() -> QuerySet[Generation]:
    return Generation.objects.filter(state=State.QUEUED)


def _described(rows: QuerySet[Generation]) -> QuerySet[Generation, Any]:
    turn = Turn.objects.filter(owner_id=OuterRef("owner_id"), model=OuterRef("model"))
    return rows.values_list(
        "pk",
        "owner_id",
        "model",
        "estimated_seconds",
        "owner__share__virtual_seconds",
        "owner__share__weight",
        "created_at",
        Subquery(turn.values("served_at")),
        "urgent",
        "place",
    )


def _candidates(described: QuerySet[Generation, Any]) -> list[Candidate]:
    return [
        Candidate(
            id=pk,
            owner=owner,
            model=model,
            seconds=seconds,
            virtual_seconds=virtual_seconds,
            weight=weight,
            waiting_since=max(filter(None, (created, served))).timestamp(),
            urgent=urgent,
            place=place,
        )
        for pk, owner, model, seconds, virtual_seconds, weight, created, served, urgent, place in described
    ]
