"""The log, for operators."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people.standing import is_operator

from .. import audit

FORMATS = {"csv": ("text/csv; charset=utf-8", audit.as_csv), "jsonl": ("application/jsonl", audit.as_jsonl)}

View = Callable[..., HttpResponseBase]


def for_operators(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: str) -> HttpResponseBase:
        if not is_operator(request.user):
            raise PermissionDenied
        return view(request, *args)

    return guarded


@require_safe
@never_cache
@for_operators
def log(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    if not (before == "" or (before.isascii() and before.isdigit() and len(before) < 19)):
        raise Http404
    return render(request, "moderation/audit.html", {"page": audit.page(int(before) if before else audit.LARGEST_KEY)})


@require_safe
@never_cache
@for_operators
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The whole log as `?format=csv` or `jsonl`, read while it is sent."""
    format = request.GET.get("format", "")
    if format not in FORMATS:
        raise Http404
    content_type, write = FORMATS[format]
    name = f"mediagen-audit-{timezone.localdate():%Y-%m-%d}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(write(), content_type=content_type, headers=headers)
