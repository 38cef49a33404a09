"""What templates ask of an output that is shown small."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from gallery import grid, ratios, tiles
from gallery.models import Output
from safety.ratings import Rating, Showing

register = template.Library()
register.filter("thumb", tiles.thumb)
register.filter("heart", tiles.heart)
register.filter("moving", tiles.moving)
register.filter("playtime", tiles.playtime)


@register.filter
def cards(outputs: Iterable[Output]) -> list[grid.Card]:
    """For lists that are no feed."""
    return grid.cards(list(outputs))


@register.filter
def ratio(output: Output) -> int:
    """The step of its shape, for `data-ratio`."""
    return ratios.step(output.width, output.height)


@register.simple_tag
def veiled(*outputs: Output) -> Output | None:
    """Whose veil covers what is drawn of them all: that of the highest rating; none where all are simply shown."""
    blurred = [output for output in outputs if output.showing == Showing.BLUR]
    return max(blurred, key=lambda output: list(Rating).index(Rating(output.rating)), default=None)


@register.simple_tag(takes_context=True)
def tile(context: Mapping[str, Any], card: grid.Card, model: str) -> SafeString:
    """A card in a list, with the shown name of its model. The page may say at which output it was opened (`found_at`),
    that what it shows can be selected (`selectable`), and that it joins a page that stands there (`joins`)."""
    opened = card.output.pk == context.get("found_at")
    return tiles.tile(card, model, opened, bool(context.get("selectable")), bool(context.get("joins")))
