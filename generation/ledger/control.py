"""What operators set for the whole queue, and the order that people give to their own waiting generations."""

import time

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import doorbell
from ..models import ACTIVE_STATES, Generation, QueueControl, State, Worker
from .asking import cancel

SMALLEST_GAP = 1e-3
"""Places lie this far apart at least, in seconds: a float of today's seconds since 1970 resolves a thousandth of it."""


def pause() -> bool:
    """Let no more generations start; what runs goes on."""
    return bool(_control().filter(paused_at=None).update(paused_at=timezone.now()))


def resume() -> bool:
    resumed = _control().exclude(paused_at=None).update(paused_at=None)
    if resumed:
        _ring_for_all()
    return bool(resumed)


def drain(worker: Worker) -> bool:
    """Let this worker finish what it works on and take nothing more."""
    return bool(Worker.objects.filter(pk=worker.pk, draining=False).update(draining=True))


def undrain(worker: Worker) -> bool:
    undrained = Worker.objects.filter(pk=worker.pk, draining=True).update(draining=False)
    if undrained:
        _ring_for_all()
    return bool(undrained)


def move_to_front(generation: Generation) -> bool:
    """Let this one be the next of all."""
    return bool(_queued(generation).filter(urgent=False).update(urgent=True))


def cancel_all(owner: AbstractBaseUser) -> int:
    """Cancel all that this person has waiting and running; how many that were."""
    active = Generation.objects.filter(owner_id=owner.pk, state__in=ACTIVE_STATES)
    return sum(cancel(generation) for generation in active)


def move(generation: Generation, before: Generation | None) -> bool:
    """Put a waiting generation directly before another of the same owner, or at the end of the owner's line."""
    with transaction.atomic():
        others = list(
            Generation.objects.select_for_update()
            .filter(owner_id=generation.owner_id, state=State.QUEUED)
            .exclude(pk=generation.pk)
            .order_by("place", "id")
        )
        if before is None:
            return _place(generation, time.time())
        if before not in others:
            return False
        line = [*others[: others.index(before)], generation, *others[others.index(before) :]]
        return _place(generation, _between(line, generation)) or _number_anew(line, generation)


def _between(line: list[Generation], generation: Generation) -> float | None:
    """A place between the neighbours, or None where there is no room."""
    at = line.index(generation)
    after = line[at + 1].place
    if at == 0:
        return after - 1
    gap = after - line[at - 1].place
    return line[at - 1].place + gap / 2 if gap > 2 * SMALLEST_GAP else None


def _number_anew(line: list[Generation], generation: Generation) -> bool:
    """Lay the places a second apart, the last where it was: nobody else's order depends on them."""
    last = line[-1].place
    moved = False
    for number, entry in enumerate(reversed(line)):
        moved |= _place(entry, last - number) and entry == generation
    return moved


def _place(generation: Generation, place: float | None) -> bool:
    return place is not None and bool(_queued(generation).update(place=place))


def _queued(generation: Generation) -> QuerySet[Generation]:
    return Generation.objects.filter(pk=generation.pk, state=State.QUEUED)


def _control() -> QuerySet[QueueControl]:
    row, _ = QueueControl.objects.get_or_create(pk=1)
    return QueueControl.objects.filter(pk=row.pk)


def _ring_for_all() -> None:
    """The bells that rang meanwhile found nothing to claim."""
    hands = Worker.objects.count()  # one who answers goes on until nothing is left to claim
    transaction.on_commit(lambda: doorbell.ring(hands))
