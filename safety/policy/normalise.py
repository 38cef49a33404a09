"""Characters as they are meant: one plain letter for every dress that Unicode has for it. Pure.

What a person wrote is never changed by this; only what the rules read is.
"""

import re
import unicodedata
from typing import NamedTuple

_WEIGHT = re.compile(r":[ \t]{0,4}[+-]?[0-9.]{1,8}[ \t]{0,4}(?=[)\]>])")
"""The number in `(word:1.3)` and `<lora:name:0.8>`, which is no part of what is asked for."""
_CHUNK = re.compile(r"((?:[^\W_]+|[@$!|€+]+)+)")
_LATIN_NAME = re.compile(
    r"LATIN (?:SMALL|CAPITAL|LETTER SMALL CAPITAL)(?: LETTER)? (?:DOTLESS |SCRIPT |LONG )?([A-Z])\b"
)
_SQUARED = {0x1F130: 26, 0x1F150: 26, 0x1F170: 26, 0x1F1E6: 26}
"""Where alphabets in circles, squares and flags begin that Unicode does not call compatible with A to Z."""

_GREEK = dict(zip("αβγδεζηικλμνορστυχω", "abydezniklmvopstuxw", strict=True))
_OTHERS = dict(zip("աոսօցհքԁԛԝѕјһӏІ", "anuoghpdqwsjhll", strict=True)) | {"ς": "s", "ß": "ss", "æ": "ae", "œ": "oe"}
_EMOJI = {
    "👶": "baby",
    "👧": "child",
    "👦": "child",
    "🧒": "child",
    "🚸": "children",
    "🔞": "nsfw",
    "🍆": "emojiaubergine",
    "🍑": "emojipeach",
    "💦": "emojidrops",
    "🍌": "emojibanana",
    "👅": "emojitongue",
    "🍒": "emojicherries",
}

_MOST_LETTERS = 4
"""Of one character: some stand for whole sentences, which are none of ours."""

LEET_SYMBOLS = "@$!|€+"
TO_LATIN = str.maketrans("авсенкмортухіїѕјгпишьі", "abcehkmoptyxiisjrnuwbi")
TO_CYRILLIC = str.maketrans("abcehkmnoprtuwxyi", "авсенкмпоргтишхуі")
_LATIN_ALONE = frozenset("dfgjlqsvz")
"""What looks like no letter of the Cyrillic alphabet."""
_SHORT = 3
"""So few letters look like a word of the other alphabet by chance."""
LATIN_LEET = str.maketrans("0134578@$!|€+9l", "oieastbasiietgi")
"""l and i are one letter in it: 1, ! and | stand for both."""
CYRILLIC_LEETS = (str.maketrans("03469@$", "озчбдас"), str.maketrans("034618@$", "оеаблвас"))


class Chunk(NamedTuple):
    """Letters, digits and what stands for letters, in one piece, and what lies between it and the next."""

    text: str
    gap: str


class _Folding(dict[int, str]):
    """A table for `str.translate`, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold(chr(code))
        return folded


def _fold(character: str) -> str:
    if character in _EMOJI:
        return f" {_EMOJI[character]} "
    if character.isspace():
        return character
    if (squared := _from_alphabet(ord(character))) is not None:
        return squared
    plain = "".join(_fold_plain(part) for part in unicodedata.normalize("NFKD", character).casefold())
    return plain if len(plain) <= _MOST_LETTERS else character


def _fold_plain(character: str) -> str:
    """One decomposed character: without marks and what cannot be seen, look-alikes as the letters they look like."""
    if character.isascii():
        return character
    if unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf", "Cc", "Sk", "Co", "Cn"):
        return ""
    if found := _GREEK.get(character) or _OTHERS.get(character):
        return found
    named = _LATIN_NAME.match(unicodedata.name(character, ""))
    return named[1].lower() if named else character


def _from_alphabet(code: int) -> str | None:
    for start, length in _SQUARED.items():
        if start <= code < start + length:
            return chr(ord("a") + code - start)
    return None


_FOLDING = _Folding()


def listed(words: str, divider: str | None = None) -> list[str]:
    """Words that stand in one line of the source."""
    return words.split(divider)


def fold(text: str) -> str:
    """The text in plain lower-case letters: compatibility forms, marks, invisible characters and look-alikes gone,
    weights of the prompt syntax too, emoji as words. Cyrillic stays Cyrillic, with ё as е and й as и."""
    return _WEIGHT.sub(" ", text.translate(_FOLDING))


def chunks(folded: str) -> list[Chunk]:
    """What holds no letter and no digit belongs to the gap."""
    parts = _CHUNK.split(folded)
    found: list[Chunk] = []
    for text, gap in zip(parts[1::2], parts[2::2], strict=True):
        if text.isalnum() or text.strip(LEET_SYMBOLS):
            found.append(Chunk(text, gap))
        elif found:
            found[-1] = Chunk(found[-1].text, found[-1].gap + text + gap)
    return found


def alphabets(word: str) -> list[str]:
    """The word as it stands, and as look-alikes of the other alphabet could mean it."""
    if word.isascii():
        both = len(word) > _SHORT and _LATIN_ALONE.isdisjoint(word)
        return [word, word.translate(TO_CYRILLIC)] if both else [word]
    return [word, word.translate(TO_LATIN), word.translate(TO_CYRILLIC)]
