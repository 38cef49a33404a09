"""The gallery's grid: one feed, a page at a time."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from people import rates

from . import favourites, grid, keyset, search
from .answers import wants_fragment
from .browsing import Asked
from .ids import uuid
from .models import Collection, Output, Visibility
from .queries import Feed, Sort, Whose

UNPROCESSABLE = 422
OFFERED = 100
TYPES = {"": _("All"), "image": _("Images"), "video": _("Videos")}
FEEDS = {
    Whose.MINE: _("Mine"),
    Whose.FAVOURITES: _("Favourites"),
    Whose.SHARED: _("Shared with me"),
    Whose.PUBLIC: _("Everybody’s"),
    Whose.TRASH: _("Trash"),
}
SORTS = {
    Sort.NEWEST: (_("Newest"), _("what was made last comes first")),
    Sort.OLDEST: (_("Oldest"), _("what was made first comes first")),
    Sort.FAVOURITES: (_("Favourites"), _("only those, what you liked last comes first")),
    Sort.CHANGE: (_("Most changed"), _("only what was made from something here, what looks least like it comes first")),
}
ONWARDS = {Sort.NEWEST: _("Show older"), Sort.OLDEST: _("Show newer")}
BACKWARDS = {Sort.NEWEST: _("Show newer"), Sort.OLDEST: _("Show older")}


@dataclass(frozen=True)
class Choice:
    """One of several ways to see the gallery."""

    id: str
    label: str | Promise
    url: str
    selected: bool
    note: str | Promise = ""


@dataclass(frozen=True)
class Sheet:
    """One page of the grid. `next_url` and `previous_url` lead to the pages on both sides."""

    days: list[grid.Day]
    next_url: str | None
    previous_url: str | None

    @property
    def outputs(self) -> list[Output]:
        return [card.output for day in self.days for card in day.cards]


class JumpForm(forms.Form):
    """To a date, in the reader's own time."""

    on = forms.DateField(
        label=_("Date"),
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31))],
    )


@require_safe
@vary_on_headers("HX-Request")
@cache_control(private=True, no_cache=True)
def index(request: HttpRequest) -> HttpResponse:
    """One feed; as htmx asks for it, only the cards of one page."""
    asked = Asked.read(request.GET)
    if asked.collection:
        return redirect("collection", asked.collection)
    if asked.text and not rates.allows_reading(request, "search"):
        return rates.too_many(request)
    query, feed = asked.search(request.user), asked.unsearched(request.user)
    jump = JumpForm(request.GET)
    day = jump.cleaned_data["on"] if jump.is_valid() and grid.day_column(feed.order) else None
    found_at = uuid(request.GET["at"]) if "at" in request.GET else None
    if found_at:
        row = search.apply(query, feed.rows.filter(pk=found_at), feed).first()
        if row is None:
            return redirect(_url(asked))
        page = search.page(
            query, feed, lambda rows: keyset.page_around(rows, grid.PAGE_SIZE, row, feed.order), near=row.created_at
        )
    else:
        page = _page(request, query, feed, day)
    leader = asked.leader(request.user)
    if asked.stack and leader is None:
        raise Http404
    context = {
        "page": _sheet(request, asked, feed, page),
        "asked": asked,
        "leader": leader,
        "jump": jump,
        "found_at": found_at,
        "trash_days": settings.TRASH_DAYS,
        "selectable": "pick" not in request.GET,
        "onwards": ONWARDS.get(asked.sort, _("Show more")),
        "backwards": BACKWARDS.get(asked.sort, _("Show those before")),
        "joins": wants_fragment(request),
    }
    if context["joins"]:
        return render(request, "gallery/cards.html", context)
    context |= _choices(asked) | _acts(request) | {"search": search.panel(query, asked.text)}
    refused = query.faults or not jump.is_valid()
    return render(request, "gallery/index.html", context, status=UNPROCESSABLE if refused else 200)


def _page(request: HttpRequest, query: search.Query, feed: Feed, day: date | None) -> keyset.Page:
    """Raises Http404 for a cursor that is none."""
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    until = _until(feed.order, day) if day and not (after or before) else {}

    def read(rows: QuerySet[Output]) -> keyset.Page:
        if before:
            return keyset.page_before(rows, grid.PAGE_SIZE, before, feed.order)
        if until:
            return keyset.page_from(rows, grid.PAGE_SIZE, rows.filter(**until), feed.order)
        return keyset.page(rows, grid.PAGE_SIZE, after, feed.order)

    try:
        cursor = before or after
        near = keyset.Place.from_cursor(cursor, feed.order).values[0] if cursor else next(iter(until.values()), None)
        return search.page(query, feed, read, near)
    except keyset.BadCursor:
        raise Http404 from None


def _until(order: keyset.Order, day: date) -> dict[str, datetime]:
    """What stands at this day or behind it."""
    name = order.keys[0].name
    if order.descending:
        return {f"{name}__lt": timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))}
    return {f"{name}__gte": timezone.make_aware(datetime.combine(day, time.min))}


def _sheet(request: HttpRequest, asked: Asked, feed: Feed, page: keyset.Page) -> Sheet:
    outputs = feed.seen(page.outputs)
    pick = {"pick": "1"} if "pick" in request.GET else {}
    likeable = not pick and asked.whose != Whose.TRASH
    shown = grid.cards(
        outputs,
        asked.query(),
        favourites.of(request.user, outputs) if likeable else None,
        grid.stacked(request.user, outputs) if asked.closes_stacks else {},
        f"{reverse('gallery')}?stack=",
    )
    before, after = _day(feed.order, page.ahead), _day(feed.order, page.behind)
    days = grid.days(shown, feed.order, before, after, wants_fragment(request))
    next_cursor, previous_cursor = cursors(request, page)
    return Sheet(
        days,
        _url(asked, after=next_cursor, **pick) if next_cursor else None,
        _url(asked, before=previous_cursor, **pick) if previous_cursor else None,
    )


def cursors(request: HttpRequest, page: keyset.Page) -> tuple[str | None, str | None]:
    """Of the pages behind this one and before it. One that htmx adds to pages that are there does without that on their
    side: they have the link on their other side already."""
    adds = wants_fragment(request)
    return (
        None if adds and "before" in request.GET else page.after,
        None if adds and "after" in request.GET else page.before,
    )


def _day(order: keyset.Order, place: keyset.Place | None) -> date | None:
    if place is None:
        return None
    return timezone.localtime(place.values[0]).date() if grid.day_column(order) else date.min


def _choices(asked: Asked) -> dict[str, Any]:
    """What stands above the grid. Another feed begins at its start, with what was searched for, and only another order
    stays in a stack."""
    gallery = replace(asked, stack=None)

    def url(asked: Asked = gallery, **changes: Any) -> str:
        return _url(replace(asked, **changes))

    return {
        "types": [Choice(id, label, url(type=id), id == asked.type) for id, label in TYPES.items()],
        "feeds": [Choice(id, label, url(whose=id), id == asked.whose) for id, label in FEEDS.items()],
        "sorts": [
            Choice(id, label, url(asked, sort=id), id == asked.sort, note) for id, (label, note) in SORTS.items()
        ],
        "sort_label": SORTS[asked.sort][0],
        "stacks_url": _stacks_url(asked),
        "has_days": asked.sort != Sort.CHANGE,
    }


def _acts(request: HttpRequest) -> dict[str, Any]:
    """What a selection can be put into, and whom it can be shown to."""
    mine = Collection.objects.filter(owner_id=request.user.pk, query="").order_by("-created_at", "-id")
    return {"collections": mine.only("title")[:OFFERED], "visibilities": Visibility.choices}


def _stacks_url(asked: Asked) -> str | None:
    """Where stacks are the other way, open or closed; None where they are always open."""
    if replace(asked, singly=False).closes_stacks:
        return _url(asked, singly="" if asked.singly else "1")
    return None


def _url(asked: Asked, **more: str | None) -> str:
    return reverse("gallery") + asked.query(**more)
