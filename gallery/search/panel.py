"""What stands around the search box: what was read of it, the searches that were saved, and terms that are common."""

from dataclasses import dataclass

from people.standing import Person

from ..models import SavedSearch
from . import saving, suggesting, vocabulary
from .query import Query

MODELS = 4


@dataclass(frozen=True)
class Common:
    """A term that one press adds. `text` is the whole search with it."""

    term: str
    text: str


@dataclass(frozen=True)
class Panel:
    """`text` is what was typed, as it was. `saved_as` is the saved search that stands in the box, if it is one."""

    query: Query
    text: str
    saved: list[SavedSearch]
    common: list[Common]

    @property
    def saved_as(self) -> SavedSearch | None:
        return next((search for search in self.saved if search.query == self.query.text), None)


def panel(query: Query, text: str) -> Panel:
    """Two queries, however much somebody has."""
    person = query.person
    return Panel(query, text, list(saving.of(person)), [_added(query, term) for term in _common(person, query)])


def _common(person: Person, query: Query) -> list[str]:
    model = vocabulary.known().operator("model")
    used = [suggesting.term(model, name) for name in suggesting.used_models(person)[:MODELS]] if model else []
    typed = set(query.text.split())
    return [term for term in (*used, "on:today", "is:shared") if term not in typed]


def _added(query: Query, term: str) -> Common:
    return Common(term, f"{query.text} {term}".strip())
