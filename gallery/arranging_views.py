"""The order of a collection: an owner moves what is in it, takes it out, and chooses the cover."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from . import access, collecting, membership, renditions
from .answers import back, wants_fragment
from .collection_pages import contents, pages_beside
from .ids import uuid
from .models import Collection, CollectionItem, Output


@dataclass(frozen=True)
class Item:
    """`earlier` and `later` are before whom it stands once it is moved by one; empty for the end."""

    output: Output
    earlier: UUID | str
    later: UUID | str


@require_safe
@never_cache
def arrange(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Its items with all that can be done about them; of what a search finds one can be made the cover."""
    seen = access.collection(request.user, collection_id)
    if not seen.own:
        raise Http404
    page, outputs = contents(request, seen)
    path = reverse("collection_arrange", args=[collection_id])
    place = None if seen.collection.query else page.behind
    behind = CollectionItem.objects.get(pk=place.values[-1]).output_id if place else None
    context = {
        "collection": seen.collection,
        "items": _items(outputs, behind),
        "behind": behind,
        **pages_beside(request, page, path),
    }
    return render(request, "gallery/arrange.html", context)


@require_POST
def move(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Put `output` directly before the one in `before`, or at the end where none is named."""
    collection = access.own_collection(request.user, collection_id)
    before = request.POST.get("before", "")
    output = uuid(request.POST.get("output", ""))
    if not collecting.move(collection, output, uuid(before) if before else None):
        raise Http404
    return _done(request, collection)


@require_POST
def take_out(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Whoever saw it here alone sees it no more."""
    collection = access.own_collection(request.user, collection_id)
    if not collecting.remove(collection, [uuid(request.POST.get("output", ""))]):
        raise Http404
    return _done(request, collection)


@require_POST
def cover(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The `output` that stands for it in lists."""
    collection = access.own_collection(request.user, collection_id)
    chosen = membership.outputs_of(collection).filter(pk=uuid(request.POST.get("output", ""))).first()
    if chosen is None:
        raise Http404
    collecting.choose_cover(collection, chosen)
    messages.success(request, _("This is the cover now."))
    return _done(request, collection)


def _items(outputs: list[Output], behind: UUID | None) -> list[Item]:
    """`behind` is what stands on the next page."""
    renditions.read(outputs)
    ids: list[UUID | str] = [*(output.pk for output in outputs), behind or "", ""]
    return [Item(output, ids[max(at - 1, 0)], ids[at + 2]) for at, output in enumerate(outputs)]


def _done(request: HttpRequest, collection: Collection) -> HttpResponse:
    if wants_fragment(request):
        return HttpResponse(status=204)
    arranging = reverse("collection_arrange", args=[collection.pk])
    return back(request, arranging)
