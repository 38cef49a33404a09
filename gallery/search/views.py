"""Suggestions while somebody types, the searches that they keep, and what looks like an output."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import rates
from people.views import UNPROCESSABLE, me

from .. import access, favourites, grid
from ..models import SavedSearch
from . import alike, saving, suggesting
from .language import LONGEST
from .saving import SavedSearchForm


@require_safe
@cache_control(private=True, no_cache=True)
def suggest(request: HttpRequest) -> HttpResponse:
    """The options of the list below the box, for the term in which the caret stands (`at`)."""
    if not rates.allows_reading(request, "search"):
        return rates.too_many(request)
    text = request.GET.get("q", "").replace("\0", " ")
    at = request.GET.get("at", "")
    caret = int(at) if at.isascii() and at.isdigit() and len(at) < len(str(LONGEST)) + 3 else len(text)
    found = suggesting.suggest(text, caret, request.user)
    return render(request, "gallery/search_suggestions.html", {"suggestions": found})


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_cache=True)
def searches(request: HttpRequest) -> HttpResponse:
    """The list of them, and keeping one more."""
    if request.method != "POST":
        return _list(request, saving.form(me(request), initial={"query": request.GET.get("q", "")[:LONGEST]}))
    form = saving.form(me(request), data=request.POST)
    if not form.kept():
        return _list(request, form, UNPROCESSABLE)
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('gallery')}?{urlencode({'q': form.instance.query})}")


@require_POST
def rename(request: HttpRequest, search_id: int) -> HttpResponse:
    """Another name, or another search under it."""
    search = _own(request, search_id)
    form = saving.form(me(request), search, data=request.POST)
    if not form.kept():
        return _list(request, saving.form(me(request)), UNPROCESSABLE, form)
    messages.success(request, _("Saved."))
    return redirect("searches")


@require_POST
def delete(request: HttpRequest, search_id: int) -> HttpResponse:
    _own(request, search_id).delete()
    messages.success(request, _("Deleted."))
    return redirect("searches")


@require_safe
@cache_control(private=True, no_cache=True)
def like(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """What looks like an output, the most alike first."""
    seen = access.pixels(request.user, output_id)
    outputs = [found.output for found in alike.near(request.user, seen.output)]
    liked = favourites.of(request.user, [seen.output, *outputs])
    (first, *cards) = grid.cards([seen.output, *outputs], liked=liked)
    return render(request, "gallery/alike.html", {"output": seen.output, "card": first, "cards": cards})


def _own(request: HttpRequest, search_id: int) -> SavedSearch:
    return get_object_or_404(SavedSearch, pk=search_id, owner=me(request))


def _list(
    request: HttpRequest, form: SavedSearchForm, status: int = 200, refused: SavedSearchForm | None = None
) -> HttpResponse:
    """`refused` takes the place of the form of the search that it is about."""
    forms = [
        refused if refused and refused.instance.pk == search.pk else saving.form(me(request), search)
        for search in saving.of(request.user)
    ]
    return render(request, "gallery/searches.html", {"form": form, "forms": forms}, status=status)
