"""Deleting: into the trash, out of it again, or for good."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from people.views import me

from . import access, trash
from .answers import back

TRASH = "?whose=trash"


@require_POST
def delete(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """Into the trash."""
    output = access.own(request.user, output_id)
    trash.trash(me(request), [output.pk])
    messages.success(request, _("It is in the trash."))
    return back(request, reverse("gallery"))


@require_POST
def restore(request: HttpRequest, output_id: UUID) -> HttpResponse:
    output = access.own(request.user, output_id)
    trash.restore(me(request), [output.pk])
    messages.success(request, _("Restored."))
    return redirect("output", output.pk)


@require_POST
def purge(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """For good, where it is in the trash."""
    output = access.own(request.user, output_id)
    if not trash.purge(me(request), [output.pk]):
        messages.info(request, _("It is not in the trash."))
        return redirect("output", output.pk)
    messages.success(request, _("Deleted for good."))
    return back(request, reverse("gallery") + TRASH)


@require_POST
def empty(request: HttpRequest) -> HttpResponse:
    count = trash.empty(me(request))
    messages.success(
        request,
        ngettext("%(count)d deleted for good.", "%(count)d deleted for good.", count) % {"count": count},
    )
    return redirect(reverse("gallery") + TRASH)
