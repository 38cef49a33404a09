import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from generation import queries

PATIENCE_SECONDS = 0.5


@require_safe
@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, with what the queue and the workers do; 503 when it does not.

    A Redis that is gone and a disk that is nearly full are told but change no status: pages and submits go on without.
    """
    try:
        connection.ensure_connection()
        facts = queries.health()
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    free = shutil.disk_usage(settings.MEDIAGEN_HOME).free
    return JsonResponse({"status": "ok", **facts, "redis": redis_answers(), "disk_free_bytes": free})


def redis_answers() -> bool:
    connection = Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return bool(connection.ping())
    except RedisError:
        return False
    finally:
        connection.close()
