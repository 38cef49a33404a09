"""What an owner does about who sees a collection, and with it what belongs to it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people import rates

from . import access, collecting, collection_pages, paused
from .forms import PersonForm
from .models import Collection, Visibility
from .order_forms import VisibilityForm


@require_POST
def share(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = access.own_collection(request.user, collection_id)
    form = VisibilityForm(request.POST)
    if not form.is_valid():
        return collection_pages.settings(request, collection, visibility_form=form)
    visibility = Visibility(form.cleaned_data["visibility"])
    if visibility != Visibility.PRIVATE and (refusal := paused.refusal(request.user)):
        return _refuse(request, collection, refusal)
    collection.visibility = visibility
    collecting.save(collection)
    return _saved(request, collection)


@require_POST
def add_person(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = access.own_collection(request.user, collection_id)
    if refusal := paused.refusal(request.user):
        return _refuse(request, collection, refusal)
    if not rates.allows(request, "share"):
        return rates.too_many(request)
    form = PersonForm(request.POST, owner=request.user)
    if not form.is_valid():
        return collection_pages.settings(request, collection, person_form=form)
    collecting.show_to(collection, form.cleaned_data["username"])
    return _saved(request, collection)


@require_POST
def remove_person(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = access.own_collection(request.user, collection_id)
    collecting.show_no_more_to(collection, request.POST.get("username", "").replace("\0", ""))
    return _saved(request, collection)


@require_POST
def renew_link(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The old link works no more from now on."""
    collection = access.own_collection(request.user, collection_id)
    if refusal := paused.refusal(request.user):
        return _refuse(request, collection, refusal)
    collecting.renew_link(collection)
    return _saved(request, collection)


def _refuse(request: HttpRequest, collection: Collection, refusal: str) -> HttpResponse:
    messages.error(request, refusal)
    return redirect("collection_edit", collection.pk)


def _saved(request: HttpRequest, collection: Collection) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("collection_edit", collection.pk)
