"""What an owner does about who sees an output."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from people import rates

from . import access, pages, paused, sharing
from .forms import PersonForm, SharingForm
from .models import Visibility

View = Callable[[HttpRequest, UUID], HttpResponse]


def unless_paused(view: View) -> View:
    """Who is paused may show nothing to anybody new; taking back is always possible."""

    @wraps(view)
    def guarded(request: HttpRequest, output_id: UUID) -> HttpResponse:
        refusal = paused.refusal(request.user)
        if refusal is None or request.POST.get("visibility") == Visibility.PRIVATE:
            return view(request, output_id)
        output = access.own(request.user, output_id)
        messages.error(request, refusal)
        return redirect("output", output.pk)

    return guarded


@require_POST
@unless_paused
def share(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    form = SharingForm(request.POST)
    if not form.is_valid():
        return pages.answer(request, access.seen(request.user, output_id), sharing_form=form)
    asked = form.cleaned_data
    sharing.share(
        output,
        Visibility(asked["visibility"]),
        shows_prompt=asked["shows_prompt"],
        shows_references=asked["shows_references"],
    )
    return _saved(request, output_id)


@require_POST
@unless_paused
def add_person(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    if not rates.allows(request, "share"):
        return rates.too_many(request)
    form = PersonForm(request.POST, owner=request.user)
    if not form.is_valid():
        return pages.answer(request, access.seen(request.user, output_id), person_form=form)
    sharing.show_to(output, form.cleaned_data["username"])
    return _saved(request, output_id)


@require_POST
def remove_person(request: HttpRequest, output_id: UUID) -> HttpResponse:
    sharing.show_no_more_to(access.own(request.user, output_id), request.POST.get("username", "").replace("\0", ""))
    return _saved(request, output_id)


@require_POST
@unless_paused
def renew_link(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """The old link works no more from now on."""
    sharing.renew_link(access.own(request.user, output_id))
    return _saved(request, output_id)


def _saved(request: HttpRequest, output_id: UUID) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("output", output_id)
