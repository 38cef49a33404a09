"""What differs between two stored requests, in the words of whoever reads; texts word by word."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Literal

from django.utils.translation import gettext as _

from .catalogue import Text, UnknownModel, get_model
from .wording import HEADLINE, Fact, facts, translated

CAPTION_PARAMETERS, CAPTION_CHARACTERS = 3, 40
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Some of a text: the same in both, only in the new one, or only in the old one."""

    kind: Literal["same", "ins", "del"]
    text: str


@dataclass(frozen=True)
class Difference:
    """One parameter. `old` or `new` is empty where one request does not hold it; `pieces` are there for texts. What a
    number means is told where that is not the same in both."""

    id: str
    label: str
    old: str = ""
    new: str = ""
    pieces: tuple[Piece, ...] = ()
    old_pictures: tuple[str, ...] = ()
    new_pictures: tuple[str, ...] = ()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """In the order of the form. Nothing where one of the two is not told."""
    if not old or not new:
        return []
    texts = _texts(old, new)
    changed = [_text(name, label, old, new) for name, label in texts.items() if old.get(name) != new.get(name)]
    before, after = ({fact.id: fact for fact in facts(request)} for request in (old, new))
    plain = [
        _plain(before.get(name), after.get(name))
        for name in {**before, **after}
        if name not in texts and before.get(name) != after.get(name)
    ]
    return changed + plain


def words(old: str, new: str) -> tuple[Piece, ...]:
    """The new text with what has come and gone since the old one, by words."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(after[c:d])))
            continue
        if a < b:
            pieces.append(Piece("del", "".join(before[a:b])))
        if c < d:
            pieces.append(Piece("ins", "".join(after[c:d])))
    return tuple(pieces)


def _texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """The texts of either request and their labels."""
    found = {HEADLINE: _("Prompt")}
    for request in (old, new):
        try:
            model = get_model(str(request.get("model")))
        except UnknownModel:
            continue
        found |= {p.id: translated(p.label) for p in model.parameters if isinstance(p, Text) and p.id in request}
    return found


def _text(name: str, label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    before, after = str(old.get(name, "")), str(new.get(name, ""))
    return Difference(name, label, before, after, words(before, after))


def _plain(before: Fact | None, after: Fact | None) -> Difference:
    known = after or before
    assert known is not None
    means_the_same = before is not None and after is not None and _meaning(before) == _meaning(after)
    old, new = (_told(fact, bare=means_the_same) for fact in (before, after))
    return Difference(
        known.id,
        known.label,
        old,
        new,
        old_pictures=before.pictures if before else (),
        new_pictures=after.pictures if after else (),
    )


def _told(fact: Fact | None, *, bare: bool) -> str:
    if fact is None:
        return ""
    return fact.bare if bare else fact.value


def _meaning(fact: Fact) -> str:
    return fact.value.removeprefix(fact.bare)


@dataclass(frozen=True)
class Row:
    """One parameter of several requests; "" where one of them does not hold it, or is not told. `bare` are the values
    without what they mean."""

    id: str
    label: str
    values: tuple[str, ...]
    bare: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The parameters of several requests: those that differ, and those that are the same in all that are told."""

    differing: list[Row]
    same: list[Row]

    def tells(self, place: int) -> str:
        """What sets one request apart, in the few words that a caption has room for: not its prompt."""
        rows = (row for row in self.differing if row.id != HEADLINE and row.values[place])
        told = (f"{row.label}: {row.bare[place]}" for row in rows)
        return ", ".join(islice((text for text in told if len(text) <= CAPTION_CHARACTERS), CAPTION_PARAMETERS))


def table(requests: Sequence[Mapping[str, Any]]) -> Table:
    columns = [_column(request) for request in requests]
    labels = {name: fact.label for column in columns for name, fact in column.items()}
    found = Table([], [])
    for name, label in labels.items():
        told_of = [column.get(name) for column in columns]
        values, bare = (tuple(_told(fact, bare=bare) for fact in told_of) for bare in (False, True))
        row = Row(name, label, values, bare)
        told = {value for value, column in zip(row.values, columns, strict=True) if column}
        (found.differing if len(told) > 1 else found.same).append(row)
    return found


def _column(request: Mapping[str, Any]) -> dict[str, Fact]:
    """Every parameter, the prompt first; nothing of a request that is not told."""
    if not request:
        return {}
    prompt = str(request.get(HEADLINE, ""))
    return {fact.id: fact for fact in (Fact(_("Prompt"), prompt, HEADLINE, prompt), *facts(request))}
