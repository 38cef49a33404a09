"""What a search means for rows of outputs: one condition in the words of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import reduce
from operator import and_, or_
from typing import Any, cast
from unicodedata import normalize
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.fields.json import KeyTransform
from django.db.models.lookups import Exact
from django.utils.timezone import make_aware

from people.standing import Person

from ..models import Collection, CollectionItem, Favourite, Output, Tag, Visibility, Words
from ..queries import Feed
from . import alike, matching
from .language import Fact, Parsed, Term
from .language import Words as Asked
from .matching import Given
from .stored import COLUMNS, HasLora, JsonType
from .values import Between, Days, Size
from .vocabulary import OWN
from .words import words


@dataclass(frozen=True)
class Asking:
    """Who searches, and where."""

    person: Person
    feed: Feed

    @property
    def scopes(self) -> list[str]:
        """Whose words are looked for: one's own, those that others show, or both where both stand together."""
        own, others = [matching.own(cast(int, self.person.pk))], [matching.OTHERS]
        if self.feed.viewer.owner:
            return own
        return own + others if self.feed.owner_id == self.person.pk else others

    def about(self, groups: Sequence[tuple[Asked | Given, ...]], never: Sequence[Asked] = ()) -> matching.Asked:
        """One of every group, and none of the words that are never to be there."""
        return matching.Asked(tuple(self.scopes), tuple(groups), tuple(never))


@dataclass(frozen=True)
class Condition:
    """What the index of words answers by itself, if anything, and all that has to hold besides."""

    words: matching.Asked | None
    rest: Q

    @property
    def whole(self) -> Q:
        return self.rest & in_index(self.words) if self.words else self.rest


def condition(parsed: Parsed, asking: Asking) -> Condition:
    """Every group of terms, of which one has to hold."""
    words, never, others = _sorted(parsed, asking)
    rest = reduce(and_, (_any(_negated_or_not(term, asking) for term in group) for group in others), Q())
    return Condition(asking.about(words, never) if words or never else None, rest)


def in_index(asked: matching.Asked) -> Q:
    return Q(pk__in=Words.objects.filter(terms__matches=asked).values("output"))


def _sorted(
    parsed: Parsed, asking: Asking
) -> tuple[list[tuple[Asked | Given, ...]], list[Asked], list[Sequence[Term]]]:
    """Groups that the index answers together; words that must not be there; all groups that it does not answer, or not
    for sure."""
    found: list[tuple[Asked | Given, ...]] = []
    never: list[Asked] = []
    others: list[Sequence[Term]] = []
    for group in parsed.groups:
        asked = [_indexed(term, asking) for term in group]
        (only, *more) = group
        if all(asked):
            found.append(tuple(one for some in asked for one in some))
            if any(isinstance(term.what, Fact) for term in group):
                others.append(group)
        elif not more and isinstance(only.what, Asked):
            never.append(only.what)
        else:
            others.append(group)
    return found, never, others


def _indexed(term: Term, asking: Asking) -> tuple[Asked | Given, ...]:
    """What the index has of whatever the term finds, one or the other; nothing where that is not in it. Of parameters
    it has what is one's own."""
    if term.negated:
        return ()
    if isinstance(term.what, Asked):
        return (term.what,)
    operator = term.what.operator
    if operator.name == "tag" and asking.feed.viewer.owner and connection.vendor == "sqlite":
        return _tags(term.what)
    if operator in OWN.operators or operator.name in COLUMNS or not asking.feed.viewer.owner:
        return ()
    given = []
    for wanted in term.what.wanted:
        value = wanted.low if isinstance(wanted, Between) and wanted.low == wanted.high else wanted
        if not isinstance(value, str | int | float):
            return ()
        given.append(Given.of(operator.name, value))
    return tuple(given)


def _tags(fact: Fact) -> tuple[Asked, ...]:
    """Tags are among one's own words, which SQLite reads in the order in which outputs were made (stretches): a page of
    a tag that hundreds have is not sorted out of all of these. One without a word in it is not there."""
    tags = [tuple(words(_as_tag(str(wanted)))) for wanted in fact.wanted]
    return tuple(Asked(found, exact=True) for found in tags) if all(tags) else ()


def _negated_or_not(term: Term, asking: Asking) -> Q:
    if isinstance(term.what, Asked):
        found = in_index(asking.about([(term.what,)]))
    else:
        found = _any(_fact(term.what, wanted, asking) for wanted in term.what.wanted)
    return _not(found) if term.negated else found


def _fact(fact: Fact, wanted: Any, asking: Asking) -> Q:
    match wanted:
        case Between():
            return _number(fact.operator.name, wanted, asking)
        case Size():
            return Q(width=wanted.width, height=wanted.height)
        case Days():
            return _made(wanted)
        case UUID():
            return Q(pk__in=alike.like(asking.person, wanted))
        case str():
            return _name(fact, wanted, asking)
    raise TypeError(wanted)


def _number(name: str, between: Between, asking: Asking) -> Q:
    column = COLUMNS.get(name)
    path = column or f"parameters__{name}"
    if between.low is not None and between.low == between.high:
        # A column of whole numbers would take 1.5 for 1.
        found = Q(pk__in=[]) if column and between.low != int(between.low) else Q(**{path: between.low})
    else:
        low = Q(**{f"{path}__gt{'e' * between.low_in}": between.low}) if between.low is not None else Q()
        high = Q(**{f"{path}__lt{'e' * between.high_in}": between.high}) if between.high is not None else Q()
        found = low & high
    return found if column else found & _is_number(name) & _told(asking)


def _is_number(name: str) -> Q:
    """What was brought in may have anything there."""
    kind = JsonType(KeyTransform(name, F("parameters")))
    return _any(Q(Exact(kind, Value(word))) for word in ("integer", "real", "number"))


def _made(days: Days) -> Q:
    first = Q(created_at__gte=_midnight(days.first)) if days.first else Q()
    return first & (Q(created_at__lt=_midnight(days.end)) if days.end else Q())


def _name(fact: Fact, wanted: str, asking: Asking) -> Q:
    name = fact.operator.name
    match name:
        case "tag":
            mine = Tag.objects.filter(owner=asking.person.pk, name=_as_tag(wanted))
            return Q(pk__in=Output.tags.through.objects.filter(tag__in=mine).values("output"))
        case "collection":
            return _collected(wanted, asking)
        case "by":
            return Q(owner=asking.person.pk) if wanted == "me" else Q(owner__username__iexact=wanted)
        case "is":
            return _state(wanted, asking)
        case "rating":
            return Q(rating="" if wanted == "unrated" else wanted)
        case "loras":
            return Q(HasLora(F("parameters"), Value(wanted))) & _told(asking)
    path = COLUMNS.get(name) or f"parameters__{name}"
    known = any(value.id == wanted for value in fact.operator.values)
    found = Q(**{path if known else f"{path}__iexact": wanted})
    return found if name in COLUMNS else found & _told(asking)


def _collected(title: str, asking: Asking) -> Q:
    """What the person has put into a collection of theirs. What a search brings into one is asked by that search."""
    mine = Collection.objects.filter(owner=asking.person.pk, title__iexact=title)
    return Q(pk__in=CollectionItem.objects.filter(collection__in=mine).values("output"))


def _as_tag(text: str) -> str:
    """As tags are kept."""
    return normalize("NFC", " ".join(text.lower().split()))


def _state(state: str, asking: Asking) -> Q:
    match state:
        case "favourite":
            return Q(pk__in=Favourite.objects.filter(person=asking.person.pk).values("output"))
        case "stacked":
            # One's own alone: of the others' stacks nobody is told. What is in none is not asked: where nothing is in
            # any, SQLite would read all rows for each.
            beside = Output.objects.filter(stack=OuterRef("stack"), trashed_at=None).exclude(pk=OuterRef("pk"))
            return Q(owner=asking.person.pk, stack__isnull=False) & Q(Exists(beside))
        case "imported":
            return Q(imported=True)
        case "demo":
            return Q(demo=True)
        case "shared":
            named = Output.shared_with.through.objects.filter(output__owner=asking.person.pk).values("output")
            return Q(owner=asking.person.pk) & (~Q(visibility=Visibility.PRIVATE) | Q(pk__in=named))
    raise ValueError(state)


def _told(asking: Asking) -> Q:
    """Others know of the parameters only where their owner shows them."""
    return Q() if asking.feed.viewer.owner else Q(owner=asking.person.pk) | Q(shows_prompt=True)


def _any(found: Iterable[Q]) -> Q:
    return reduce(or_, found)


def _not(found: Q) -> Q:
    """Also of rows for which the condition is neither true nor false, as where a parameter is missing."""
    holds = Case(When(found, then=Value(True)), default=Value(False), output_field=BooleanField())
    return Q(Exact(holds, Value(False)))


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
