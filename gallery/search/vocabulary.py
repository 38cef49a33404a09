"""The operators of the search language. What a request can ask for is told by whoever knows it. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto
from functools import cache, cached_property

from django.conf import settings
from django.utils import translation

from .faults import gettext_noop as _


class Kind(Enum):
    NUMBER = auto()
    SIZE = auto()
    DATE = auto()
    CHOICE = auto()
    """One of the values and nothing else."""
    NAME = auto()
    """One of the values, or any other name."""
    OUTPUT = auto()


@dataclass(frozen=True)
class Value:
    """`label` is its English name, marked for translation where it has one; `names` are other ways to write it.

    It answers to its label in every language of the site: what one person saved another may read.
    """

    id: str
    label: str = ""
    names: tuple[str, ...] = ()

    @cached_property
    def spellings(self) -> frozenset[str]:
        return frozenset(map(spelling, (self.id, *in_every_language(self.label), *self.names)))

    def is_called(self, text: str) -> bool:
        return spelling(text) in self.spellings


@dataclass(frozen=True)
class Operator:
    """`name` is the parameter's where there is one, `short` what people type for it. `label` is English, marked for
    translation; where it is one word in a language, that is a name too."""

    name: str
    kind: Kind
    label: str = ""
    aliases: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    short: str = ""

    @property
    def shown(self) -> str:
        return self.short or self.name

    @cached_property
    def names(self) -> tuple[str, ...]:
        labels = (label.lower() for label in in_every_language(self.label) if " " not in label)
        return tuple(dict.fromkeys((self.shown, self.name, *self.aliases, *labels)))

    def called(self, text: str) -> list[str]:
        """The ids of the values that this text names."""
        return [value.id for value in self.values if value.is_called(text)]


@dataclass(frozen=True)
class Vocabulary:
    operators: tuple[Operator, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Operator]:
        return {name: operator for operator in reversed(self.operators) for name in reversed(operator.names)}

    def operator(self, name: str) -> Operator | None:
        return self.by_name.get(name.lower().replace("-", "_"))

    def nearest(self, name: str) -> str | None:
        """What somebody who mistyped an operator may have meant."""
        return next(iter(get_close_matches(name.lower(), self.by_name, 1)), None)

    def joined(self, others: Iterable[Operator]) -> "Vocabulary":
        """With the operators of others whose names are not taken."""
        free = [operator for operator in others if operator.name not in self.by_name]
        return Vocabulary((*self.operators, *free))


OWN = Vocabulary(
    (
        Operator("tag", Kind.NAME, _("Tag"), ("tags",)),
        Operator("collection", Kind.NAME, _("Collection"), ("in",)),
        Operator("by", Kind.NAME, _("Made by"), ("owner",), (Value("me", _("me")),)),
        Operator(
            "is",
            Kind.CHOICE,
            _("Is"),
            (),
            (
                Value("favourite", _("a favourite"), ("favorite", "fav", "liked")),
                Value("stacked", _("one of a stack"), ("stack",)),
                Value("shared", _("shared")),
                Value("imported", _("brought in")),
                Value("demo", _("of a demo model")),
            ),
        ),
        Operator(
            "rating",
            Kind.CHOICE,
            _("Rating"),
            ("rated",),
            (
                Value("general", _("general")),
                Value("mature", _("mature")),
                Value("explicit", _("explicit")),
                Value("unrated", _("not rated yet"), ("none",)),
            ),
        ),
        Operator("size", Kind.SIZE, _("Size")),
        Operator("on", Kind.DATE, _("Made on"), ("date",)),
        Operator("before", Kind.DATE, _("Made before"), ("until",)),
        Operator("after", Kind.DATE, _("Made after"), ("since",)),
        Operator("like", Kind.OUTPUT, _("Looks like"), ("alike",)),
    )
)
"""What every output has, whatever made it."""

_sources: list[Callable[[], Iterable[Operator]]] = []
_known: list[Vocabulary] = []


def add(source: Callable[[], Iterable[Operator]]) -> None:
    """Let a room tell its operators. Asked when somebody searches for the first time."""
    _sources.append(source)
    _known.clear()


def known() -> Vocabulary:
    """All operators there are."""
    if not _known:
        found = OWN
        for source in _sources:
            found = found.joined(source())
        _known.append(found)
    return _known[0]


@cache
def in_every_language(label: str) -> tuple[str, ...]:
    """A label as each language of the site says it; nothing for none."""
    said = []
    for code, _name in settings.LANGUAGES if label else ():
        with translation.override(code):
            said.append(translation.gettext(label))
    return tuple(said)


def favourite_words() -> tuple[str, ...]:
    """Words that stand for `is:favourite` by themselves. In quotes they are words."""
    return tuple(dict.fromkeys(("fav", *in_every_language(_("favourite")), "favorite")))


def spelling(text: str) -> str:
    """DPM++ 2M, dpm++_2m and DPM++-2M are one spelling."""
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()
