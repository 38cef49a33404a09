"""What is settled before any view is asked."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from generation.log_context import log_about

SAFE_METHODS = frozenset({"GET", "HEAD"})
CHARSETS = frozenset({"", "utf-8", "utf8"})


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
