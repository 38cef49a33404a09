"""The only writer of generations. Every change is a compare-and-set: it names the state (and attempt) it starts from,
and tells whether it took place. What is late or second finds another state and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from gallery.models import Output

from . import doorbell, timing
from .engine.api import Progress
from .models import ACTIVE_STATES, Generation, Preview, State, Worker
from .request import VERSION, Request

MAX_CRASHES = 3
WORKER_LOST = _("The worker was lost three times while making this. It will not be tried again by itself.")


class LeaseLost(Exception):
    """This attempt no longer holds the generation: it was cancelled, or given to another worker."""


def submit(
    owner: AbstractBaseUser,
    request: Request,
    *,
    remixed_from: Output | None = None,
    rerun_of: Output | None = None,
) -> Generation:
    """Write the request down with its seed drawn, and ring once it is committed."""
    request = request.with_drawn_seed()
    generation = Generation.objects.create(
        owner_id=owner.pk,
        parameters=request.to_json(),
        request_version=VERSION,
        model=request.model_id,
        mode=request.mode_id,
        estimated_seconds=timing.seconds(request),
        remixed_from=remixed_from,
        rerun_of=rerun_of,
    )
    doorbell.ring_on_commit()
    return generation


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
            lease_until=now + _lease(),
            **_blank_progress(),
        )
        if taken:
            return Generation.objects.get(pk=candidate.pk)
    return None


def beat(generation: Generation, progress: Progress | None = None) -> bool:
    """Renew the lease, with the progress where there is news. False: the attempt lost the generation and must stop."""
    news: dict[str, Any] = {"lease_until": timezone.now() + _lease()}
    if progress is not None:
        news |= {"stage": progress.stage, "fraction": progress.fraction}
        if progress.steps:  # decoding and saving leave standing how many steps there were
            news |= {"step": progress.step, "steps": progress.steps}
    return bool(_held(generation).update(**news))


def show(generation: Generation, jpeg: bytes) -> None:
    """Keep what the running generation looks like now."""
    Preview.objects.update_or_create(generation=generation, defaults={"jpeg": jpeg})


@contextmanager
def holding(generation: Generation) -> Iterator[None]:
    """A transaction in which the attempt surely holds the generation. Raises LeaseLost where it does not."""
    with transaction.atomic():
        if not _held(generation).select_for_update().exists():
            raise LeaseLost
        yield


def finish(generation: Generation) -> bool:
    return _end(generation, State.SUCCEEDED, fraction=1.0)


def fail(generation: Generation, error: str) -> bool:
    """End in failure; `error` is for the person who asked."""
    return _end(generation, State.FAILED, error=error)


def hand_back(generation: Generation) -> bool:
    """Put a running generation back in the queue, in its old place: its worker is going away on purpose."""
    return _requeue(_held(generation))


def recover(generation: Generation) -> bool:
    """Put a generation whose worker was lost back in the queue, or give up after the third time."""
    expired = _held(generation).filter(lease_until__lt=timezone.now())
    if generation.crashes + 1 < MAX_CRASHES:
        return _requeue(expired, crashes=F("crashes") + 1)
    gave_up = expired.update(
        state=State.FAILED,
        finished_at=timezone.now(),
        lease_until=None,
        crashes=F("crashes") + 1,
        error=WORKER_LOST,
    )
    return bool(gave_up)


def cancel(generation: Generation) -> bool:
    """Cancel what is queued or running. A running worker finds out at its next step."""
    cancelled = Generation.objects.filter(pk=generation.pk, state__in=ACTIVE_STATES).update(
        state=State.CANCELLED, finished_at=timezone.now(), lease_until=None
    )
    if cancelled:
        Preview.objects.filter(generation=generation).delete()
    return bool(cancelled)


def retry(generation: Generation) -> bool:
    """Queue what failed or was cancelled once more, at the end of the queue."""
    requeued = Generation.objects.filter(pk=generation.pk, state__in=(State.FAILED, State.CANCELLED)).update(
        state=State.QUEUED,
        created_at=timezone.now(),
        started_at=None,
        finished_at=None,
        error="",
        crashes=0,
        worker=None,
        **_blank_progress(),
    )
    if requeued:
        doorbell.ring_on_commit()
    return bool(requeued)


def _held(generation: Generation) -> Any:
    return Generation.objects.filter(pk=generation.pk, state=State.RUNNING, attempt=generation.attempt)


def _end(generation: Generation, state: State, **facts: Any) -> bool:
    ended = _held(generation).update(state=state, finished_at=timezone.now(), lease_until=None, **facts)
    if ended:
        Preview.objects.filter(generation=generation).delete()
    return bool(ended)


def _requeue(rows: Any, **facts: Any) -> bool:
    requeued = rows.update(
        state=State.QUEUED, worker=None, started_at=None, lease_until=None, **_blank_progress(), **facts
    )
    if requeued:
        doorbell.ring_on_commit()
    return bool(requeued)


def _lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def _blank_progress() -> dict[str, Any]:
    return {"stage": "", "step": 0, "steps": 0, "fraction": 0.0}
