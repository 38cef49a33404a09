"""What pages say of the smaller pictures and films of an output. Until they are drawn there is the poster."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from .addresses import address
from .models import Drawn, Output, Rendition

STILL = "still-"
PREVIEW = "preview-"


def read(outputs: Sequence[Output]) -> None:
    """For pages with many: keep with each of them what is drawn of it. One query."""
    found = _found(outputs)
    for output in outputs:
        output.drawn = found[output.pk]


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


def _of_kind(output: Output, kind: str) -> list[Drawn]:
    """The narrowest first."""
    known = _found([output])[output.pk] if output.drawn is None else output.drawn
    return sorted((drawn for drawn in known if drawn.spec.startswith(kind)), key=lambda drawn: drawn.width)


def _found(outputs: Iterable[Output]) -> dict[UUID, list[Drawn]]:
    """By the ids of the outputs. A page has hundreds: rows of a model would take three times as long."""
    found: dict[UUID, list[Drawn]] = defaultdict(list)
    rows = Rendition.objects.filter(output__in=[output.pk for output in outputs])
    for output_id, spec, width, height in rows.values_list("output_id", "spec", "width", "height"):
        found[output_id].append(Drawn(spec, width, height))
    return found


def _place(output: Output) -> str:
    """What the addresses of its renditions begin with."""
    return address("output_rendition", output.pk, "-").removesuffix("-")
