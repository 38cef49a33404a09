"""The page of one output."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from people.standing import paused_until

from . import queries
from .access import Seen
from .forms import PersonForm, RatingForm, SharingForm
from .lineage import origin
from .models import Output, Visibility

UNPROCESSABLE = 422


def answer(request: HttpRequest, seen: Seen, **refused: SharingForm | PersonForm | RatingForm) -> HttpResponse:
    """The page; with the forms that were refused, 422."""
    beside = queries.neighbours(request.user, seen)
    context = {
        "output": seen.output,
        "seen": seen,
        "newer": beside.newer,
        "older": beside.older,
        "origin": origin(request.user, seen),
        **({"rating_form": RatingForm(output=seen.output), **_sharing(request, seen.output)} if seen.own else {}),
        **refused,
    }
    return render(request, "gallery/detail.html", context, status=UNPROCESSABLE if refused else 200)


def _sharing(request: HttpRequest, output: Output) -> dict[str, Any]:
    """What the owner's controls need."""
    link = reverse("shared_link", args=[output.link_key]) if output.link_key else None
    return {
        "sharing_form": SharingForm.of(output),
        "person_form": PersonForm(owner=request.user),
        "people": list(output.shared_with.order_by("username").values_list("username", flat=True)),
        "link": request.build_absolute_uri(link) if link and output.visibility == Visibility.LINK else None,
        "paused_until": paused_until(request.user),
    }
