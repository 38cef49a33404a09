"""What is settled before any view is asked."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from generation.log_context import log_about
from people.rates import toast

SAFE_METHODS = frozenset({"GET", "HEAD"})
CHARSETS = frozenset({"", "utf-8", "utf8"})
TOO_LARGE = 413
MEGABYTE = 1024 * 1024

ISOLATION = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NO_DOCUMENT = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
"""For what is no page of ours: should a browser take it for a document, nothing in it acts. The styles are those that
browsers give a bare picture or video."""


class EntranceMiddleware(LoginRequiredMiddleware):
    """Every page needs a sign-in. Who was sending something comes back to the studio: a page that takes only what is
    sent would answer the return with nothing. The log learns who is signed in."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        refusal = super().process_view(request, view_func, view_args, view_kwargs)
        if refusal is None and getattr(view_func, "login_required", True):
            log_about(user_id=request.user.pk)
        return refusal

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        if request.method in SAFE_METHODS:
            return super().handle_no_permission(request, view_func)
        return redirect_to_login("/", self.get_login_url(view_func))


def utf8_only(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse bodies in other charsets: browsers send none, and some of them cannot be decoded without an error."""

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "").strip("'\" ").lower()
        if charset not in CHARSETS:
            return HttpResponseBadRequest("Send UTF-8.", content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def isolation(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep other sites from embedding what is here, pages from devices, and files from acting as pages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ISOLATION.items():
            response.headers.setdefault(name, value)
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers["Content-Security-Policy"] = NO_DOCUMENT
        return response

    return middleware


def bounded_bodies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse by its announced length what is too much to read. Without a length, WSGI gives nothing to read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.UPLOAD_TOTAL_MEGABYTES
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit * MEGABYTE:
            message = _("At most %(limit)d MB in one go, please: send smaller files, or fewer.") % {"limit": limit}
            if request.htmx:  # type: ignore[attr-defined]
                return toast(message, TOO_LARGE)
            return render(request, "413.html", {"message": message}, status=TOO_LARGE)
        return get_response(request)

    return middleware
