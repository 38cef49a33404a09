"""What waits for moderators, and what they do about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gallery import access, services
from gallery.models import Collection, Output
from gallery.rating import CannotRate
from people.standing import is_operator
from people.views import UNPROCESSABLE, for_moderators, me
from safety.ratings import Rating

from .. import acts, appealing, cases
from ..forms import DAYS, CollectionCaseForm, DecisionForm, RefusalsForm, VerdictForm
from ..models import Appeal


@require_safe
@never_cache
@for_moderators
def index(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@for_moderators
def decide(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """One act about an output, or about its owner. An act about the owner leaves the case open."""
    output = access.seen(request.user, output_id).kept
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=str(output_id), form=form)
    try:
        _do(me(request), output, **form.cleaned_data)
        messages.success(request, _("Done."))
    except CannotRate as refused:
        messages.error(request, _(str(refused)))
    return redirect("moderation")


@require_POST
@for_moderators
def decide_collection(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """About a collection that was reported, or about its owner."""
    reported = Collection.objects.filter(reports__isnull=False, reports__decided_at=None).distinct()
    collection = get_object_or_404(reported.select_related("owner__profile"), pk=collection_id)
    form = CollectionCaseForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=str(collection_id), form=form)
    note = form.cleaned_data["note"]
    match form.cleaned_data["act"]:
        case "leave":
            acts.leave_collection(me(request), collection, note)
        case "remove":
            acts.remove_collection(me(request), collection, note)
        case "warn":
            acts.warn(me(request), collection.owner, note, acts.thing(collection))
        case "pause":
            acts.pause(me(request), collection.owner, form.cleaned_data["days"], note)
        case _ban:
            acts.ban(me(request), collection.owner, note)
    messages.success(request, _("Done."))
    return redirect("moderation")


@require_POST
@for_moderators
def decide_refusals(request: HttpRequest, user_id: int) -> HttpResponse:
    """About somebody whose texts were refused again and again."""
    person = get_object_or_404(User.objects.select_related("profile"), pk=user_id)
    form = RefusalsForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=f"person-{user_id}", form=form)
    note = form.cleaned_data["note"]
    match form.cleaned_data["act"]:
        case "leave":
            acts.leave_refusals(me(request), person, note)
        case "warn":
            acts.warn(me(request), person, note, acts.REFUSALS)
        case "pause":
            acts.pause(me(request), person, form.cleaned_data["days"], note)
        case _ban:
            acts.ban(me(request), person, note)
    messages.success(request, _("Done."))
    return redirect("moderation")


@require_POST
@for_moderators
def decide_appeal(request: HttpRequest, appeal_id: int) -> HttpResponse:
    made = get_object_or_404(Appeal.objects.select_related("act", "person", "output"), pk=appeal_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=str(appeal_id), form=form)
    decision = appealing.reverse if form.cleaned_data["verdict"] == "reverse" else appealing.uphold
    decision(me(request), made, form.cleaned_data["note"])
    messages.success(request, _("Done."))
    return redirect("moderation")


@require_POST
@for_moderators
def delete_removed(request: HttpRequest) -> HttpResponse:
    """Delete for good what was removed and cannot be appealed any more."""
    gone = cases.beyond_appeal()
    for output in gone:
        services.delete(output)
    said = ngettext("%(count)d deleted for good.", "%(count)d deleted for good.", len(gone))
    messages.success(request, said % {"count": len(gone)})
    return redirect("moderation")


def _do(by: User, output: Output, act: str, note: str, days: int) -> None:
    match act:
        case "leave":
            acts.leave(by, output, note)
        case "withhold":
            acts.withhold(by, output, note)
        case "remove":
            acts.remove(by, output, note)
        case "warn":
            acts.warn(by, output.owner, note, acts.thing(output))
        case "pause":
            acts.pause(by, output.owner, days, note)
        case "ban":
            acts.ban(by, output.owner, note)
        case _rating:
            acts.rate(by, output, Rating(act), note)


def _page(request: HttpRequest, refused: str = "", form: Form | None = None) -> HttpResponse:
    """`refused` is the id of the case whose form is wrong."""
    by = me(request)
    context: dict[str, Any] = {
        "reported": cases.reported(by),
        "reported_collections": cases.reported_collections(by),
        "withheld": cases.withheld(by),
        "appeals": cases.appeals(by),
        "refused_often": cases.refused_often(by),
        "beyond_appeal": len(cases.beyond_appeal()),
        "is_operator": is_operator(by),
        "refused": refused,
        "form": form,
        "days": DAYS,
    }
    return render(request, "moderation/queue.html", context, status=UNPROCESSABLE if form else 200)
