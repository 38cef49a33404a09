"""Where the person concerned objects."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gallery import access
from people.views import UNPROCESSABLE, me

from .. import appealing
from ..forms import AppealForm
from ..models import Appeal, AuditEntry


@require_safe
@never_cache
def of_output(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """Where the owner of something withheld appeals."""
    entry = appealing.newest_about(me(request), access.own(request.user, output_id))
    if entry is None:
        messages.info(request, _("Nobody decided this: it follows from what this site shows."))
        return redirect("output", output_id)
    return redirect("appeal", entry.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appeal(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Of an act about this person: what was done and why, and one form against it."""
    person = me(request)
    about_me = AuditEntry.objects.filter(person_id=person.pk, act__in=appealing.APPEALABLE)
    entry = get_object_or_404(about_me, pk=entry_id)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            appealing.appeal(person, entry, form.cleaned_data["words"])
            messages.success(request, _("Thank you. Another moderator looks at it."))
        except appealing.AppealedBefore:
            messages.info(request, _("You have appealed before."))
        return redirect("appeal", entry.pk)
    context = {
        "entry": entry,
        "output": appealing.output_of(entry),
        "made": Appeal.objects.filter(act=entry).first(),
        "form": form,
    }
    return render(request, "moderation/appeal.html", context, status=UNPROCESSABLE if form.is_bound else 200)
