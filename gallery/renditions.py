"""What pages say of the smaller pictures and films of an output. While there are none, the poster stands for them."""

from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from .models import Output, Rendition

STILL = "still-"
PREVIEW = "preview-"
PREFETCH = Prefetch("renditions", Rendition.objects.only("id", "output", "spec", "width", "height"))
"""For feeds: the renditions of all outputs of a page in one query."""


def srcset(output: Output) -> str:
    """The stills with their widths, for `<img srcset>`; empty while there are none."""
    return ", ".join(f"{_url(still)} {still.width}w" for still in _of_kind(output, STILL))


def still_url(output: Output, width: int = 320) -> str:
    """The smallest still that is at least so wide, else the widest; the poster while there are none."""
    found = _of_kind(output, STILL)
    wide_enough = [still for still in found if still.width >= width]
    return _url((wide_enough or found[-1:])[0]) if found else reverse("output_poster", args=[output.pk])


def preview_url(output: Output) -> str | None:
    """A short silent film of a video, once there is one."""
    return next((_url(film) for film in _of_kind(output, PREVIEW)), None)


def describe(output: Output) -> list[dict[str, Any]]:
    """The facts of all renditions as JSON."""
    return [
        {"spec": found.spec, "url": _url(found), "width": found.width, "height": found.height}
        for found in (*_of_kind(output, STILL), *_of_kind(output, PREVIEW))
    ]


def _of_kind(output: Output, kind: str) -> list[Rendition]:
    """The narrowest first."""
    found = (rendition for rendition in output.renditions.all() if rendition.spec.startswith(kind))
    return sorted(found, key=lambda rendition: rendition.width)


def _url(rendition: Rendition) -> str:
    return reverse("output_rendition", args=[rendition.output_id, rendition.spec])
