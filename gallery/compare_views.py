"""Outputs beside each other, and a picture of how two of them differ."""

import io
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from containers import mark

from . import access, frames, measuring
from .access import Seen

FEWEST, MOST = 2, 4
UNPROCESSABLE = 422


@require_safe
@cache_control(private=True, no_cache=True)
def compare(request: HttpRequest) -> HttpResponse:
    """`?o=<output>&o=<output>`, two to four of them."""
    seen = _asked(request)
    enough = FEWEST <= len(seen) <= MOST
    context = {
        "seen": seen if enough else [],
        "outputs": [one.output for one in seen],
        "stills": len(seen) == FEWEST and len({_shape(one) for one in seen}) == 1 and not seen[0].output.is_video,
        "fewest": FEWEST,
        "most": MOST,
    }
    return render(request, "gallery/compare.html", context, status=200 if enough else UNPROCESSABLE)


@require_safe
@cache_control(private=True, no_cache=True)
def difference(request: HttpRequest) -> HttpResponse:
    """The amplified difference of two outputs, `?o=<output>&o=<output>&frame=<number>`; 404 where they cannot be
    compared."""
    seen = _asked(request)
    if len(seen) != FEWEST:
        raise Http404
    number = _number(request.GET.get("frame", "0"))
    try:
        picture = measuring.difference(*(frames.still(one.output, number) for one in seen))
    except (frames.NoSuchFrame, *frames.UNREADABLE, measuring.Unlike):
        raise Http404 from None
    content = io.BytesIO()
    picture.save(content, "WEBP", lossless=True, method=0, xmp=mark())
    return HttpResponse(content.getvalue(), content_type="image/webp")


def _asked(request: HttpRequest) -> list[Seen]:
    """What the URL names, each once; 404 for what is not there for the person. One too many is as bad as a hundred."""
    names = list(dict.fromkeys(request.GET.getlist("o")))[: MOST + 1]
    try:
        return [access.pixels(request.user, UUID(name)) for name in names]
    except ValueError:
        raise Http404 from None


def _shape(seen: Seen) -> tuple[str, int, int]:
    return seen.output.type, seen.output.width, seen.output.height


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise Http404
    return int(text)
