"""What a worker says about the generation it holds: that it lives, what it looks like, how it ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ..engine.api import Progress
from ..models import Generation, Preview, State
from .rows import end_attempt, held, lease, worked

# In SQL, for the first stands between a submit and its first step, and each step has one.
_BEAT = """
    UPDATE generation_generation SET lease_until = %s{news} WHERE id = %s AND state = 'running' AND attempt = %s
"""


class LeaseLost(Exception):
    """This attempt no longer holds the generation: it was cancelled, or given to another worker."""


def beat(generation: Generation, progress: Progress | None = None) -> bool:
    """Renew the lease, with the progress where there is news. False: the attempt lost the generation and must stop."""
    news: dict[str, Any] = {"worked_seconds": worked(generation)}
    if progress is not None:
        news |= {"stage": progress.stage, "fraction": progress.fraction}
        news["loading_seconds"] = generation.loading_seconds
        if progress.steps:  # decoding and saving leave standing how many steps there were
            news |= {"step": progress.step, "steps": progress.steps}
    statement = _BEAT.format(news="".join(f", {column} = %s" for column in news))
    until = connection.ops.adapt_datetimefield_value(timezone.now() + lease())
    pk = Generation._meta.pk.get_db_prep_value(generation.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, [until, *news.values(), pk, generation.attempt])
        return bool(cursor.rowcount)


def show(generation: Generation, jpeg: bytes) -> None:
    """Keep what the running generation looks like now."""
    Preview.objects.update_or_create(generation=generation, defaults={"jpeg": jpeg})


@contextmanager
def holding(generation: Generation) -> Iterator[None]:
    """A transaction in which the attempt surely holds the generation. Raises LeaseLost where it does not."""
    with transaction.atomic():
        if not held(generation).select_for_update().exists():
            raise LeaseLost
        yield


def finish(generation: Generation) -> bool:
    return _end(generation, State.SUCCEEDED, fraction=1.0)


def fail(generation: Generation, error: str, suggestion: dict[str, Any] | None = None) -> bool:
    """End in failure; `error` is for the person who asked, `suggestion` has the parameters that would have worked."""
    return _end(generation, State.FAILED, error=error, suggestion=suggestion)


def _end(generation: Generation, state: State, **facts: Any) -> bool:
    with transaction.atomic():
        ended = end_attempt(held(generation), worked(generation), state=state, finished_at=timezone.now(), **facts)
        Preview.objects.filter(generation=ended).delete()
    return ended is not None
