"""Kept files from a host of their own (MEDIAGEN_MEDIA_HOST), to which browsers bring no cookie: whatever a file might
do there, it does as nobody. Pages go on naming files by their own addresses, which send on to a signed one for a while.

Who may have a file is decided there anew, for the person that the address was signed for.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.utils.encoding import escape_uri_path

KEPT = frozenset(
    {
        *("output_file", "output_download", "output_poster", "output_rendition", "output_frame", "output_reference"),
        *("shared_file", "shared_poster", "collection_link_file", "collection_link_poster", "reference_image"),
    }
)
"""The URLs of what people made, brought in or uploaded, by name."""
KEY = "for"
SECONDS = 900
"""How long a signed address is good for. A browser goes by one for two thirds of that."""
CACHING = f"private, max-age={SECONDS * 2 // 3}"
SAFE_METHODS = frozenset({"GET", "HEAD"})


class MediaHostMiddleware:
    """Behind the entrance: who is to sign in has been sent there before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_there(request):
            return self.get_response(request)
        person = _signed_for(request)
        if person is None or request.method not in SAFE_METHODS:
            return HttpResponseNotFound(content_type="text/plain")
        request.user = person
        response = self.get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        is_kept = request.resolver_match is not None and request.resolver_match.url_name in KEPT
        if _is_there(request):
            return None if is_kept else HttpResponseNotFound(content_type="text/plain")
        if not settings.MEDIA_HOST or not is_kept or request.method not in SAFE_METHODS:
            return None
        query = request.GET.copy()
        query[KEY] = _signer(request).sign(str(request.user.pk or ""))
        address = f"{settings.MEDIA_HOST}{escape_uri_path(request.path)}?{query.urlencode()}"
        return HttpResponseRedirect(address, headers={"Cache-Control": CACHING})


def _is_there(request: HttpRequest) -> bool:
    return bool(settings.MEDIA_HOST) and request.get_host() == settings.MEDIA_HOST.partition("://")[2]


def _signed_for(request: HttpRequest) -> User | AnonymousUser | None:
    """Who the address was signed for, as they are now; None where it was not, or too long ago."""
    try:
        key = _signer(request).unsign(request.GET.get(KEY, ""), max_age=SECONDS)
    except BadSignature:
        return None
    return User.objects.filter(pk=key, is_active=True).first() if key else AnonymousUser()


def _signer(request: HttpRequest) -> TimestampSigner:
    """Of this very address: a signature opens no other."""
    query = request.GET.copy()
    query.pop(KEY, None)
    return TimestampSigner(salt=f"media host {request.path}?{query.urlencode()}")
