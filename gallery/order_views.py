"""What people do on the page of an output to keep an order: like it, describe it, tag it, collect it."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from people.views import UNPROCESSABLE, me

from . import access, collecting, describing, favourites, order_box, pages, tagging
from .answers import back, wants_fragment
from .ids import uuid
from .models import Collection, Output
from .order_forms import CollectionForm, DescriptionForm, TagForm, said


@require_POST
@vary_on_headers("HX-Request")
def favourite(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """`on=1` likes what one may see, `on=0` does not any more. htmx gets the heart as it is now."""
    output = access.output(request.user, output_id)
    on = request.POST.get("on") == "1"
    if on:
        favourites.add(me(request), [output.pk])
    else:
        favourites.remove(request.user, [output.pk])
    if wants_fragment(request):
        return render(request, "gallery/heart.html", {"output": output, "liked": on})
    return back(request, reverse("output", args=[output.pk]))


@require_POST
@vary_on_headers("HX-Request")
def describe(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    form = DescriptionForm(request.POST, person=request.user, outputs=_alone(output))
    if not form.is_valid():
        return _answer(request, output_id, description_form=form)
    describing.describe(output, title=form.cleaned_data["title"], notes=form.cleaned_data["notes"])
    return _answer(request, output_id)


@require_POST
@vary_on_headers("HX-Request")
def add_tag(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """One tag, or several with commas between."""
    output = access.own(request.user, output_id)
    for text in [part for part in request.POST.get("tag", "").split(",") if part.strip()] or [""]:
        form = TagForm({"tag": text}, person=request.user, outputs=_alone(output))
        if not form.is_valid():
            return _answer(request, output_id, tag_form=form)
        try:
            tagging.add(me(request), [output.pk], form.cleaned_data["tag"])
        except tagging.BadTag as refused:
            form.add_error("tag", said(refused))
            return _answer(request, output_id, tag_form=form)
    return _answer(request, output_id)


@require_POST
@vary_on_headers("HX-Request")
def remove_tag(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    tagging.remove(me(request), [output.pk], request.POST.get("tag", "").replace("\0", ""))
    return _answer(request, output_id)


@require_POST
@vary_on_headers("HX-Request")
def collect(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """Into the collection that is named by its id, or into a new one of this title."""
    output = access.own(request.user, output_id)
    if request.POST.get("collection"):
        collection = access.own_collection(request.user, uuid(request.POST["collection"]))
    else:
        form = CollectionForm(
            {"title": request.POST.get("title", "")}, person=request.user, collection=Collection(owner=me(request))
        )
        if not form.is_valid():
            return _answer(request, output_id, collection_form=form)
        collection = form.filled()
        collecting.save(collection)
    try:
        collecting.add(collection, [output.pk])
    except collecting.CannotCollect as refused:
        messages.error(request, _(refused.message) % refused.params)
    return _answer(request, output_id)


@require_POST
@vary_on_headers("HX-Request")
def uncollect(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    collection = access.own_collection(request.user, uuid(request.POST.get("collection", "")))
    collecting.remove(collection, [output.pk])
    return _answer(request, output_id)


@require_safe
@never_cache
def suggest_tags(request: HttpRequest) -> HttpResponse:
    """This person's own that begin like `tag`, as options of a list."""
    found = tagging.suggested(me(request), request.GET.get("tag", "").replace("\0", ""))
    return render(request, "gallery/order.html#suggestions", {"names": found})


def _alone(output: Output) -> QuerySet[Output]:
    return Output.objects.filter(pk=output.pk)


def _answer(request: HttpRequest, output_id: UUID, **refused: Form) -> HttpResponse:
    """The box as it is now; with a form that was refused, 422."""
    seen = access.seen(request.user, output_id)
    if wants_fragment(request):
        context = {"output": seen.output, "seen": seen, **order_box.context(request.user, seen), **refused}
        return render(request, "gallery/order.html", context, status=UNPROCESSABLE if refused else 200)
    return pages.answer(request, seen, **refused) if refused else redirect("output", output_id)
