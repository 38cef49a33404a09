"""The only module that speaks to RQ from the asking side. A ring carries no data: it says that there is work."""

import logging
import time
from collections.abc import Callable
from functools import cache, partial

import django_rq
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

logger = logging.getLogger(__name__)

QUEUE = "generation"
ANSWER = "generation.tasks.answer"
PATIENCE_SECONDS = 1
SILENT_SECONDS = 5
"""For so long nobody waits again for a Redis that did not answer. The reconciler, who looks as often, rings later."""

_silent_until = 0.0


def queue() -> Queue:
    return _queue_at(settings.REDIS_URL)


@cache
def _queue_at(url: str) -> Queue:
    """Over connections that give up fast: nobody who submits waits for a Redis that is gone. They stay open, for to
    connect costs as much as to ring; one that broke meanwhile is opened anew by the pool."""
    connection = Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return django_rq.get_queue(QUEUE, connection=connection)


def ring(times: int = 1) -> bool:
    """Say that there is work. False when Redis cannot be reached: the reconciler rings again later."""
    return _ask(partial(_ring, times)) is not None


def ring_on_commit() -> None:
    transaction.on_commit(ring)


def pending() -> int | None:
    """How many rings no worker has answered yet; None when Redis cannot be reached."""
    return _ask(lambda bell: int(bell.count))


def _ring(times: int, bell: Queue) -> int:
    with bell.connection.pipeline() as together:  # RQ alone would ask twice for each
        for _ in range(times):
            bell.enqueue(ANSWER, job_timeout=-1, result_ttl=0, failure_ttl=0, pipeline=together)
        together.execute()
    return times


def _ask(question: Callable[[Queue], int]) -> int | None:
    """What the queue answers; None when Redis cannot be reached, or was not a moment ago."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return None
    try:
        return question(queue())
    except RedisError as error:
        _silent_until = time.monotonic() + SILENT_SECONDS
        logger.warning("Redis does not answer (%s). Nothing is lost: the reconciler rings again.", error)
        return None
