"""Reporting what somebody shows: to who is signed in, and to whoever has the link."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gallery import access
from gallery.models import Output
from people import rates
from people.views import UNPROCESSABLE, me

from ..forms import ReportForm
from ..models import Report


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report(request: HttpRequest, output_id: UUID) -> HttpResponse:
    """Of what this person sees and does not own; once, until it is decided."""
    seen = access.pixels(request.user, output_id)
    if seen.own:
        raise Http404
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not rates.allows(request, "report"):
            return rates.too_many(request)
        _keep(seen.kept, me(request), form)
        messages.success(request, _("Thank you. A moderator looks at it."))
        return redirect("output", output_id)
    return _page(request, form, seen.output, reverse("output", args=[output_id]))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_by_link(request: HttpRequest, key: UUID) -> HttpResponse:
    return _by_link(request, access.by_link(key), reverse("shared_link", args=[key]))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_by_collection_link(request: HttpRequest, key: UUID, output_id: UUID) -> HttpResponse:
    seen = access.by_collection_link(key, output_id)
    return _by_link(request, seen, reverse("collection_link_output", args=[key, output_id]))


def _by_link(request: HttpRequest, seen: access.Seen, back: str) -> HttpResponse:
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not rates.allows(request, "report_by_link"):
            return rates.too_many(request)
        _keep(seen.kept, None, form)
        return render(request, "moderation/reported.html", {"back": back})
    return _page(request, form, seen.output, back, by_link=True)


def _keep(output: Output, reporter: User | None, form: ReportForm) -> None:
    """A second report by the same person, while the first is open, adds nothing."""
    try:
        with transaction.atomic():
            Report.objects.create(output=output, owner=output.owner, reporter=reporter, **form.cleaned_data)
    except IntegrityError:
        if reporter is None:
            raise


def _page(request: HttpRequest, form: ReportForm, output: Output, back: str, *, by_link: bool = False) -> HttpResponse:
    context = {"form": form, "output": output, "back": back, "by_link": by_link}
    return render(request, "moderation/report.html", context, status=UNPROCESSABLE if form.is_bound else 200)
