from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation import queries


@require_safe
@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, with what the queue and the workers do; 503 when it does not."""
    try:
        connection.ensure_connection()
        return JsonResponse({"status": "ok", **queries.health()})
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
