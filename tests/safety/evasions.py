"""Ways in which people dress words to slip past a filter. Each takes a prompt and gives one that reads the same."""

import random
import re
from collections.abc import Callable

Trick = Callable[[str], str]

_LOOKS_CYRILLIC = str.maketrans("aceopxy", "асеорху")
_LOOKS_LATIN = str.maketrans("асеорхук", "aceopxyk")
_GREEK = str.maketrans("aeiouvp", "αειουνρ")
_LATIN_LEET = str.maketrans("aeiost", "431057")
_CYRILLIC_LEET = str.maketrans("азоч", "@304")
_WORD = re.compile(r"[^\W\d_]{4,}")
_LONG = re.compile(r"[^\W\d_]{5,}")


def _each_word(change: Callable[[str], str]) -> Trick:
    return lambda prompt: _WORD.sub(lambda word: change(word[0]), prompt)


def _alternately(table: dict[int, int]) -> Trick:
    """Every other letter of a word, so that no alphabet is left whole."""
    return _each_word(lambda word: "".join(c.translate(table) if n % 2 else c for n, c in enumerate(word)))


def _shifted(start: int) -> Trick:
    def shift(prompt: str) -> str:
        return "".join(chr(start + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in prompt)

    return shift


def _between(mark: str) -> Trick:
    return _each_word(mark.join)


def _leet(word: str) -> str:
    changed = word.translate(_LATIN_LEET).translate(_CYRILLIC_LEET)
    return changed if any(c.isalpha() for c in changed) else word


def _drawn_out(word: str) -> str:
    place = random.Random(word).randrange(1, len(word) - 1)
    return word[:place] + word[place] * 3 + word[place:]


def _cut(prompt: str) -> str:
    return _LONG.sub(lambda word: f"{word[0][:2]} {word[0][2:]}", prompt)


def _spaced(prompt: str) -> str:
    return "   ".join(" ".join(word) for word in prompt.split())


TRICKS: dict[str, Trick] = {
    "as written": lambda prompt: prompt,
    "capitals": str.upper,
    "full width": lambda prompt: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in prompt),
    "bold": _shifted(0x1D41A),
    "fraktur": _shifted(0x1D51E),
    "in circles": _shifted(0x24D0),
    "in squares": _shifted(0x1F170),
    "Cyrillic look-alikes": lambda prompt: prompt.translate(_LOOKS_CYRILLIC),
    "Latin look-alikes": lambda prompt: prompt.translate(_LOOKS_LATIN),
    "look-alikes in between": lambda prompt: _alternately(_LOOKS_LATIN)(_alternately(_LOOKS_CYRILLIC)(prompt)),
    "Greek look-alikes": _alternately(_GREEK),
    "zero width": _between("\u200b"),
    "soft hyphens": _between("\u00ad"),
    "bidi marks": _between("\u202e\u202c"),
    "combining marks": _between("\u0336"),
    "accents": _each_word(lambda word: word.replace("a", "á").replace("e", "ë").replace("i", "î").replace("о", "о́")),
    "spaces": _spaced,
    "dots": _between("."),
    "hyphens": _between("-"),
    "underscores": _between("_"),
    "stars": _between("*"),
    "cut in two": _cut,
    "drawn out": _each_word(_drawn_out),
    "digits for letters": _each_word(_leet),
    "brackets inside": _each_word(lambda word: f"{word[:2]}({word[2:]})"),
    "weights": _each_word(lambda word: f"(({word}:1.3))"),
    "lines": lambda prompt: prompt.replace(" ", "\n"),
    "in much else": lambda prompt: f"{'a landscape with hills and rivers, ' * 20}{prompt}{', oil on canvas' * 20}",
}
