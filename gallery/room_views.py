"""How much room one's own takes, and what takes it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people.views import me

from . import access, grid, room


@require_safe
@never_cache
def storage(request: HttpRequest) -> HttpResponse:
    person = me(request)
    context = {
        "room": room.of(person),
        "types": room.parts(person, "type"),
        "models": room.parts(person, "model"),
        "formats": room.parts(person, "format"),
        "largest": grid.cards(access.by_owner(room.largest(person))),
    }
    return render(request, "gallery/storage.html", context)


@require_safe
@never_cache
def bar(request: HttpRequest) -> HttpResponse:
    """For the menu, which asks for it as it opens."""
    return render(request, "gallery/storage.html#bar", {"room": room.of(me(request))})
