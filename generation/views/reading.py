"""Parameters out of a file, into the studio's form: first what would change, then the form as `compose` fills it."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from people import rates

from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..composing import shown
from ..posted import read_post
from ..reading.files import texts_in, type_of
from ..reading.found import Found, Unreadable
from ..reading.preview import preview
from ..reading.tools import understand
from ..wording import said
from .answers import UNPROCESSABLE, person, wants_fragment


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@vary_on_headers("HX-Request")
def read_parameters(request: HttpRequest) -> HttpResponse:
    """A form for a file; posted, a preview of what it would change (422 where it cannot be read). The studio sends its
    own fields along.
    """
    if request.method != "POST":
        return render(request, "read.html")
    if not rates.allows(request, "read"):
        return rates.too_many(request)
    try:
        file = request.FILES.get("file")
        found = _found(file)
    except Invalid as fault:
        error = said(fault)
        return _answer(request, {"error": error}, UNPROCESSABLE)
    posted = read_post(request.POST, MultiValueDict())
    seen = preview(person(request), found, posted, shown(request.POST), type_of(file) if file else None)
    return _answer(request, {"preview": seen}, 200)


def _found(file: UploadedFile | None) -> Found:
    texts = texts_in(file)
    try:
        found = understand(texts)
    except Unreadable:
        raise Invalid(
            "unreadable", _("This file has generation parameters, but not in a form that is known.")
        ) from None
    if found is None:
        raise Invalid("no_parameters", _("There are no generation parameters in this file."))
    return found


def _answer(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    template = "read.html#outcome" if wants_fragment(request) else "read.html"
    return render(request, template, context, status=status)
