"""A search as somebody typed it, and the rows that it finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from people.standing import Person

from ..models import Output
from ..queries import Feed
from . import conditions, language, vocabulary
from .faults import Fault
from .language import Fact, Parsed, Term


@dataclass(frozen=True)
class Chip:
    """One term as people see it. `without` is the search that is left when it is taken out."""

    label: str
    value: str
    negated: bool
    without: str


@dataclass(frozen=True)
class Query:
    """What a person looks for. What could not be read of it is told in `faults`; the rest of it is looked for."""

    person: Person
    parsed: Parsed

    @property
    def text(self) -> str:
        return self.parsed.text.strip()

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing that could be read."""
        return not self.parsed.groups

    @cached_property
    def faults(self) -> list[str]:
        """Sentences in the reader's language."""
        return [_said(fault) for fault in self.parsed.faults]

    @cached_property
    def chips(self) -> list[Chip]:
        return [self._chip(term) for term in self.parsed.terms]

    def _chip(self, term: Term) -> Chip:
        typed = self.parsed.text[term.start : term.end].removeprefix("-" if term.negated else "")
        label = ""
        if isinstance(term.what, Fact):
            operator, wanted = term.what.operator, term.what.wanted
            names: dict[object, str] = {value.id: value.label for value in operator.values if value.label}
            said = ", ".join(_(names[each]) for each in wanted) if names.keys() >= {*wanted} else ""
            label, typed = _(operator.label), said or typed.partition(":")[2]
        return Chip(label, typed, term.negated, self.parsed.without(term))


def read(text: str, person: Person) -> Query:
    """Never raises for what is typed."""
    return Query(person, language.parse(text, vocabulary.known(), localdate()))


def apply(query: Query, rows: QuerySet[Output], feed: Feed) -> QuerySet[Output]:
    """Those of the feed's rows that the search finds, in the order in which they are: all where nothing is typed, none
    where nothing that is typed could be read."""
    if query.is_empty:
        return rows.none() if query.faults else rows
    return rows.filter(condition(query, feed).whole)


def condition(query: Query, feed: Feed) -> conditions.Condition:
    return conditions.condition(query.parsed, conditions.Asking(query.person, feed))


def _said(fault: Fault) -> str:
    params: Mapping[str, object] = fault.params
    return _(fault.message) % params if params else _(fault.message)
