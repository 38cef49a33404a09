"""One generation: its page, its JSON, the fragment that is polled while it runs, and what can be done with it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseStopPolling

from .. import access, contexts, ledger
from ..catalogue import Invalid
from ..models import Generation, Preview, ReferenceImage
from ..request import Faults, parse
from ..wording import said
from .answers import SeeOther, person, wants_fragment


@require_safe
@never_cache
def page(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    generation = access.generation(request.user, generation_id)
    return render(request, "generation.html", contexts.page(generation))


@require_safe
@never_cache
def as_json(request: HttpRequest, generation_id: UUID) -> JsonResponse:
    return JsonResponse(contexts.as_json(access.generation(request.user, generation_id)))


@require_safe
@never_cache
def card(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """The polled fragment: 204 while it would look as it did at `?v=<version>`, 286 once the generation has ended."""
    generation = access.generation(request.user, generation_id)
    context = contexts.card(generation)
    if not generation.is_active:
        return render(request, "generation.html#card", context, status=HttpResponseStopPolling.status_code)
    if request.GET.get("v") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "generation.html#card", context)


@require_safe
@never_cache
def preview(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """What it looks like while it runs; 404 before the first picture and after the end."""
    generation = access.generation(request.user, generation_id)
    found = Preview.objects.filter(generation=generation).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.jpeg), content_type="image/jpeg")


@require_POST
@vary_on_headers("HX-Request")
def cancel(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    generation = access.generation(request.user, generation_id)
    if not ledger.cancel(generation):
        messages.info(request, _("This had already ended."))
    return _after(request, generation)


@require_POST
@vary_on_headers("HX-Request")
def retry(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Once more as it was; with `suggested`, a new one with what would have worked."""
    generation = access.generation(request.user, generation_id)
    try:
        if "suggested" in request.POST and generation.suggestion:
            changed = generation.request.replacing(**generation.suggestion)
            return SeeOther(reverse("generation", args=[ledger.submit(person(request), changed).pk]))
        if not ledger.retry(generation):
            messages.info(request, _refusal(generation))
    except Invalid as refused:
        messages.error(request, said(refused))
    return _after(request, generation)


@require_POST
def rerun(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """Make an output again, exactly: its own parameters, untouched."""
    output = access.asked_for(request.user, output_id)
    try:
        asked = parse(output.parameters)
    except Faults:
        messages.error(request, _("Today’s models cannot make this again as it was. Remix it instead."))
        return SeeOther(reverse("output", args=[output.pk]))
    kept = ReferenceImage.objects.filter(owner_id=request.user.pk, sha256__in=asked.images).count()
    if kept < len(asked.images):
        messages.error(request, _("The images this was made from are not among yours. Remix it instead."))
        return SeeOther(reverse("output", args=[output.pk]))
    try:
        generation = ledger.submit(person(request), asked, rerun_of=output)
    except Invalid as refused:
        messages.error(request, said(refused))
        return SeeOther(reverse("output", args=[output.pk]))
    return SeeOther(reverse("generation", args=[generation.pk]))


def _refusal(generation: Generation) -> str:
    if generation.quarantined:
        return _("This lost its worker too often. An operator alone can queue it again.")
    return _("Only what failed or was cancelled can be tried again.")


def _after(request: HttpRequest, generation: Generation) -> HttpResponse:
    if request.POST.get("next") == "queue":
        return SeeOther(reverse("queue"))
    if not wants_fragment(request):
        return SeeOther(reverse("generation", args=[generation.pk]))
    generation.refresh_from_db()
    return render(request, "generation.html#card", contexts.card(generation))
