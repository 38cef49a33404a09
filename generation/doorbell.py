"""The only module that speaks to RQ from the asking side. A ring carries no data: it says that there is work."""

import logging

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


def queue() -> Queue:
    """The queue, over a connection that gives up fast: nobody who submits waits for a Redis that is gone."""
    connection = Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return django_rq.get_queue(QUEUE, connection=connection)


def ring(times: int = 1) -> bool:
    """Say that there is work. False when Redis cannot be reached: the reconciler rings again later."""
    try:
        bell = queue()
        for _ in range(times):
            bell.enqueue(ANSWER, job_timeout=-1, result_ttl=0, failure_ttl=0)
    except RedisError as error:
        logger.warning("The doorbell does not ring (%s); the reconciler will ring again.", error)
        return False
    return True


def ring_on_commit() -> None:
    transaction.on_commit(ring)


def pending() -> int | None:
    """How many rings no worker has answered yet; None when Redis cannot be reached."""
    try:
        return int(queue().count)
    except RedisError:
        return None
