"""The log, for operators."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people.standing import is_operator
from people.views import UNPROCESSABLE

from .. import audit
from ..forms import AuditForm

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
    """All of it, or what is looked for: by person or thing, act and day."""
    before = request.GET.get("before", "")
    if not (before == "" or (before.isascii() and before.isdigit() and len(before) < 19)):
        raise Http404
    form = AuditForm(request.GET)
    context = {"form": form, "query": _query(request)}
    if not form.is_valid():
        return render(request, "moderation/audit.html", context, status=UNPROCESSABLE)
    page = audit.page(int(before) if before else audit.LARGEST_KEY, form.asked())
    return render(request, "moderation/audit.html", context | {"page": page})


@require_safe
@never_cache
@for_operators
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The log as `?format=csv` or `jsonl`, whole or what is looked for, read while it is sent."""
    format, form = request.GET.get("format", ""), AuditForm(request.GET)
    if format not in FORMATS or not form.is_valid():
        raise Http404
    content_type, write = FORMATS[format]
    name = f"mediagen-audit-{timezone.localdate():%Y-%m-%d}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(write(form.asked()), content_type=content_type, headers=headers)


def _query(request: HttpRequest) -> str:
    """What is looked for, as the links that go on from here ask it."""
    asked = {name: request.GET[name] for name in AuditForm.base_fields if request.GET.get(name)}
    return f"&{urlencode(asked)}" if asked else ""
