"""The page of one output."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from people.standing import Person, paused_until

from . import order_box
from .access import Seen
from .again import again
from .browsing import around
from .family import family, has_relatives, rest_of_stack
from .forms import PersonForm, RatingForm, SharingForm
from .models import Output, Visibility
from .tree import tree

UNPROCESSABLE = 422


def answer(request: HttpRequest, seen: Seen, **refused: Form) -> HttpResponse:
    """The page; with the forms that were refused, 422."""
    stack = rest_of_stack(seen)
    context = {
        "output": seen.output,
        "seen": seen,
        "is_stacked": seen.own and seen.kept.trashed_at is None and bool(stack),
        **_feed(request, seen),
        **_family(request.user, seen, stack),
        **order_box.context(request.user, seen),
        **(_controls(request, seen.output) if seen.own else {}),
        **refused,
    }
    return render(request, "gallery/detail.html", context, status=UNPROCESSABLE if refused else 200)


def _feed(request: HttpRequest, seen: Seen) -> dict[str, Any]:
    """The way back to the feed from which one came, and the outputs on both sides; nothing of it for what only
    moderators see, or what stands in no feed that one came from. A slideshow goes on by itself."""
    asked = around(seen, request.GET)
    if seen.review or not (seen.in_feed or asked.collection):
        return {}
    beside = asked.beside(request.user, seen.output)
    playing = request.GET.get("play") == "1"

    def url(output: Output | None, play: bool) -> str:
        return reverse("output", args=[output.pk]) + asked.query(play="1" if play else "") if output else ""

    return {
        "previous": beside.previous,
        "previous_url": url(beside.previous, playing),
        "next": beside.next,
        "next_url": url(beside.next, playing),
        "playing": playing,
        "play_url": url(seen.output, True),
        "stop_url": url(seen.output, False),
        "feed_url": asked.grid(seen.output),
    }


def _family(person: Person, seen: Seen, stack: Sequence[Output]) -> dict[str, Any]:
    """Where it comes from, what came of it, and what stands beside it."""
    if not stack and not has_relatives(seen.kept):
        return {"again": None, "family": None}
    found = family(person, seen, stack)
    return {"again": again(person, seen), "family": found, "tree": tree(found, seen.output)}


def _controls(request: HttpRequest, output: Output) -> dict[str, Any]:
    """What the owner's controls need."""
    link = reverse("shared_link", args=[output.link_key]) if output.link_key else None
    return {
        "rating_form": RatingForm(output=output),
        "shows_mature": settings.MATURE,
        "sharing_form": SharingForm.of(output),
        "person_form": PersonForm(owner=request.user),
        "people": list(output.shared_with.order_by("username").values_list("username", flat=True)),
        "link": request.build_absolute_uri(link) if link and output.visibility == Visibility.LINK else None,
        "paused_until": paused_until(request.user),
    }
