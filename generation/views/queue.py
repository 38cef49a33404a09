"""The queue: everybody's, with what people may do about their own and operators about all of it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import access, contexts, ledger
from .answers import SeeOther, person

OPERATE = "generation.change_queuecontrol"


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "queue.html", contexts.queue(request.user))


@require_POST
def move(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Put one's own waiting generation directly before the one named in `before`, or at the end where none is."""
    generation = access.generation(request.user, generation_id)
    before = request.POST.get("before", "")
    target = access.generation(request.user, access.uuid(before)) if before else None
    if not ledger.move(generation, target):
        messages.info(request, _("The queue has moved on meanwhile: one of the two is not waiting any more."))
    return SeeOther(reverse("queue"))


@require_POST
def cancel_all(request: HttpRequest) -> HttpResponse:
    count = ledger.cancel_all(person(request))
    messages.info(request, ngettext("%(count)d cancelled.", "%(count)d cancelled.", count) % {"count": count})
    return SeeOther(reverse("queue"))


@require_POST
@permission_required(OPERATE, raise_exception=True)
def pause(request: HttpRequest) -> HttpResponse:
    ledger.pause()
    return SeeOther(reverse("queue"))


@require_POST
@permission_required(OPERATE, raise_exception=True)
def resume(request: HttpRequest) -> HttpResponse:
    ledger.resume()
    return SeeOther(reverse("queue"))
