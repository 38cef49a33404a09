"""Outputs beside each other, and a picture of how two of them differ."""

import io
from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from containers import mark
from people import rates

from . import access, files, frames, measuring
from .access import Seen
from .models import Output

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
        "same_shape": len(seen) == FEWEST and len({_shape(one) for one in seen}) == 1,
        "fewest": FEWEST,
        "most": MOST,
    }
    return render(request, "gallery/compare.html", context, status=200 if enough else UNPROCESSABLE)


@require_safe
def difference(request: HttpRequest) -> HttpResponseBase:
    """The amplified difference of two outputs, `?o=<output>&o=<output>&frame=<number>`, with a `frame` of its own for
    the second where films differ in pace; 404 where they cannot be compared, 429 for who asks too often."""
    seen = _asked(request)
    if len(seen) != FEWEST:
        raise Http404
    numbers = _frames(request.GET.getlist("frame"))
    if not rates.allows_reading(request, "frames"):
        return rates.too_many(request)
    one, other = (found.output for found in seen)
    etag = f'"{one.sha256}.{other.sha256}.difference-{numbers[0]}-{numbers[1]}"'
    caching = files.caching(all(found.own for found in seen))
    newer = max(one.created_at, other.created_at)
    drawn = partial(_drawn_difference, one, other, numbers)
    return files.respond(request, files.Kept(drawn, None, etag, newer, "difference.webp", caching))


def _drawn_difference(one: Output, other: Output, numbers: tuple[int, int]) -> bytes:
    """As WebP. Raises Http404 where the two cannot be compared."""
    try:
        picture = measuring.difference(frames.still(one, numbers[0]), frames.still(other, numbers[1]))
    except (frames.NoSuchFrame, *frames.UNREADABLE, measuring.Unlike):
        raise Http404 from None
    content = io.BytesIO()
    picture.save(content, "WEBP", lossless=True, method=0, xmp=mark())
    return content.getvalue()


def _asked(request: HttpRequest) -> list[Seen]:
    """What the URL names, each once; 404 for what is not there for the person. One too many is as bad as a hundred."""
    names = list(dict.fromkeys(request.GET.getlist("o")))[: MOST + 1]
    try:
        return [access.pixels(request.user, UUID(name)) for name in names]
    except ValueError:
        raise Http404 from None


def _shape(seen: Seen) -> tuple[str, int, int]:
    return seen.output.type, seen.output.width, seen.output.height


def _frames(asked: list[str]) -> tuple[int, int]:
    """That of the first and that of the second: one number may stand for both."""
    numbers = [_number(text) for text in asked[: FEWEST + 1]] or [0]
    if len(numbers) > FEWEST:
        raise Http404
    return numbers[0], numbers[-1]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise Http404
    return int(text)
