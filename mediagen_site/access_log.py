"""One record a request: who asked for which page, how it was answered, and how long that took."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from generation.log_context import logging_about

logger = logging.getLogger("mediagen.access")

GIVEN_ID = re.compile(r"[\w.-]{8,64}", re.ASCII)
QUIET_PATHS = frozenset({"/healthz", "/metrics"})
QUIET_STATUS = 204
SLOW_SECONDS = 1.0


def access_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request an id (a proxy's `X-Request-ID`, or a new one), answer with it, and log the path alone.

    Queries and bodies are left out: they hold what people wrote. Open tabs ask every other second whether something is
    new; as long as nothing is, and fast, that is not logged.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request)
        with logging_about(request_id=request_id):
            since = time.perf_counter()
            response = get_response(request)
            response["X-Request-ID"] = request_id
            _log(request, response, time.perf_counter() - since)
        return response

    return middleware


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    quiet = response.status_code == QUIET_STATUS or (request.path in QUIET_PATHS and response.status_code < 400)
    if quiet and seconds < SLOW_SECONDS:
        return
    facts = {"method": request.method, "path": escape_uri_path(request.path), "status": response.status_code}
    took = round(seconds, 4)
    logger.info("%(method)s %(path)s %(status)d", facts, extra={**facts, "seconds": took})
