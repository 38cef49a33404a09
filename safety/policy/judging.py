"""What a request's texts ask for. Two contexts must meet for a refusal: somebody under age, and something sexual. Pure.

Either by itself passes: a portrait of a child, and what adults may ask of a site that allows it. The contexts meet
wherever they stand, also in two fields of one request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from ..ratings import Rating
from . import ages
from .lexicon import Kind
from .normalise import TO_LATIN, listed
from .words import Word, vocabulary, words_of

_NEGATORS = frozenset(listed("no not without never non nobody without any нет без не никаких"))
_NEGATED_TOGETHER = frozenset(listed("any a an the or and и или"))
_NEAR = 4
"""Within so many words an adult's age tells whose it is."""
_YOUNG = (Kind.CHILD, Kind.UNCLEAR, Kind.CHERUB)
_MASKS = (Kind.INNOCENT, Kind.CHERUB, Kind.ORDINARY)


class Context(StrEnum):
    UNDER_AGE = "under_age"
    SEXUAL = "sexual"


class Rule(StrEnum):
    UNDER_AGE = "under_age"
    UNCLEAR_AGE = "unclear_age"
    BLOCKED = "blocked"


class Lists:
    """An operator's own lists. Phrases to allow are taken out before those to block are looked for; neither has any
    part in the rules about children."""

    def __init__(self, block: Sequence[str] = (), allow: Sequence[str] = ()) -> None:
        self.block = {phrase: _skeleton(_texts(phrase)) for phrase in block}
        self.allow = [_skeleton(_texts(phrase)) for phrase in allow]

    def blocked(self, words: Sequence[str]) -> list[str]:
        """The phrases to block that stand in these words."""
        left = f" {_skeleton(words)} "
        for phrase in self.allow:
            left = left.replace(f" {phrase} ", " | ")
        return [phrase for phrase, skeleton in self.block.items() if f" {skeleton} " in left]


@dataclass(frozen=True)
class Verdict:
    """`spans` are the normalised words that led to it, by field. `contexts` tells what the texts speak of, whether
    refused or not, for whoever rates what is made of them."""

    rule: Rule | None
    contexts: frozenset[Context] = frozenset()
    spans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.rule is None


@dataclass(frozen=True)
class _Hit:
    kind: Kind
    start: int
    end: int


@lru_cache(maxsize=1 << 14)
def _meanings(word: str) -> tuple[str, ...]:
    return vocabulary().lexicon.meanings(word)


class _Reading:
    """One text with everything found in it."""

    def __init__(self, text: str) -> None:
        self.words: list[Word] = words_of(text)
        self.texts = [word.text for word in self.words]

    @cached_property
    def hits(self) -> list[_Hit]:
        found = [*self._phrases(), *self._ages()]
        masks = [hit for hit in found if hit.kind in _MASKS]
        return [hit for hit in found if hit in masks or not any(_within(hit, mask) for mask in masks)]

    @cached_property
    def stated(self) -> list[_Hit]:
        """Without what is only said not to be there, and without the unclear that is said to be of age."""
        asked = [hit for hit in self.hits if not self._is_negated(hit)]
        grown = [hit for hit in asked if hit.kind is Kind.ADULT]
        return [hit for hit in asked if hit.kind is not Kind.UNCLEAR or not any(_near(hit, adult) for adult in grown)]

    def of(self, hits: Sequence[_Hit], *kinds: Kind) -> list[str]:
        return [" ".join(self.texts[hit.start : hit.end]) for hit in hits if hit.kind in kinds]

    def _phrases(self) -> Iterator[_Hit]:
        lexicon = vocabulary().lexicon
        meanings = [_meanings(text) for text in self.texts]
        for start, own in enumerate(meanings):
            for phrase in lexicon.beginning_with(own, meanings[start + 1] if start + 1 < len(meanings) else ()):
                end = start + len(phrase.words)
                rest = zip(phrase.words[2:], meanings[start + 2 : end], strict=False)
                if end > len(meanings) or not all(word in meant for word, meant in rest):
                    continue
                if phrase.kind not in _MASKS or all(word.flows for word in self.words[start : end - 1]):
                    yield _Hit(phrase.kind, start, end)

    def _ages(self) -> Iterator[_Hit]:
        for age in ages.told(self.texts):
            yield _Hit(Kind.ADULT if age.adult else Kind.CHILD, age.start, age.end)

    def _is_negated(self, hit: _Hit) -> bool:
        """`no children`, `without any nudity`: directly before it, in the same phrase; who is under age must also end
        that phrase, because models draw what is named beside something else."""
        if hit.kind is Kind.BOTH or (
            hit.kind in _YOUNG and hit.end < len(self.words) and self.words[hit.end - 1].flows
        ):
            return False
        place = hit.start - 1
        while place >= 0 and self.words[place].flows and self.texts[place] in _NEGATED_TOGETHER:
            place -= 1
        return place >= 0 and self.words[place].flows and self.texts[place] in _NEGATORS


def judge(texts: Mapping[str, str], lists: Lists | None = None) -> Verdict:
    """Judge the texts of one request together, by field. What must not appear (negative prompts) is not among them."""
    readings = {name: _Reading(text) for name, text in texts.items()}
    kinds = {hit.kind for reading in readings.values() for hit in reading.stated}
    contexts = _contexts({hit.kind for reading in readings.values() for hit in reading.hits}, kinds)
    if rule := _rule(kinds):
        kinds_told = [kind for kind in Kind if kind not in (Kind.ADULT, Kind.INNOCENT, Kind.ORDINARY)]
        spans = {name: tuple(r.of(r.stated, *kinds_told)) for name, r in readings.items()}
        return Verdict(rule, contexts, {name: told for name, told in spans.items() if told})
    if lists is not None:
        blocked = {name: tuple(lists.blocked(reading.texts)) for name, reading in readings.items()}
        if any(blocked.values()):
            return Verdict(Rule.BLOCKED, contexts, {name: told for name, told in blocked.items() if told})
    return Verdict(None, contexts)


def judge_output(rating: Rating, contexts: frozenset[Context]) -> str | None:
    """Why an output is withheld: "policy" where it is rated above general and its texts speak of somebody under age.

    Stricter than `judge`: children who are only said to be absent count, because models draw what is named.
    """
    return "policy" if rating.above_general and Context.UNDER_AGE in contexts else None


def _rule(kinds: set[Kind]) -> Rule | None:
    sexual, bare = Kind.SEXUAL in kinds, Kind.BARE in kinds
    if Kind.BOTH in kinds or (Kind.CHILD in kinds and (sexual or bare)) or (Kind.CHERUB in kinds and sexual):
        return Rule.UNDER_AGE
    return Rule.UNCLEAR_AGE if Kind.UNCLEAR in kinds and (sexual or bare) else None


def _contexts(mentioned: set[Kind], stated: set[Kind]) -> frozenset[Context]:
    found = set()
    if mentioned & {Kind.CHILD, Kind.CHERUB, Kind.BOTH} or Kind.UNCLEAR in stated:
        found.add(Context.UNDER_AGE)
    if stated & {Kind.SEXUAL, Kind.BARE, Kind.BOTH}:
        found.add(Context.SEXUAL)
    return frozenset(found)


def _within(hit: _Hit, mask: _Hit) -> bool:
    return mask.start <= hit.start and hit.end <= mask.end


def _near(one: _Hit, other: _Hit) -> bool:
    return one.start - other.end <= _NEAR and other.start - one.end <= _NEAR


def has_words(phrase: str) -> bool:
    """Whether anything is left of a phrase that could be compared."""
    return bool(_texts(phrase))


def _texts(text: str) -> list[str]:
    return [word.text for word in words_of(text)]


def _skeleton(words: Sequence[str]) -> str:
    """Words that look the same are the same, whichever alphabets their letters are of."""
    return " ".join(words).translate(TO_LATIN)
