"""Collections: their lists, one of them, and making, changing and deleting one's own."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from people.views import me

from . import access, collecting, collection_pages, keyset, shelves
from .answers import wants_fragment
from .models import Collection
from .order_forms import CollectionForm
from .shelves import Whose

LISTS = {
    Whose.MINE: gettext_lazy("Mine"),
    Whose.SHARED: gettext_lazy("Shared with me"),
    Whose.PUBLIC: gettext_lazy("Everybody’s"),
}


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """One list, the newest first."""
    whose = request.GET.get("whose", "")
    if whose not in LISTS:
        raise Http404
    try:
        page = shelves.page(request.user, Whose(whose), request.GET.get("after", ""))
    except keyset.BadCursor:
        raise Http404 from None
    return render(request, "gallery/collections.html", {"page": page, "whose": whose, "lists": LISTS.items()})


@require_safe
@vary_on_headers("HX-Request")
@cache_control(private=True, no_cache=True)
def page(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """What belongs to it; as htmx asks for it, only the cards of one page."""
    seen = access.collection(request.user, collection_id)
    context = collection_pages.shown(request, seen)
    if wants_fragment(request):
        return render(request, "gallery/cards.html", context | {"joins": True})
    return render(request, "gallery/collection.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """`?query=` comes with a search that is to be kept as a collection."""
    collection = Collection(owner=me(request), query=request.GET.get("query", "")[:500])
    return _edited(request, collection)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Title, description, search; who sees it; deleting it."""
    collection = access.own_collection(request.user, collection_id)
    return _edited(request, collection)


@require_POST
def settle(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Keep what its search finds now, and ask no more."""
    collection = access.own_collection(request.user, collection_id)
    try:
        collecting.settle(collection)
    except collecting.CannotCollect as refused:
        messages.error(request, _(refused.message) % refused.params)
    return redirect("collection", collection.pk)


@require_POST
def delete(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The collection alone."""
    access.own_collection(request.user, collection_id).delete()
    messages.success(request, _("The collection is gone; what was in it stays."))
    return redirect("collections")


def _edited(request: HttpRequest, collection: Collection) -> HttpResponse:
    if request.method != "POST":
        return collection_pages.settings(request, collection)
    form = CollectionForm(request.POST, person=request.user, collection=collection)
    if not form.is_valid():
        return collection_pages.settings(request, collection, form=form)
    collecting.save(form.filled())
    messages.success(request, _("Saved."))
    return redirect("collection", collection.pk)
