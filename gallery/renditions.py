"""What pages say of the smaller pictures and films of an output. Until they are drawn there is the poster."""

from typing import Any

from django.db.models import Prefetch

from .addresses import address
from .models import Output, Rendition

STILL = "still-"
PREVIEW = "preview-"
PREFETCH = Prefetch("renditions", Rendition.objects.only("id", "output", "spec", "width", "height"))
"""For feeds: the renditions of all outputs of a page in one query."""


def srcset(output: Output) -> str:
    """The stills with their widths, for `<img srcset>`; empty while there are none."""
    place = _place(output)
    return ", ".join(f"{place}{still.spec} {still.width}w" for still in _of_kind(output, STILL))


def preview_url(output: Output) -> str | None:
    """A short silent film of a video, once there is one."""
    return next((_place(output) + film.spec for film in _of_kind(output, PREVIEW)), None)


def describe(output: Output) -> list[dict[str, Any]]:
    """The facts of all renditions as JSON."""
    place = _place(output)
    return [
        {"spec": found.spec, "url": place + found.spec, "width": found.width, "height": found.height}
        for found in (*_of_kind(output, STILL), *_of_kind(output, PREVIEW))
    ]


def _of_kind(output: Output, kind: str) -> list[Rendition]:
    """The narrowest first."""
    found = (rendition for rendition in output.renditions.all() if rendition.spec.startswith(kind))
    return sorted(found, key=lambda rendition: rendition.width)


def _place(output: Output) -> str:
    """What the addresses of its renditions begin with."""
    return address("output_rendition", output.pk, "-").removesuffix("-")
