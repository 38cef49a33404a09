"""Ages in figures and words, English and Russian: `12yo`, `aged twelve`, `she is 9`, `12-летняя`, `5th grade`. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .lexicon import forms_of
from .normalise import fold, listed

OF_AGE = 18
OLDEST = 120
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH = listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_RUSSIAN = listed(
    "один одного одному,два двух двум двумя,три трех трем тремя,четыре четырех четырем,пять пяти пятью,"
    "шесть шести шестью,"
    "семь семи семью,восемь восьми восемью,девять девяти девятью,десять десяти десятью,"
    "одиннадцать одиннадцати,двенадцать двенадцати,тринадцать тринадцати,четырнадцать четырнадцати,"
    "пятнадцать пятнадцати,шестнадцать шестнадцати,семнадцать семнадцати,восемнадцать восемнадцати,"
    "девятнадцать девятнадцати,двадцать двадцати",
    ",",
)
_RUSSIAN_STEMS = listed(
    "двух трех четырех пяти шести семи восьми девяти десяти одиннадцати двенадцати тринадцати четырнадцати пятнадцати "
    "шестнадцати семнадцати"
)
_ORDINALS = listed("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")

NUMBERS = {word: n for n, word in enumerate(_ENGLISH, 1)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
NUMBERS |= {fold(form): n for n, forms in enumerate(_RUSSIAN, 1) for form in forms.split()}

_YEAR_UNITS = frozenset({"year", "years", "yr", "yrs", "y"})
_MONTH_UNITS = frozenset({"month", "months", "mo", "mos", "week", "weeks"})
_OLD = frozenset({"old", "olds", "o", "aged", "young", "oldish"})
_YO = frozenset({"yo", "yro", "yearold", "yearsold", "yrold"})
_AGED = frozenset({"age", "aged", "ages", "возраст", "возраста", "возрасте"})
_BELOW = frozenset({"under", "below", "underage", "младше", "моложе", "до"}) | {"younger"}
_LET = frozenset(
    {"лет", "года", "год", "годик", "годика", "годиков", "годков", "годку", "летие", "летия", "годам", "годами"}
)
_LETNY = frozenset(forms_of("летн^")) | frozenset(forms_of("летк~")) | {"леток"}
_RUSSIAN_MONTHS = frozenset({"месяц", "месяца", "месяцев", "месячныи", "месячная"}) | frozenset(forms_of("месячн^"))
_PRONOUNS = frozenset({"she", "he", "im", "shes", "hes", "who", "they"})
_BEING = frozenset({"is", "was", "s", "are", "am", "turned", "turns", "turning", "just"})
_RUSSIAN_PRONOUNS = frozenset({"еи", "ему", "мне", "им", "которои", "которому", "исполнилось"})
_GRADES = frozenset({"grade", "grader", "graders", "grades", "graded"})
_CLASSES = frozenset({"класс", "класса", "классе", "классу", "классов"})
_LINKS = frozenset(
    {"of", "is", "about", "around", "только", "около", "всего", "примерно", "only", "just", "than", "the"}
)
_NOT_AN_AGE = frozenset(
    {"ago", "назад", "спустя", "тому", "подряд", "гарантии", "опыта", "later", "warranty", "вместе"}
)
_SINCE = frozenset({"через", "за", "на", "последние", "более", "спустя", "течение", "прошло", "пробег", "каждые"})
_THINGS = frozenset(
    fold(thing)
    for thing in listed(
        "whisky whiskey wine wines scotch rum brandy cognac port bourbon cheese house building car truck oak tree "
        "trees "
        "church castle cottage barn bridge bike motorcycle boat ship cat dog horse pony tortoise turtle elephant "
        "vinegar parmesan cheddar temple wall photograph bonsai вино вина виски коньяк коньяка выдержки дуб дуба дом "
        "дома кот кота собака собаки машина машины здание здания церковь виски ром"
    )
)
_UNITS = frozenset(
    listed(
        "m cm mm km k feet foot ft inches inch in meters metres minutes min mins seconds sec s hours hour h days "
        "percent "
        "degrees dollars euros people persons steps points pm am o clock times fps mm px метров метра минут секунд "
        "часов "
        "рублей градусов процентов человек км см"
    )
)

GRAMMAR = frozenset(
    {*NUMBERS, *_ORDINALS, *_YEAR_UNITS, *_MONTH_UNITS, *_OLD, *_YO, *_AGED, *_BELOW, *_LET, *_LETNY, *_RUSSIAN_MONTHS}
    | {*_GRADES, *_CLASSES, *_PRONOUNS, *_RUSSIAN_PRONOUNS, *_BEING}
    | {fold(stem) + ending for stem in _RUSSIAN_STEMS for ending in ("летн", "летк")}
) - {"s"}
"""The words that ages are told with. Whoever puts letters together must know them too."""

_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|ои|ыи|го|м|й)?")
_LETNY_WORD = re.compile(rf"(\d{{1,2}}|{'|'.join(map(fold, _RUSSIAN_STEMS))})(?:х|ти|и)?лет(?:н|к|ок)\w{{0,4}}")


@dataclass(frozen=True)
class Age:
    """An age told by the words from `start` to `end`. `years` is what they say; 0 for months, and for what is told by
    a school year, which no adult is in."""

    start: int
    end: int
    years: int

    @property
    def adult(self) -> bool:
        return self.years >= OF_AGE


def tells(word: str) -> bool:
    """Whether this is a word that ages are told with."""
    return word in GRAMMAR or ("лет" in word and _LETNY_WORD.fullmatch(word) is not None)


def number(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if len(word) < 4 else None
    return NUMBERS.get(word)


def told(words: Sequence[str]) -> Iterator[Age]:
    """Every age that these (normalised) words tell."""
    for place, word in enumerate(words):
        if word not in GRAMMAR and not word[0].isdecimal() and "лет" not in word:
            continue
        if (compound := _LETNY_WORD.fullmatch(word)) is not None:
            yield Age(place, place + 1, _stem_number(compound[1]))
        elif word in _ORDINALS or _ORDINAL.fullmatch(word):
            yield from _school_year(words, place)
        if word in _GRADES | _CLASSES and _at(words, place + 1, number) in range(1, 13):
            yield Age(place, place + 2, 0)
        if (years := number(word)) is None or years > OLDEST:
            continue
        if word in _TENS and (_at(words, place + 1, number) or OLDEST) < 10:
            continue  # the figure that follows says how many above twenty: this one says enough
        yield from _with_unit(words, place, years)
        yield from _with_lead(words, place, years)


def _with_unit(words: Sequence[str], place: int, years: int) -> Iterator[Age]:
    """`12 years old`, `12 yo`, `6 month old`, `12 лет`, `12 летняя`."""
    years = _with_tens(words, place, years)
    following = _word(words, place + 1)
    after = _word(words, place + 2)
    if following in _YO:
        end = place + 2
    elif following in _YEAR_UNITS | _MONTH_UNITS and after in _OLD:
        end = place + 3
        years = 0 if following in _MONTH_UNITS else years
    elif following in _LETNY:
        end = place + 2
    elif following in _LET | _RUSSIAN_MONTHS and not _is_span(words, place):
        end = place + 2
        years = 0 if following in _RUSSIAN_MONTHS else years
    else:
        return
    if _word(words, end) not in _THINGS | _NOT_AN_AGE:
        yield Age(place, end, years)


def _with_lead(words: Sequence[str], place: int, years: int) -> Iterator[Age]:
    """`aged 12`, `she is 12`, `under 18`, `лет 12`, `ей 12`. What follows must not measure something else."""
    following = _word(words, place + 1)
    if following in _UNITS | _THINGS | _NOT_AN_AGE or (
        following in _YEAR_UNITS - {"y"} and _word(words, place + 2) not in _OLD
    ):
        return
    start = place - 1
    while start > 0 and place - start < 4 and words[start] in _LINKS | _BEING:
        start -= 1
    lead = _word(words, start)
    if lead in _AGED or lead in _RUSSIAN_PRONOUNS or (lead in _LET and not _word(words, start - 1).isdecimal()):
        yield Age(start, place + 1, years)
    elif lead in _BELOW and years <= OF_AGE:
        yield Age(start, place + 1, years - 1)
    elif lead in _PRONOUNS and start < place - 1:
        yield Age(start, place + 1, years)


def _school_year(words: Sequence[str], place: int) -> Iterator[Age]:
    """`5th grade`, `first grader`, `5 класс`."""
    if _word(words, place + 1) in _GRADES | _CLASSES:
        yield Age(place, place + 2, 0)


def _is_span(words: Sequence[str], place: int) -> bool:
    """`за 5 лет`, `5 лет назад`: a time, not an age. Spans of 18 and more tell no child either way."""
    return _word(words, place - 1) in _SINCE or _word(words, place + 2) in _NOT_AN_AGE


def _with_tens(words: Sequence[str], place: int, years: int) -> int:
    before = _at(words, place - 1, number)
    return (
        years + (before or 0) if before in range(20, 100, 10) and years < 10 and words[place - 1] in NUMBERS else years
    )


def _stem_number(stem: str) -> int:
    return int(stem) if stem.isdecimal() else [fold(each) for each in _RUSSIAN_STEMS].index(stem) + 2


def _word(words: Sequence[str], place: int) -> str:
    return words[place] if 0 <= place < len(words) else ""


def _at(words: Sequence[str], place: int, read: Callable[[str], int | None]) -> int | None:
    return read(words[place]) if 0 <= place < len(words) else None
