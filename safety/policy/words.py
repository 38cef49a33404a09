"""The words of a text as they are meant: letters put together that were written apart, disguises taken off. Pure.

Every way costs a few look-ups for each word, and no pattern here can look at the same letter twice without end.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from . import ages
from .lexicon import Kind, Lexicon, lexicon
from .normalise import CYRILLIC_LEETS, LATIN_LEET, LEET_SYMBOLS, Chunk, alphabets, chunks, fold, listed

_REPEATED = re.compile(r"(\w)\1+")
_THRICE = re.compile(r"(\w)\1\1")
_NUMBERED = re.compile(r"(\d{1,2})([^\W\d_]{1,8})")
_TAGGED = re.compile(r"\d(?:girl|boy)s?")
"""`1girl` counts figures of any age in the tags that image models learned from."""
_LIKE_DIGITS = str.maketrans("oоil|зб", "0011136")
_SHORT = frozenset(
    listed(
        "a i an am as at be by do go he hi if in is it me my no of oh ok on or so to up us we x "
        "а в и к о с у я бы во да до же за из ли мы на не ни но ну об он от по со та те то ту ты уж"
    )
)
_SHORT_ENOUGH = 2
_LONG_TO_JOIN = 6
_LONG_TO_SPLIT = 7
_LONG_TO_FIND = 4
_LONGEST = 24
_PARTS_OF_THREE = frozenset({"sex", "boy", "kid"})


class Word(NamedTuple):
    """One word as the lexicon may know it, and whether what follows belongs to the same phrase."""

    text: str
    flows: bool


@dataclass(frozen=True)
class Vocabulary:
    """Known words: as they are, and by what is left of them in disguise."""

    lexicon: Lexicon
    loose: dict[str, str]
    parts: frozenset[str]
    """Of which words are put together."""

    beginnings: frozenset[str]
    """All that a known word can begin with."""

    @classmethod
    def of(cls, lexicon: Lexicon) -> "Vocabulary":
        phrases = [phrase for found in lexicon.phrases.values() for phrase in found]
        ordinary = {phrase.words[0] for phrase in phrases if phrase.kind is Kind.ORDINARY}
        terms = {
            phrase.words[0]
            for phrase in phrases
            if len(phrase.words) == 1 and phrase.kind not in (Kind.INNOCENT, Kind.ORDINARY)
        }
        known = {form for form, meanings in lexicon.forms.items() if not ordinary.issuperset(meanings)} | ages.GRAMMAR
        parts = {form for form, meanings in lexicon.forms.items() if not terms.isdisjoint(meanings)}
        return cls(
            lexicon,
            {_loosened(word): word for word in sorted(known, key=len)},
            frozenset({part for part in parts if len(part) >= _LONG_TO_FIND} | _PARTS_OF_THREE),
            frozenset(word[:end] for word in known.union(lexicon.prefixes) for end in range(1, len(word) + 1)),
        )

    def knows(self, word: str) -> bool:
        return self.has(word) or bool(self.lexicon.meanings(word))

    def has(self, word: str) -> bool:
        """Whether this is a whole known word: what an entry leaves open at its end does not count."""
        return word in self.lexicon.forms or word in self.lexicon.prefixes or ages.tells(word)

    def plainly(self, chunk: str) -> str | None:
        """The known word that this is, in either alphabet."""
        return next((word for word in alphabets(chunk.strip(LEET_SYMBOLS)) if self.knows(word)), None)

    def begins(self, letters: str) -> bool:
        """Whether a known word can begin so."""
        if letters in self.beginnings or letters[0].isdecimal():
            return True
        return not self.beginnings.isdisjoint(alphabets(letters)[1:])

    def longest(self, letters: str, start: int) -> str:
        """The longest known word that stands there in the letters, or the figures that do."""
        found, end = "", start
        while end < len(letters) and letters[end].isdecimal():
            end += 1
        if end > start:
            return letters[start:end]
        for end in range(start + 1, min(len(letters), start + _LONGEST) + 1):
            part = letters[start:end]
            if part not in self.beginnings:
                break
            if self.has(part):
                found = part
        return found

    def across(self, letters: str, cut: int) -> bool:
        """Whether these are a known word whose beginning, as an entry has it, goes on after the first `cut` of them."""
        readings = alphabets(letters)
        return any(map(self.has, readings)) or any(self._goes_on(reading, cut) for reading in readings)

    def _goes_on(self, word: str, cut: int) -> bool:
        for end in range(cut + 1, min(len(word), _LONGEST) + 1):
            if word[:end] in self.lexicon.prefixes:
                return True
            if word[:end] not in self.beginnings:
                return False
        return False

    def disguised(self, chunk: str) -> str | None:
        """The known word that this is with digits for letters, or letters repeated."""
        leet = not chunk.isalpha() and not chunk.isdecimal()
        if not leet and not _is_drawn_out(chunk):
            return None
        readings = [chunk, chunk.translate(LATIN_LEET), *(chunk.translate(table) for table in CYRILLIC_LEETS)]
        for reading in readings if leet else readings[:1]:
            for word in alphabets(reading):
                if self.knows(word):
                    return word
                found = self.loose.get(_loosened(word))
                if found and (leet or _THRICE.search(chunk) or len(found) >= _LONG_TO_FIND):
                    return found
                if _THRICE.search(chunk) and self.knows(once := _REPEATED.sub(r"\1", word)):
                    return once
        return None


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.of(lexicon())


def _is_drawn_out(chunk: str) -> bool:
    """Three of a letter are no spelling; two are, in short words."""
    return bool(_THRICE.search(chunk) or (len(chunk) > _LONG_TO_FIND and _REPEATED.search(chunk)))


def _loosened(word: str) -> str:
    """What is left when neither repeated letters nor l and i are told apart."""
    return _REPEATED.sub(r"\1", word.replace("l", "i"))


def words_of(text: str) -> list[Word]:
    known = vocabulary()
    pieces = list(_with_runs_joined(chunks(fold(text)), known))
    words: list[Word] = []
    for text, gap in _with_pairs_joined(pieces, known):
        texts = _remembered(text) if len(text) <= _LONGEST else _texts(text, known)
        if len(texts) > 1:
            words += [Word(part, True) for part in texts[:-1]]
        words.append(Word(texts[-1], gap == " " or _flows(gap)))
    return words


@lru_cache(maxsize=1 << 14)
def _begins(letters: str) -> bool:
    return vocabulary().begins(letters)


@lru_cache(maxsize=1 << 14)
def _remembered(text: str) -> list[str]:
    """Most words of most prompts have been seen before."""
    return _texts(text, vocabulary())


def _texts(text: str, known: Vocabulary) -> list[str]:
    """One chunk as the words that it holds: usually itself."""
    if _TAGGED.fullmatch(text):
        return [text]
    if numbered := _NUMBERED.fullmatch(text):
        number, unit = numbered.groups()
        if (word := known.plainly(unit)) is not None and ages.tells(word):
            return [number, word]
    if len(text) < _LONG_TO_FIND and not text.isalpha() and (digits := text.translate(_LIKE_DIGITS)).isdecimal():
        return [digits]
    found = known.plainly(text) or known.disguised(text)
    return [found] if found else _split(text, known)


def _flows(gap: str) -> bool:
    return not gap.strip(" \u00a0\t-_'’")


def _split(text: str, known: Vocabulary) -> list[str]:
    """Known words written as one, where nothing else is left over; else the text itself."""
    if len(text) < _LONG_TO_SPLIT:
        return [text]
    for reading in alphabets(text):
        ways: dict[int, list[str]] = {0: []}
        for start in range(len(reading)):
            if start not in ways:
                continue
            for end in range(start + 3, min(len(reading), start + _LONGEST) + 1):
                if end not in ways and (part := reading[start:end]) in known.parts:
                    ways[end] = [*ways[start], part]
        if len(reading) in ways:
            return ways[len(reading)]
    return [text]


def _with_runs_joined(pieces: list[Chunk], known: Vocabulary) -> Iterator[Chunk]:
    """`c h i l d` and `c.h.i.l.d` as one chunk each, where that makes known words."""
    start = 0
    while start < len(pieces):
        if len(pieces[start].text) > _SHORT_ENOUGH:
            yield pieces[start]
            start += 1
            continue
        end = start
        while end < len(pieces) and _is_bit(pieces[end].text):
            end += 1
        run = pieces[start:end]
        strange = sum(len(piece.text) == 1 or piece.text not in _SHORT for piece in run)
        joined = _joined(run, known) if len(run) > 2 and 2 * strange >= len(run) else []
        if joined:
            yield from joined
        else:
            yield from run
        if end < len(pieces):
            yield pieces[end]
        start = end + 1


def _is_bit(text: str) -> bool:
    return len(text) == 1 or (len(text) <= _SHORT_ENOUGH and not text.isdecimal())


def _joined(run: list[Chunk], known: Vocabulary) -> list[Chunk]:
    """The words that a run of letters spells, each up to a gap that is not its usual one; none where it spells none."""
    usual = Counter(piece.gap for piece in run[:-1]).most_common(1)[0][0]
    found: list[Chunk] = []
    spelt = ""
    for piece in run:
        spelt += piece.text
        if piece.gap != usual or piece is run[-1]:
            found.append(Chunk(spelt, piece.gap))
            spelt = ""
    if not any(len(chunk.text) > _SHORT_ENOUGH for chunk in found):
        return []
    whole = [word for chunk in found for word in _spelt(chunk, known)]
    return whole if any(known.knows(chunk.text) for chunk in whole) else []


def _spelt(chunk: Chunk, known: Vocabulary) -> list[Chunk]:
    """The known words in letters without any gaps: the longest first, short ones only beside others."""
    word = known.plainly(chunk.text) or known.disguised(chunk.text)
    if word:
        return [Chunk(word, chunk.gap)]
    readings = alphabets(chunk.text)
    found: list[str] = []
    start, beside = 0, True
    while start < len(chunk.text):
        word = max((known.longest(reading, start) for reading in readings), key=len)
        if len(word) < (3 if beside else _LONG_TO_FIND) and not word.isdecimal():
            word = ""
        if word:
            found.append(word)
        beside = bool(word)
        start += len(word) or 1
    return [Chunk(text, " ") for text in found] or [chunk]


def _with_pairs_joined(pieces: list[Chunk], known: Vocabulary) -> Iterator[Chunk]:
    """`ch ild`, `chi-ld`, `ch(il)d` and `school girl` as one chunk, where that is one known word."""
    start = 0
    while start < len(pieces):
        end = _end_of_one(pieces, start, known)
        whole = pieces[start:end]
        yield whole[0] if len(whole) == 1 else Chunk("".join(piece.text for piece in whole), whole[-1].gap)
        start = end


def _end_of_one(pieces: list[Chunk], start: int, known: Vocabulary) -> int:
    """Where the longest known word ends that begins with this piece; behind the piece itself where there is none."""
    first = text = pieces[start].text
    end = longest = start + 1
    if end == len(pieces):
        return end
    while end < len(pieces) and _is_glued(pieces[end - 1].gap) and known.begins(text):
        text += pieces[end].text
        end += 1
        if _one_word(text, len(first), known):
            longest = end
    if longest == start + 1 and _may_be_one(pieces[start], pieces[start + 1], known):
        return start + 2
    return longest


def _is_glued(gap: str) -> bool:
    """Whether there is something in between, and no space."""
    return gap not in ("", " ", ", ") and not any(mark.isspace() or mark == "," for mark in gap)


def _one_word(text: str, cut: int, known: Vocabulary) -> bool:
    return len(text) >= _LONG_TO_FIND and not text.isdecimal() and known.across(text, cut)


def _may_be_one(first: Chunk, second: Chunk, known: Vocabulary) -> bool:
    if not _begins(first.text + second.text[0]) or not (first.gap == " " or _flows(first.gap)):
        return False
    text = first.text + second.text
    if first.text[-1].isdecimal() or second.text[0].isdecimal():
        return False
    strange = any(len(part) <= _SHORT_ENOUGH and part not in _SHORT for part in (first.text, second.text))
    enough = _LONG_TO_JOIN if second.text in _SHORT else _LONG_TO_JOIN - 1
    return (strange or len(text) >= enough) and _one_word(text, len(first.text), known)
