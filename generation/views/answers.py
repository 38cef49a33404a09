"""What several views need to answer."""

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponseRedirect

UNPROCESSABLE = 422


class SeeOther(HttpResponseRedirect):
    """303: what was posted is done, look there."""

    status_code = 303


def person(request: HttpRequest) -> AbstractBaseUser:
    """Who asks. The login middleware lets nobody else through."""
    assert request.user.is_authenticated
    return request.user


def wants_fragment(request: HttpRequest) -> bool:
    """Boosted links and the browser's way back want whole pages, though htmx fetches them."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request
