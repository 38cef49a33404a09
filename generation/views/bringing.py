"""Bringing files into the gallery: a form for zips, pictures and videos, and what became of each of them."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from people import rates
from people.standing import paused_until
from people.views import me

from ..bringing.archives import Bounds
from ..bringing.bringing import Bringing
from ..bringing.report import Report
from .answers import UNPROCESSABLE

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def bring_in(request: HttpRequest) -> HttpResponse:
    """The form; posted, with a report: 422 where nothing is here of what was sent."""
    if request.method != "POST":
        return _page(request)
    if not rates.allows(request, "upload"):
        return rates.too_many(request)
    if until := paused_until(request.user):
        moment = date_format(localtime(until), "SHORT_DATETIME_FORMAT")
        return _refused(
            request,
            _("A moderator paused you until %(until)s. Until then nothing can be brought in.") % {"until": moment},
        )
    files = request.FILES.getlist("files")
    if not files:
        return _refused(request, _("Choose at least one file."))
    bringing = Bringing(me(request), Bounds.of_a_request())
    for file in files:
        bringing.take(file.name or "", file)
    return _told(request, bringing.report)


def _told(request: HttpRequest, report: Report) -> HttpResponse:
    parts = [
        ("came", _("Brought in"), report.came),
        ("restored", _("Restored from the trash"), report.restored),
        ("there", _("Here already"), report.there),
        ("refused", _("Not brought in"), report.refused),
    ]
    shown = [(id, title, lines[:MOST_SHOWN], len(lines)) for id, title, lines in parts if lines]
    return _page(request, UNPROCESSABLE if report.in_vain else 200, report=report, parts=shown, most=MOST_SHOWN)


def _refused(request: HttpRequest, error: str) -> HttpResponse:
    return _page(request, UNPROCESSABLE, error=error)


def _page(request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
    most_files = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    return render(request, "bringing.html", {"most_files": most_files, **context}, status=status)
