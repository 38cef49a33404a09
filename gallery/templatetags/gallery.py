"""What templates ask of an output that is shown small."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gallery import grid, ratios, renditions
from gallery.addresses import address
from gallery.models import Output
from safety.ratings import Showing

register = template.Library()

ROW = 280
ROW_ON_PHONES = 150
"""About how high rows become as they are filled, in CSS pixels."""


@register.filter
def cards(outputs: Iterable[Output]) -> list[grid.Card]:
    """For lists that are no feed."""
    return grid.cards(list(outputs))


# Written in Python, because a page shows dozens: templates take several times as long for each.


@register.filter
def thumb(output: Output) -> SafeString:
    """An output as a small picture; where it is not simply shown, what stands for it."""
    if output.showing != Showing.SHOW:
        return render_to_string("gallery/thumb.html", {"output": output})
    stills = renditions.srcset(output)
    return format_html(
        '<img src="{}"{} width="{}" height="{}" alt="" loading="lazy" decoding="async">',
        address("output_poster", output.pk),
        format_html(' srcset="{}" sizes="{}"', stills, sizes(output)) if stills else "",
        str(output.width),
        str(output.height),
    )


@register.filter
def heart(output: Output, liked: bool) -> SafeString:
    """The button that likes an output; it goes with gallery/liking.html and is what htmx gets for itself. Nothing for
    what its owner is not shown."""
    if output.showing == Showing.HIDE:
        return SafeString()
    label = _("A favourite")
    return format_html(
        '<button class="icon-button heart" id="heart-{pk}" type="submit" form="liking" name="on" value="{next}" '
        'formaction="{url}" hx-post="{url}" hx-swap="outerHTML" aria-pressed="{pressed}" title="{label} (F)" '
        'aria-label="{label}">{icon}</button>',
        pk=output.pk,
        next=int(not liked),
        url=address("output_favourite", output.pk),
        pressed="true" if liked else "false",
        label=label,
        icon=_icon("heart"),
    )


@cache
def _icon(name: str) -> SafeString:
    return template.Template("{% icon name %}").render(template.Context({"name": name}))


@register.simple_tag(takes_context=True)
def tile(context: Mapping[str, Any], card: grid.Card, model: str) -> SafeString:
    """A card in a list, with the shown name of its model. The page may say at which output it was opened (`found_at`),
    and that what it shows can be selected (`selectable`)."""
    output = card.output
    return format_html(
        '<li class="tile" {data}><a href="{url}"{focus}>{thumb}{length}'
        '<span class="caption"><b>{label}</b><small>{model} · {facts}</small></span></a>{stack}{heart}{pick}</li>',
        data=_data(card),
        url=card.url,
        focus=SafeString(" autofocus") if output.pk == context.get("found_at") else "",
        thumb=thumb(output),
        length=_length(card),
        label=card.label,
        model=model,
        facts=card.facts,
        stack=_stack(card) if card.stacked else "",
        heart="" if card.liked is None else heart(output, card.liked),
        pick=_pick(card) if context.get("selectable") else "",
    )


def _length(card: grid.Card) -> SafeString:
    if not card.output.is_video:
        return SafeString()
    words = '<span class="badge">{}<span class="visually-hidden">{}</span> {}</span>'
    return format_html(words, _icon("play"), _("Video,"), card.length)


def _stack(card: grid.Card) -> SafeString:
    return format_html(
        '<a class="badge stack-badge" href="{}" title="{}">{}<span class="visually-hidden">{}</span> {}</a>',
        card.stack_url,
        _("Open this stack"),
        _icon("layers"),
        _("Open this stack:"),
        card.stacked,
    )


def _pick(card: grid.Card) -> SafeString:
    return format_html(
        '<input class="pick" type="checkbox" name="outputs" value="{}" form="selection" aria-label="{}">',
        card.output.pk,
        card.select_label,
    )


def _data(card: grid.Card) -> SafeString:
    """What scripts need to know of a card, as attributes."""
    output = card.output
    hint = output.thumbhash if output.showing == Showing.SHOW else ""
    return format_html(
        'data-ratio="{}" data-output="{}" data-label="{}"{} {}',
        card.ratio,
        output.pk,
        card.label,
        format_html(' data-thumbhash="{}"', hint) if hint else "",
        _moving(output),
    )


def _moving(output: Output) -> SafeString:
    """What a card plays while somebody points at it: a film, or a picture that moves by itself."""
    if not output.is_video or output.showing != Showing.SHOW:
        return SafeString()
    preview = renditions.preview_url(output)
    kind = "animated" if output.format == "gif" and not preview else "film"
    return format_html('data-{}="{}"', kind, preview or address("output_file", output.pk))


@register.filter
def ratio(output: Output) -> int:
    """The step of its shape, for `data-ratio`."""
    return ratios.step(output.width, output.height)


def sizes(output: Output) -> str:
    """How wide it is shown, for `<img sizes>`; browsers that lay out first know better."""
    shape = output.width / output.height
    return f"auto, (max-width: 860px) {ROW_ON_PHONES * shape:.0f}px, {ROW * shape:.0f}px"
