"""The pages of one collection."""

from typing import Any
from urllib.parse import urlencode

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from people.standing import paused_until
from people.views import UNPROCESSABLE

from . import favourites, grid, keyset, queries, search
from .access import SeenCollection
from .browsing import Asked
from .forms import PersonForm
from .grid_views import Sheet, cursors
from .ids import uuid
from .models import Collection, Output, Visibility
from .order_forms import CollectionForm, VisibilityForm


def shown(request: HttpRequest, seen: SeenCollection) -> dict[str, Any]:
    """A page of its grid. Raises Http404 for a cursor that is none."""
    page, outputs = contents(request, seen)
    query = Asked(collection=seen.collection.pk).query()
    cards = grid.cards(outputs, query, favourites.of(request.user, outputs))
    url = reverse("collection", args=[seen.collection.pk])
    days = [grid.Day("", cards, page.ahead is not None, page.behind is not None)] if cards else []
    return {
        "seen": seen,
        "collection": seen.collection,
        "page": Sheet(days, **pages_beside(request, page, url)),
        "selectable": seen.own,
        "onwards": _("Show more"),
        "backwards": _("Show those before"),
        "found_at": uuid(request.GET["at"]) if "at" in request.GET else None,
        "faults": _faults(request, seen),
    }


def contents(request: HttpRequest, seen: SeenCollection) -> tuple[keyset.Page, list[Output]]:
    """A page of what belongs to it, around `at` where that is asked for, and the same as whoever looks may know it.
    Raises Http404 for a cursor that is none."""
    feed = queries.of_collection(seen)
    before = request.GET.get("before", "")
    row = feed.rows.filter(pk=uuid(request.GET["at"])).first() if "at" in request.GET else None
    try:
        if row:
            page = keyset.page_around(feed.rows, grid.PAGE_SIZE, row, feed.order)
        elif before:
            page = keyset.page_before(feed.rows, grid.PAGE_SIZE, before, feed.order)
        else:
            page = keyset.page(feed.rows, grid.PAGE_SIZE, request.GET.get("after", ""), feed.order)
    except keyset.BadCursor:
        raise Http404 from None
    return page, feed.seen(page.outputs)


def pages_beside(request: HttpRequest, page: keyset.Page, path: str) -> dict[str, str | None]:
    """The addresses of the pages on both sides."""
    after, before = cursors(request, page)
    return {
        "next_url": f"{path}?{urlencode({'after': after})}" if after else None,
        "previous_url": f"{path}?{urlencode({'before': before})}" if before else None,
    }


def settings(request: HttpRequest, collection: Collection, **refused: Form) -> HttpResponse:
    """Title, description and search, and who sees it; with the forms that were refused, 422."""
    context: dict[str, Any] = {
        "collection": collection,
        "form": CollectionForm(person=request.user, collection=collection),
    }
    if not collection._state.adding:
        link = reverse("collection_link", args=[collection.link_key]) if collection.link_key else None
        context |= {
            "visibility_form": VisibilityForm(initial={"visibility": collection.visibility}),
            "person_form": PersonForm(owner=request.user),
            "people": list(collection.shared_with.order_by("username").values_list("username", flat=True)),
            "link": request.build_absolute_uri(link) if link and collection.visibility == Visibility.LINK else None,
            "paused_until": paused_until(request.user),
        }
    bad = any(form.is_bound and not form.is_valid() for form in refused.values())
    return render(request, "gallery/collection_edit.html", context | refused, status=UNPROCESSABLE if bad else 200)


def _faults(request: HttpRequest, seen: SeenCollection) -> list[str]:
    """Why the search of one's own collection finds nothing."""
    return search.read(seen.collection.query, request.user).faults if seen.own and seen.collection.query else []
