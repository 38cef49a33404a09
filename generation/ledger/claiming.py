"""How a worker comes by its next generation, and gives it up."""

from django.utils import timezone

from ..models import Generation, State, Worker
from .rows import blank_progress, held, lease, requeue


def claim(worker: Worker) -> Generation | None:
    """Take the oldest queued generation for this worker; None when nothing is queued."""
    queued = Generation.objects.filter(state=State.QUEUED).order_by("created_at", "id")
    while (candidate := queued.only("id", "attempt").first()) is not None:
        now = timezone.now()
        taken = Generation.objects.filter(pk=candidate.pk, state=State.QUEUED, attempt=candidate.attempt).update(
            state=State.RUNNING,
            attempt=candidate.attempt + 1,
            worker=worker,
            started_at=now,
            lease_until=now + lease(),
            **blank_progress(),
        )
        if taken:
            return Generation.objects.get(pk=candidate.pk)
    return None


def hand_back(generation: Generation) -> bool:
    """Put a running generation back in the queue, in its old place: its worker is going away on purpose."""
    return requeue(held(generation))
