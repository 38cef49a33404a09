"""What templates ask of an output that is shown small."""

from collections.abc import Iterable

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gallery import grid, ratios, renditions
from gallery.models import Output
from safety.ratings import Showing

register = template.Library()
register.filter("srcset", renditions.srcset)

ROW = 280
ROW_ON_PHONES = 150
"""About how high rows become as they are filled, in CSS pixels."""


@register.filter
def cards(outputs: Iterable[Output]) -> list[grid.Card]:
    """For lists that are no feed."""
    return grid.cards(list(outputs))


@register.simple_tag
def moving(output: Output) -> SafeString:
    """What a card plays while somebody points at it, as an attribute: a film, or a picture that moves by itself."""
    if not output.is_video or output.showing != Showing.SHOW:
        return SafeString()
    preview = renditions.preview_url(output)
    kind = "animated" if output.format == "gif" and not preview else "film"
    return format_html('data-{}="{}"', kind, preview or reverse("output_file", args=[output.pk]))


@register.filter
def ratio(output: Output) -> int:
    """The step of its shape, for `data-ratio`."""
    return ratios.step(output.width, output.height)


@register.filter
def sizes(output: Output) -> str:
    """How wide it is shown, for `<img sizes>`; browsers that lay out first know better."""
    shape = output.width / output.height
    return f"auto, (max-width: 860px) {ROW_ON_PHONES * shape:.0f}px, {ROW * shape:.0f}px"
