"""The guide, and the pictures that people gave."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .. import access
from ..catalogue import models
from ..catalogue.presets import PRESETS
from ..models import ReferenceImage

A_YEAR = 365 * 24 * 3600


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    return render(request, "guide.html", {"models": models().values(), "presets": PRESETS.values()})


@require_safe
@cache_control(private=True, immutable=True, max_age=A_YEAR)
def reference_image(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A reference picture, to the one who gave it. Its name is its content, so it never changes."""
    return _picture(access.reference_image(request.user, sha256))


@require_safe
@cache_control(private=True, no_cache=True)
def output_reference(request: HttpRequest, output_id: UUID, sha256: str) -> HttpResponseBase:
    """A reference picture of an output, to whom its owner shows it."""
    return _picture(access.reference_of(request.user, output_id, sha256))


def _picture(reference: ReferenceImage) -> HttpResponseBase:
    try:
        return FileResponse(reference.file.open("rb"), content_type="image/png")
    except FileNotFoundError:
        raise Http404 from None
