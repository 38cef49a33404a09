"""The words that the rules know, from a coded file: nobody should come upon them by reading or searching. Pure.

An entry is a kind and a word or a phrase. A word stands for itself and, in Latin letters, for its plural in s;
`word~` and `word^` take the endings of Russian nouns and adjectives, `word*` any continuation. docs/policy.md tells how
entries are added.
"""

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .normalise import fold, listed

CODED = Path(__file__).with_name("lexicon.coded")
_LINE = 100
_SHORTEST_BEGINNING = 3
_NOUN = ("", *listed("а у ом е ы ов ам ами ах я ю ем ём и ев ей ь ям ями ях ой ою ью ия ие ии ию ием ией"))
_ADJECTIVE = listed("ый ой ий ая яя ое ее ые ие ого его ому ему ым им ом ем ую юю ою ых их ыми ими")
_ENDINGS = {"~": tuple(map(fold, _NOUN)), "^": tuple(map(fold, _ADJECTIVE))}


class Kind(StrEnum):
    """What an entry tells of a prompt."""

    CHILD = "child"
    """Somebody under age."""
    UNCLEAR = "unclear"
    """A child or an adult, as with a girl: counts until the prompt says right there that it is an adult."""
    CHERUB = "cherub"
    """Children of art history, which are often painted bare."""
    ADULT = "adult"
    SEXUAL = "sexual"
    BARE = "bare"
    """Without clothes, which is sexual wherever a child is meant, but not on a ceiling of cherubs."""
    BOTH = "both"
    """Both at once, in one word."""
    INNOCENT = "innocent"
    """A phrase that holds one of the others and means something else."""
    ORDINARY = "ordinary"
    """A word that would be taken for the disguise of another."""


class Entry(NamedTuple):
    kind: Kind
    phrase: str


class Phrase(NamedTuple):
    kind: Kind
    words: tuple[str, ...]


@dataclass
class Lexicon:
    """`forms` are known words with the words of the entries that they can be forms of; `prefixes` the same for
    beginnings, and `beginnings` how those begin; `phrases` are found by their first two words, or by their only one."""

    forms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    beginnings: set[str] = field(default_factory=set)
    phrases: dict[tuple[str, ...], list[Phrase]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Lexicon":
        lexicon = cls()
        for kind, text in entries:
            words = tuple(text.split())
            lexicon.phrases[words[:2]].append(Phrase(kind, words))
            for word in words:
                lexicon._learn(word)
        return lexicon

    def meanings(self, word: str) -> tuple[str, ...]:
        """The words of the entries that this can be a form of; none for a word that no entry has."""
        found = self.forms.get(word, ())
        if word[:_SHORTEST_BEGINNING] in self.beginnings:
            for length in range(_SHORTEST_BEGINNING, len(word) + 1):
                if begun := self.prefixes.get(word[:length]):
                    return (*found, begun)
        return found

    def beginning_with(self, first: tuple[str, ...], second: tuple[str, ...]) -> Iterator[Phrase]:
        """The phrases that two words with these meanings can begin, and what the first means by itself."""
        for one in first:
            yield from self.phrases.get((one,), ())
            for other in second:
                yield from self.phrases.get((one, other), ())

    def _learn(self, word: str) -> None:
        if word.endswith("*"):
            beginning = fold(word[:-1])
            self.prefixes[beginning] = word
            self.beginnings.add(beginning[:_SHORTEST_BEGINNING])
            return
        for form in forms_of(word):
            known = self.forms.get(form, ())
            if word not in known:
                self.forms[form] = (*known, word)


def forms_of(word: str) -> Iterator[str]:
    if word[-1] in _ENDINGS:
        yield from (fold(word[:-1]) + ending for ending in _ENDINGS[word[-1]])
        return
    plain = fold(word)
    yield plain
    if plain.isascii() and len(plain) > 2 and not plain.endswith("s"):
        yield plain + "s"


def read(path: Path = CODED) -> list[Entry]:
    lines = zlib.decompress(base64.b64decode(path.read_text())).decode().splitlines()
    pairs = (line.split("\t") for line in lines)
    return [Entry(Kind(kind), phrase) for kind, phrase in pairs]


def write(entries: Iterable[Entry], path: Path = CODED) -> None:
    """Sorted and each once, so that the same entries always make the same file."""
    text = "".join(f"{entry.kind}\t{entry.phrase}\n" for entry in sorted(set(entries)))
    coded = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    path.write_text("".join(f"{coded[start : start + _LINE]}\n" for start in range(0, len(coded), _LINE)))


@cache
def lexicon() -> Lexicon:
    """The one that the rules use, read once in a process."""
    return Lexicon.of(read())
