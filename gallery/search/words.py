"""Texts as words, the same on every database: lower case, without accents, and by their stems. Pure.

Stems are Snowball's (https://snowballstem.org): English for Latin letters, Russian for Cyrillic ones.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Protocol, cast

import snowballstemmer

LONGEST = 64
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ACCENT = re.compile("(?<=[a-z])[\u0300-\u036f]+")


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  (Snowball's own name)


def plain(text: str) -> str:
    """Without what people leave out when they type: capitals, accents on Latin letters, the dots on ё."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _ACCENT.sub("", decomposed)).replace("ё", "е")


def words(text: str) -> list[str]:
    """The words of a text in their order; `red_fox` and `red-fox` are two."""
    return [word[:LONGEST] for word in _WORD.findall(plain(text))]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """What the forms of a word have in common; the word is plain."""
    return _stemmer("russian" if _CYRILLIC.search(word) else "english").stemWord(word)


@cache
def _stemmer(language: str) -> _Stemmer:
    return cast(_Stemmer, snowballstemmer.stemmer(language))
