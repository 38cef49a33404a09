"""Reporting what somebody shows: to who is signed in, and to whoever has the link."""

from typing import Any
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
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        if not rates.allows(request, "report"):
            return rates.too_many(request)
        _keep(form, me(request), output=seen.kept, owner=seen.kept.owner)
        messages.success(request, _("Thank you. A moderator looks at it."))
        return redirect("output", output_id)
    return _page(request, form, seen.output.label, reverse("output", args=[output_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_collection(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Of its title and description; what is in it is reported by itself."""
    seen = access.collection(request.user, collection_id)
    if seen.own:
        raise Http404
    form, back = _form(request), reverse("collection", args=[collection_id])
    if request.method == "POST" and form.is_valid():
        if not rates.allows(request, "report"):
            return rates.too_many(request)
        _keep(form, me(request), collection=seen.collection, owner=seen.collection.owner)
        messages.success(request, _("Thank you. A moderator looks at it."))
        return redirect(back)
    return _page(request, form, seen.collection.title, back)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_by_link(request: HttpRequest, key: UUID) -> HttpResponse:
    found = access.by_link(key)
    about = {"output": found.kept, "owner": found.kept.owner}
    return _by_link(request, found.output.label, reverse("shared_link", args=[key]), **about)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_by_collection_link(request: HttpRequest, key: UUID, output_id: UUID) -> HttpResponse:
    found = access.by_collection_link(key, output_id)
    about = {"output": found.kept, "owner": found.kept.owner}
    return _by_link(request, found.output.label, reverse("collection_link_output", args=[key, output_id]), **about)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_collection_by_link(request: HttpRequest, key: UUID) -> HttpResponse:
    found = access.collection_by_link(key).collection
    back = reverse("collection_link", args=[key])
    return _by_link(request, found.title, back, collection=found, owner=found.owner)


def _by_link(request: HttpRequest, label: str, back: str, **about: Any) -> HttpResponse:
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        if not rates.allows(request, "report_by_link"):
            return rates.too_many(request)
        _keep(form, None, **about)
        return render(request, "moderation/reported.html", {"back": back})
    return _page(request, form, label, back, by_link=True)


def _form(request: HttpRequest) -> ReportForm:
    return ReportForm(request.POST if request.method == "POST" else None)


def _keep(form: ReportForm, reporter: User | None, **about: Any) -> None:
    """A second report by the same person, while the first is open, adds nothing."""
    try:
        with transaction.atomic():
            Report.objects.create(reporter=reporter, **about, **form.cleaned_data)
    except IntegrityError:
        if reporter is None:
            raise


def _page(request: HttpRequest, form: ReportForm, label: str, back: str, *, by_link: bool = False) -> HttpResponse:
    context = {"form": form, "label": label, "back": back, "by_link": by_link}
    return render(request, "moderation/report.html", context, status=UNPROCESSABLE if form.is_bound else 200)
