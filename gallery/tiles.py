"""Outputs as tiles, in HTML. Written in Python: a page shows dozens, and a template takes several times as long.

What people wrote is escaped here, once. Numbers, ids and the addresses of outputs hold nothing to escape.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape

from django import template
from django.template.defaultfilters import capfirst, floatformat
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safety.ratings import Showing

from . import ratios, renditions
from .addresses import address
from .grid import Card
from .models import Output

ROW = 280
ROW_ON_PHONES = 150
"""About how high rows become as they are filled, in CSS pixels."""


@dataclass(frozen=True)
class Words:
    """What tiles say in one language, escaped."""

    favourite: str
    video: str
    seconds: str
    seed: str
    select: str
    open_stack: str
    opens_stack: str


def tile(card: Card, model: str, opened: bool = False, selectable: bool = False, joins: bool = False) -> SafeString:
    """A card in a list, with the shown name of its model. `opened` says that the page was opened at it, `joins` that it
    joins a page that stands there, whose scripts send what is pressed and chosen: forms of a wall cost with its length.
    """
    output, words, label = card.output, _words(get_language()), escape(card.label)
    key = str(output.id)
    return SafeString(
        f'<li class="tile" data-ratio="{ratios.step(output.width, output.height)}" data-output="{key}"'
        f' data-label="{label}"{_stands(card)}{_hint(output)}{moving(output)}>'
        f'<a href="{escape(card.url)}"{" autofocus" if opened else ""}>{thumb(output)}{_length(output, words)}'
        f'<span class="caption"><b>{label}</b><small>{escape(model)} · {output.width} × {output.height} · '
        f"{words.seed % {'seed': output.seed}}</small></span></a>"
        f"{_stack(card, words)}{'' if card.liked is None else _heart(output, card.liked, words)}"
        f"{_pick(key, words.select % {'label': label}, joins) if selectable else ''}</li>"
    )


def thumb(output: Output) -> SafeString:
    """An output as a small picture; where it is not simply shown, what stands for it."""
    if output.showing == Showing.HIDE:
        why = escape(capfirst(output.get_withheld_display()))
        return SafeString(f'<span class="thumb-withheld">{_icon("lock")}<span>{why}</span></span>')
    poster = f'src="{address("output_poster", output.pk)}" width="{output.width}" height="{output.height}"'
    late = 'alt="" loading="lazy" decoding="async"'
    if output.showing == Showing.BLUR:
        rating = escape(capfirst(output.get_rating_display()))
        return SafeString(f'<img class="thumb-blurred" {poster} {late}><span class="thumb-rating">{rating}</span>')
    stills = renditions.srcset(output)
    drawn = f' srcset="{stills}" sizes="{_sizes(output)}"' if stills else ""
    return SafeString(f"<img {poster}{drawn} {late}>")


def heart(output: Output, liked: bool) -> SafeString:
    """The button that likes an output, in a form with gallery/liking.html, and what htmx gets for itself. Nothing for
    what its owner is not shown."""
    return SafeString(_heart(output, liked, _words(get_language())))


def playtime(output: Output) -> SafeString:
    """How long a video plays, as a badge; nothing for an image."""
    return SafeString(_length(output, _words(get_language())))


@cache
def _icon(name: str) -> SafeString:
    return template.Template("{% icon name %}").render(template.Context({"name": name}))


@cache
def _words(language: str | None) -> Words:
    """In the language that is active, which is this one: pages need the same few hundreds of times."""
    return Words(
        favourite=escape(_("A favourite")),
        video=escape(_("Video,")),
        seconds=escape(_("%(seconds)s s")),
        seed=escape(_("seed %(seed)s")),
        select=escape(_("Select: %(label)s")),
        open_stack=escape(_("Open this stack")),
        opens_stack=escape(_("Open this stack:")),
    )


@lru_cache(maxsize=2000)
def _seconds(duration: float, language: str | None) -> str:
    """In the language that is active, which is this one."""
    return _words(language).seconds % {"seconds": floatformat(duration, 1)}


def _heart(output: Output, liked: bool, words: Words) -> str:
    """Without an id and attributes of htmx, which would look through the whole wall for the one and read the others in
    each card that comes; its icon is the style's, for an SVG is a document of its own to the browser."""
    if output.showing == Showing.HIDE:
        return ""
    label, url = words.favourite, address("output_favourite", output.pk)
    return (
        f'<button class="icon-button heart" type="submit" name="on"'
        f' value="{int(not liked)}" formaction="{url}" title="{label} (F)"'
        f' aria-label="{label}" aria-pressed="{"true" if liked else "false"}"></button>'
    )


def _hint(output: Output) -> str:
    shown = output.thumbhash and output.showing == Showing.SHOW
    return f' data-thumbhash="{escape(output.thumbhash)}"' if shown else ""


def moving(output: Output) -> SafeString:
    """What a card plays while somebody points at it, as an attribute: a film, or a picture that moves by itself."""
    if not output.is_video or output.showing != Showing.SHOW:
        return SafeString("")
    preview = renditions.preview_url(output)
    kind = "animated" if output.format == "gif" and not preview else "film"
    return SafeString(f' data-{kind}="{preview or address("output_file", output.pk)}"')


def _length(output: Output, words: Words) -> str:
    """How long a video plays."""
    if not output.is_video:
        return ""
    seconds = _seconds(output.duration, get_language())
    return f'<span class="badge">{_icon("play")}<span class="visually-hidden">{words.video}</span> {seconds}</span>'


def _stack(card: Card, words: Words) -> str:
    if not card.stacked:
        return ""
    return (
        f'<a class="badge stack-badge" href="{escape(card.stack_url)}" title="{words.open_stack}">{_icon("layers")}'
        f'<span class="visually-hidden">{words.opens_stack}</span> {card.stacked}</a>'
    )


def _stands(card: Card) -> str:
    """For how many outputs a card stands that stands for a stack."""
    return f' data-stacked="{card.stacked}"' if card.stacked else ""


def _pick(key: str, label: str, joins: bool) -> str:
    owner = "" if joins else ' form="selection"'
    return f'<input class="pick" type="checkbox" name="outputs"{owner} value="{key}" aria-label="{label}">'


def _sizes(output: Output) -> str:
    """How wide it is shown, for `<img sizes>`; browsers that lay out first know better."""
    shape = output.width / output.height
    return f"auto, (max-width: 860px) {ROW_ON_PHONES * shape:.0f}px, {ROW * shape:.0f}px"
