"""Downloads of several outputs at once."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from people import rates
from people.views import me
from people.zipping import Entry, streamed

from .. import access, stacks
from . import entries

MOST = 1000


@require_POST
def some(request: HttpRequest) -> HttpResponseBase:
    """The outputs that are named by repeated `outputs`, and all of their stacks from a page where `stacks` are closed.
    404 where one of them is not there for this person."""
    if not rates.allows(request, "zip"):
        return rates.too_many(request)
    ids = list(dict.fromkeys(map(_uuid, request.POST.getlist("outputs"))))
    if not ids:
        return _back(request, _("Choose at least one result to download."))
    if request.POST.get("stacks") == "closed" and len(ids) <= MOST:
        ids = stacks.opened(me(request).pk, ids, MOST)
    if len(ids) > MOST:
        return _back(request, _("Choose at most %(most)d results to download at once.") % {"most": MOST})
    if len(access.among(request.user, ids)) < len(ids):
        raise Http404
    return _zip("mediagen", entries.chosen(me(request), ids))


@require_GET
@never_cache
def everything(request: HttpRequest) -> HttpResponseBase:
    """All that is one's own."""
    if not rates.allows_reading(request, "zip"):
        return rates.too_many(request)
    return _zip("mediagen-gallery", entries.everything(me(request)))


def _zip(name: str, content: Iterable[Entry]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(streamed(content), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


def _back(request: HttpRequest, message: str) -> HttpResponse:
    messages.error(request, message)
    return redirect("gallery")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
