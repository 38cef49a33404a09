"""What people type into the search box, as terms that all have to hold. Pure; nothing that is typed is an error here:
what cannot be read becomes a fault, and the rest is looked for.

    model:pony steps:>20 -tag:draft "red circle" fox OR wolf

A term is a word, words in quotes (exactly, and in this order), or an operator with its values (`model:pony,flux` is
either); `-` before it means its contrary, `OR` between two terms that one of them is enough.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from . import values
from .faults import Fault, Unreadable
from .faults import gettext_noop as _
from .values import Between, Days, Size
from .vocabulary import Kind, Operator, Vocabulary, favourite_words
from .words import words

LONGEST = 500
SHORTEST_BEGINNING = 3
"""The last word may go on only from here: of one or two letters, half of everything would be found."""
MOST_TERMS = 32
QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_OPERATOR = re.compile(r"(?P<name>[^\W\d][\w-]*):(?!//)")
_BARE_END = re.compile(r"\s|$")

Wanted = str | Between | Days | Size | UUID


@dataclass(frozen=True)
class Words:
    """Words that stand in this order. Not `exact`: their stems do; `begun`: the last may go on."""

    words: tuple[str, ...]
    exact: bool = False
    begun: bool = False


@dataclass(frozen=True)
class Fact:
    """One of the wanted values is enough."""

    operator: Operator
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Term:
    """`start` and `end` are its place in the text."""

    what: Words | Fact
    negated: bool
    start: int
    end: int


@dataclass(frozen=True)
class Parsed:
    """Of every group one term has to hold."""

    text: str
    groups: tuple[tuple[Term, ...], ...]
    faults: tuple[Fault, ...]

    @property
    def terms(self) -> list[Term]:
        return [term for group in self.groups for term in group]

    def without(self, term: Term) -> str:
        """The text that is left when a term is taken out, with an OR that lost its side."""
        before, after = self.text[: term.start].split(), self.text[term.end :].split()
        if before and before[-1] == "OR":
            before.pop()
        elif after and after[0] == "OR":
            after.pop(0)
        return " ".join(before + after)


@dataclass(frozen=True)
class _Piece:
    """A piece of the text between blanks. `name` is an operator's; `quoted` says how the value was written."""

    start: int
    end: int
    negated: bool
    name: str
    value: str
    quoted: bool
    closed: bool = True

    @property
    def is_or(self) -> bool:
        return self.value == "OR" and not (self.name or self.quoted or self.negated)


def parse(text: str, vocabulary: Vocabulary, today: date) -> Parsed:
    """Never raises for what is typed. `today` is what the word means."""
    faults: list[Fault] = []
    text = _CONTROL.sub(" ", text)
    if len(text) > LONGEST:
        faults.append(Fault(_("Only the first %(most)d characters are looked at."), {"most": LONGEST}))
        text = text[:LONGEST]
    pieces = list(_pieces(text))
    if len(pieces) > MOST_TERMS:
        faults.append(Fault(_("Only the first %(most)d terms are looked at."), {"most": MOST_TERMS}))
        pieces = pieces[:MOST_TERMS]
    groups: list[list[Term]] = []
    either = False
    for piece in pieces:
        if piece.is_or:
            either = bool(groups)
            continue
        try:
            term = _term(piece, vocabulary, today, last=piece is pieces[-1])
        except Unreadable as unreadable:
            faults.append(unreadable.fault)
        else:
            groups[-1].append(term) if either else groups.append([term])
        if not piece.closed:
            faults.append(Fault(_("A quotation mark is not closed.")))
        either = False
    if pieces and (pieces[0].is_or or pieces[-1].is_or):
        faults.append(Fault(_("OR stands between two terms.")))
    return Parsed(text, tuple(map(tuple, groups)), tuple(faults))


def at(text: str, caret: int) -> tuple[int, int]:
    """The start and the end of the piece in which the caret stands; both are the caret's where it stands in none."""
    return next(((p.start, p.end) for p in _pieces(text) if p.start <= caret <= p.end), (caret, caret))


def _pieces(text: str) -> Iterator[_Piece]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        piece = _piece(text, place)
        yield piece
        place = piece.end


def _piece(text: str, start: int) -> _Piece:
    place = start
    negated = text[place] == "-" and place + 1 < len(text) and not text[place + 1].isspace()
    place += negated
    named = _OPERATOR.match(text, place)
    name = named["name"] if named else ""
    place = named.end() if named else place
    if place < len(text) and text[place] in QUOTES:
        close = text.find(QUOTES[text[place]], place + 1)
        end = close if close >= 0 else len(text)
        return _Piece(start, min(end + 1, len(text)), negated, name, text[place + 1 : end], True, close >= 0)
    found = _BARE_END.search(text, place)
    end = found.start() if found else len(text)
    return _Piece(start, end, negated, name, text[place:end], quoted=False)


def _term(piece: _Piece, vocabulary: Vocabulary, today: date, *, last: bool) -> Term:
    """Raises Unreadable."""
    if not piece.name and not piece.quoted and piece.value.lower() in favourite_words():
        piece = replace(piece, name="is", value="favourite")
    what = _fact(piece, vocabulary, today) if piece.name else _words(piece, begun=last and not piece.negated)
    return Term(what, piece.negated, piece.start, piece.end)


def _words(piece: _Piece, *, begun: bool) -> Words:
    found = tuple(words(piece.value))
    if not found:
        raise Unreadable(_("“%(text)s” has no word to look for."), text=piece.value)
    several = len(found) > 1
    return Words(
        found, exact=piece.quoted or several, begun=begun and not piece.quoted and len(found[-1]) >= SHORTEST_BEGINNING
    )


def _fact(piece: _Piece, vocabulary: Vocabulary, today: date) -> Fact:
    operator = vocabulary.operator(piece.name)
    if operator is None:
        nearest = vocabulary.nearest(piece.name)
        if nearest:
            raise Unreadable(_("There is no “%(name)s:”. Did you mean “%(near)s:”?"), name=piece.name, near=nearest)
        raise Unreadable(_("There is no “%(name)s:”. In quotes it is looked for as words."), name=piece.name)
    if not piece.value.strip():
        raise Unreadable(_("Nothing stands after “%(name)s:”."), name=piece.name)
    wanted = [part for part in _parts(piece, operator) if part.strip()]
    if not wanted:
        raise Unreadable(_("Nothing stands after “%(name)s:”."), name=piece.name)
    return Fact(operator, tuple(value for part in wanted for value in _read(operator, part.strip(), today)))


def _parts(piece: _Piece, operator: Operator) -> list[str]:
    """Names are listed with commas; in numbers a comma is a decimal one."""
    several = operator.kind in (Kind.CHOICE, Kind.NAME) and not piece.quoted
    return piece.value.split(",") if several else [piece.value]


def _read(operator: Operator, text: str, today: date) -> list[Wanted]:
    match operator.kind:
        case Kind.NUMBER:
            return [values.numbers(text)]
        case Kind.SIZE:
            return [values.size(text)]
        case Kind.DATE:
            return [values.days(operator.name, text, today)]
        case Kind.OUTPUT:
            return [values.output_id(text)]
        case Kind.NAME:
            return list(operator.called(text)) or [text]
        case Kind.CHOICE:
            if called := operator.called(text):
                return list(called)
            known = ", ".join(value.id for value in operator.values)
            raise Unreadable(
                _("“%(text)s” is none of what “%(name)s:” can be: %(known)s."),
                text=text,
                name=operator.shown,
                known=known,
            )
