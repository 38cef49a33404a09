"""The gallery's pages and files, for whoever may see them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from . import access, keyset, pages, queries, renditions, services
from .models import Output
from .queries import Whose

PAGE_SIZE = 24
TYPES = {"": gettext_lazy("All"), "image": gettext_lazy("Images"), "video": gettext_lazy("Videos")}
FEEDS = {
    Whose.MINE: gettext_lazy("Mine"),
    Whose.SHARED: gettext_lazy("Shared with me"),
    Whose.PUBLIC: gettext_lazy("Everybody’s"),
}


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
    """One feed, newest first; as htmx asks for it, only the cards of one page."""
    whose, type = request.GET.get("whose", ""), request.GET.get("type", "")
    if type not in TYPES or whose not in FEEDS:
        raise Http404
    feed = queries.feed(request.user, Whose(whose), type)
    try:
        found = keyset.page(feed.rows, PAGE_SIZE, request.GET.get("after", ""))
    except keyset.BadCursor:
        raise Http404 from None
    older_url = _gallery_url(whose=whose, type=type, after=found.older) if found.older else None
    context = {
        "page": GalleryPage(feed.seen(found.outputs), older_url),
        "whose": whose,
        "feeds": [Filter(id, label, _gallery_url(whose=id, type=type), id == whose) for id, label in FEEDS.items()],
        "filters": [Filter(id, label, _gallery_url(whose=whose, type=id), id == type) for id, label in TYPES.items()],
    }
    return render(request, "gallery/index.html" + ("#cards" if _wants_cards(request) else ""), context)


@require_safe
@cache_control(private=True, no_cache=True)
def detail(request: HttpRequest, output_id: UUID) -> HttpResponse:
    return pages.answer(request, access.seen(request.user, output_id))


@require_safe
def output_json(request: HttpRequest, output_id: UUID) -> JsonResponse:
    return JsonResponse(_whole(access.pixels(request.user, output_id)))


@require_POST
def delete(request: HttpRequest, output_id: UUID) -> HttpResponse:
    services.delete(access.own(request.user, output_id))
    messages.success(request, _("Deleted."))
    return redirect("gallery")


def _whole(seen: access.Seen) -> dict[str, Any]:
    """One output's own JSON: what a generation says of it, and what it was asked for, as far as it is told."""
    output = seen.output
    return {
        **services.describe(output),
        "type": output.type,
        "model": output.model,
        "mode": output.mode,
        "owner": output.owner.get_username(),
        "rating": output.rating,
        "generation": str(output.generation_id) if seen.own and output.generation_id else None,
        "created_at": output.created_at.isoformat(),
        "seconds": output.seconds,
        "demo": output.demo,
        "parameters": output.parameters,
        "renditions": renditions.describe(output),
    }


def _wants_cards(request: HttpRequest) -> bool:
    """Boosted links and the browser's way back want whole pages, though htmx fetches them."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _gallery_url(**asked: str | None) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return reverse("gallery") + ("?" + query.urlencode() if query else "")
