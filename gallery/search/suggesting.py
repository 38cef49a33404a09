"""What could be typed next: operators, their values, and what a person has and uses. Nothing here tells of others more
than what they show to this person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from people.standing import Person

from .. import queries, tagging
from ..models import Collection, Output
from ..queries import Whose
from . import language, values, vocabulary
from .vocabulary import Kind, Operator

MOST = 8
NEWEST = 200
"""So many outputs are looked at for what is used."""
FIRST = ("tag", "model", "type", "is", "mode", "seed", "before", "collection")
"""The operators that are told where nothing is typed."""


@dataclass(frozen=True)
class Suggestion:
    """`text` is the whole search with it, and `caret` the place behind it; `shown` is the term, and `note` says what it
    is."""

    text: str
    caret: int
    shown: str
    note: str = ""


def suggest(text: str, caret: int, person: Person) -> list[Suggestion]:
    """For the term in which the caret stands."""
    text = text[: language.LONGEST]
    start, end = language.at(text, caret)
    typed = text[start : max(start, min(caret, end))]
    sign = "-" if typed.startswith("-") else ""
    name, colon, value = typed.removeprefix("-").partition(":")
    operator = vocabulary.known().operator(name) if colon else None
    if operator is None and colon:
        return []
    found = _values(operator, value.lstrip("".join(language.QUOTES)), person) if operator else _terms(name, person)
    return [_with(text[:start], sign + term, text[end:], note) for term, note in islice(dict.fromkeys(found), MOST)]


def used_models(person: Person) -> list[str]:
    """By their ids, the one used last first."""
    rows = Output.objects.filter(owner=person.pk).order_by("-created_at", "-id")
    return list(dict.fromkeys(rows.values_list("model", flat=True)[:NEWEST]))


def term(operator: Operator, value: str) -> str:
    """As it is typed: in quotes where there are blanks or what would end it."""
    quoted = any(sign in value for sign in ' ,"') or not value
    return f'{operator.shown}:"{value.replace(chr(34), "")}"' if quoted else f"{operator.shown}:{value}"


def _terms(start: str, person: Person) -> Iterator[tuple[str, str]]:
    """Operators, then tags and models that begin like this."""
    known = vocabulary.known()
    start = start.lower()
    if not start:
        yield "fav", _("a favourite")
        yield from ((f"{known.by_name[name].shown}:", _(known.by_name[name].label)) for name in FIRST)
        return
    for operator in known.operators:
        if any(name.startswith(start) for name in operator.names):
            yield f"{operator.shown}:", _(operator.label)
    yield from ((bare, _("a favourite")) for bare in vocabulary.favourite_words() if bare.startswith(start))
    for name in ("tag", "model"):
        yield from _values(known.by_name[name], start, person)


def _values(operator: Operator, start: str, person: Person) -> Iterator[tuple[str, str]]:
    begun = vocabulary.spelling(start)
    for value in operator.values:
        if any(name.startswith(begun) for name in value.spellings):
            yield term(operator, value.id), _(value.label) if value.label else ""
    if operator.kind == Kind.DATE:
        yield from _days(operator, start)
    else:
        yield from ((term(operator, value), _(operator.label)) for value in _theirs(operator, start, person))


def _theirs(operator: Operator, start: str, person: Person) -> Iterable[str]:
    """What this person has or uses, or of whom they see something."""
    match operator.name:
        case "tag":
            return tagging.suggested(person, start)  # type: ignore[arg-type]
        case "collection":
            mine = Collection.objects.filter(owner=person.pk, title__istartswith=start).order_by("title")
            return mine.values_list("title", flat=True)[:MOST]
        case "model":
            known = {value.id for value in operator.values}
            return (model for model in used_models(person) if model not in known and _begins(model, start))
        case "loras":
            return (name for name in _used_loras(person) if _begins(name, start))
        case "by":
            return (name for name in _makers(person) if _begins(name, start))
    return ()


def _used_loras(person: Person) -> Iterator[str]:
    rows = Output.objects.filter(owner=person.pk).order_by("-created_at", "-id")
    for loras in rows.values_list("parameters__loras", flat=True)[:NEWEST]:
        yield from (str(lora["name"]) for lora in _entries(loras))


def _entries(loras: Any) -> Iterator[dict[str, Any]]:
    """What was brought in may have anything there."""
    if isinstance(loras, list):
        yield from (lora for lora in loras if isinstance(lora, dict) and lora.get("name"))


def _makers(person: Person) -> list[str]:
    """Who made the newest of what this person sees of others."""
    owners: dict[int, None] = {}
    for whose in (Whose.SHARED, Whose.PUBLIC):
        rows = queries.feed(person, whose).rows.order_by("-created_at", "-id")
        owners |= dict.fromkeys(rows.values_list("owner_id", flat=True)[:NEWEST])
    names = User.objects.filter(pk__in=owners).exclude(username=person.get_username()).order_by("username")
    return list(names.values_list("username", flat=True))


def _days(operator: Operator, start: str) -> Iterator[tuple[str, str]]:
    today = localdate()
    for label, back in values.SPOKEN.items():
        if any(day.lower().startswith(start.lower()) for day in vocabulary.in_every_language(label)):
            yield term(operator, _(label).lower()), date_format(today - timedelta(days=back))
    for day, note in ((f"{today:%Y-%m}", date_format(today, "YEAR_MONTH_FORMAT")), (f"{today:%Y}", "")):
        if day.startswith(start):
            yield term(operator, day), note


def _begins(name: str, start: str) -> bool:
    return name.casefold().startswith(start.casefold())


def _with(before: str, term: str, after: str, note: str) -> Suggestion:
    """With a blank behind the term, unless its value is still to come."""
    begun = before + term + ("" if term.endswith(":") else " ")
    return Suggestion(begun + after.lstrip(), len(begun), term, note)
