from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from . import access, files, keyset, queries, services, stripped
from .models import Output

PAGE_SIZE = 24
TYPES = {"": gettext_lazy("All"), "image": gettext_lazy("Images"), "video": gettext_lazy("Videos")}


@dataclass(frozen=True)
class Filter:
    """One choice above the grid."""

    id: str
    label: str | Promise
    url: str
    selected: bool


@dataclass(frozen=True)
class GalleryPage:
    outputs: list[Output]
    older_url: str | None


@require_safe
@vary_on_headers("HX-Request")
@cache_control(private=True, no_cache=True)
def index(request: HttpRequest) -> HttpResponse:
    """The person's outputs, newest first; as htmx asks for it, only the cards of one page."""
    type = request.GET.get("type", "")
    if type not in TYPES:
        raise Http404
    try:
        found = keyset.page(queries.outputs_of(request.user, type), PAGE_SIZE, request.GET.get("after", ""))
    except keyset.BadCursor:
        raise Http404 from None
    older_url = _gallery_url(type=type, after=found.older) if found.older else None
    filters = [Filter(id, label, _gallery_url(type=id), id == type) for id, label in TYPES.items()]
    context = {"page": GalleryPage(found.outputs, older_url), "filters": filters}
    return render(request, "gallery/index.html" + ("#cards" if _wants_cards(request) else ""), context)


@require_safe
def detail(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.output(request.user, output_id)
    context = {
        "output": output,
        "newer": queries.newer(output),
        "older": queries.older(output),
        "rerun_verdict": queries.rerun_verdict(output),
    }
    return render(request, "gallery/detail.html", context)


@require_safe
def output_json(request: HttpRequest, output_id: UUID) -> JsonResponse:
    output = access.output(request.user, output_id)
    return JsonResponse(_whole(output))


@require_safe
def file(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    return files.respond(request, files.kept_file(access.output(request.user, output_id)))


@require_safe
def download(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    """The file as it is kept; with `?stripped=1` without prompt and parameters."""
    output = access.output(request.user, output_id)
    if request.GET.get("stripped") == "1":
        return stripped.respond(output)
    return files.respond(request, files.kept_file(output), attachment=True)


@require_safe
def poster(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    return files.respond(request, files.kept_poster(access.output(request.user, output_id)))


@require_POST
def delete(request: HttpRequest, output_id: UUID) -> HttpResponse:
    services.delete(access.output(request.user, output_id))
    messages.success(request, _("Deleted."))
    return redirect("gallery")


def _whole(output: Output) -> dict[str, Any]:
    """One output's own JSON: what a generation says of it, and what it was asked for."""
    return {
        **services.describe(output),
        "type": output.type,
        "model": output.model,
        "mode": output.mode,
        "generation": output.generation_id and str(output.generation_id),
        "created_at": output.created_at.isoformat(),
        "seconds": output.seconds,
        "demo": output.demo,
        "parameters": output.parameters,
    }


def _wants_cards(request: HttpRequest) -> bool:
    """Boosted links and the browser's way back want whole pages, though htmx fetches them."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _gallery_url(**asked: str | None) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return reverse("gallery") + ("?" + query.urlencode() if query else "")
