"""What several views need to answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def wants_fragment(request: HttpRequest) -> bool:
    """Boosted links and the browser's way back want whole pages, though htmx fetches them."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To the page of this site that sent this, where it says so (`next`)."""
    asked = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(asked if here and asked.startswith("/") else otherwise)
