"""Words that are asked for, in the language of SQLite’s FTS5 and of PostgreSQL’s tsquery.

Every word stands in the index behind its scope, who may find it: `7.fox` for the words that person 7 may search in
their own output, `all.fox` for those that everybody may who sees it; `7~fox` for stems. One such term leads right to
the few rows in question, where a common word and a scope beside it had to be merged. `7~.steps.30` stands for a value
of a parameter of theirs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from ..models.words import Terms
from .language import Words
from .words import LONGEST, stem, words

OTHERS = "all"
ANYTHING = Words(("",))
"""Stands in all that may be searched in a scope, whatever it says."""


@dataclass(frozen=True)
class Given:
    """A value of a parameter as a term. Several may have the same one: whoever asks for it looks at the rows, too."""

    term: str

    @classmethod
    def of(cls, name: str, value: str | float) -> Self:
        """Of equal numbers, and of texts that differ in case alone, it is the same."""
        said = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return cls(f".{'.'.join(words(f'{name} {said}'))}"[:LONGEST])


def own(owner_id: int) -> str:
    return str(owner_id)


def terms(texts: dict[str, Sequence[str]], given: dict[str, Sequence[Given]] | None = None) -> Terms:
    """The terms of texts and values by their scopes. A phrase never goes from one text into the next."""
    placed: list[str] = []
    loose: dict[str, None] = {}
    for scope, several in texts.items():
        for text in several:
            found = words(text)
            placed += [f"{scope}.{word}" for word in found]
            placed += [f"{scope}."] if found else []
            loose |= dict.fromkeys(f"{scope}~{stem(word)}" for word in found)
        loose[f"{scope}~"] = None
    for scope, values in (given or {}).items():
        loose |= dict.fromkeys(f"{scope}~{value.term}" for value in values)
    return Terms(placed, list(loose))


@dataclass(frozen=True)
class Asked:
    """Rows with one of each group and none of `never`, in any of the scopes."""

    scopes: tuple[str, ...]
    groups: tuple[tuple[Words | Given, ...], ...]
    never: tuple[Words, ...] = ()

    def written(self, vendor: str) -> str:
        language = _POSTGRESQL if vendor == "postgresql" else _SQLITE
        return language.either.join(f"({self._within(scope, language)})" for scope in self.scopes)

    def _within(self, scope: str, language: "_Language") -> str:
        def one_of(group: Sequence[Words | Given]) -> str:
            return f"({language.either.join(language.write(scope, asked) for asked in group)})"

        found = language.both.join(map(one_of, self.groups or [(ANYTHING,)]))
        return f"({found})" + "".join(language.without + one_of([asked]) for asked in self.never)


@dataclass(frozen=True)
class _Language:
    """How a database writes one word, phrase or value of a scope, and what stands between several."""

    write: Callable[[str, Words | Given], str]
    both: str
    either: str
    without: str


def _for_sqlite(scope: str, asked: Words | Given) -> str:
    if isinstance(asked, Given):
        return f'"{scope}~{asked.term}"'
    phrase = " ".join(f"{scope}.{word}" for word in asked.words)
    if asked.exact:
        return f'"{phrase}"' + ("*" if asked.begun else "")
    return f'"{_stem(scope, asked)}"' + (f' OR "{phrase}"*' if asked.begun else "")


def _for_postgresql(scope: str, asked: Words | Given) -> str:
    if isinstance(asked, Given):
        return f"'{scope}~{asked.term}'"
    phrase = " <-> ".join(f"'{scope}.{word}'" for word in asked.words)
    if asked.exact:
        return f"({phrase}{':*' if asked.begun else ''})"
    return f"'{_stem(scope, asked)}'" + (f" | {phrase}:*" if asked.begun else "")


def _stem(scope: str, asked: Words) -> str:
    (word,) = asked.words
    return f"{scope}~{stem(word)}"


_SQLITE = _Language(_for_sqlite, " AND ", " OR ", " NOT ")
_POSTGRESQL = _Language(_for_postgresql, " & ", " | ", " & !")
