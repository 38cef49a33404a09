"""Scenes in words: many wordings, English and Russian, long and short.

What a caption leaves out is usually the plain case: a thing in the middle, of medium size.
"""

import random
from typing import Literal

from .words import ENGLISH, RUSSIAN, Lexicon
from .world import Scene, Thing

Language = Literal["en", "ru"]
_LEXICONS: dict[Language, Lexicon] = {"en": ENGLISH, "ru": RUSSIAN}


def caption(scene: Scene, rng: random.Random, language: Language | None = None) -> str:
    """One of many ways to say it; without a `language`, English more often than Russian."""
    lexicon = _LEXICONS[language or rng.choices(("en", "ru"), (3, 1))[0]]
    if len(scene.things) == 1 and scene.motion is None and rng.random() < 0.2:
        return _tags(scene, rng, lexicon)
    parts = [_subject(scene, rng, lexicon)] if scene.things else []
    if not scene.things or rng.random() < 0.75:
        parts.append(_background(scene, rng, lexicon))
    if scene.things and len(parts) == 2 and rng.random() < 0.2:
        parts.reverse()
    text = rng.choice((" ", ", ")).join(parts) if scene.things else parts[0]
    return _dressed(text, rng, lexicon)


def _tags(scene: Scene, rng: random.Random, lexicon: Lexicon) -> str:
    """A few words in any order, down to a single one."""
    (thing,) = scene.things
    noun = rng.choice(lexicon.nouns[thing.shape])
    colour = lexicon.adjective(rng.choice(lexicon.colours[thing.colour]), noun)
    tags = [
        rng.choice((colour, f"{colour} {noun.text}")),
        noun.text,
        rng.choice(lexicon.places[thing.place]),
        rng.choice(lexicon.backgrounds[scene.background]),
        lexicon.adjective(rng.choice(lexicon.sizes[thing.size]), noun),
        rng.choice(lexicon.trimmings),
    ]
    return ", ".join(rng.sample(tags, rng.choice((1, 2, 2, 3, 4, 5))))


def _subject(scene: Scene, rng: random.Random, lexicon: Lexicon) -> str:
    if len(scene.things) == 1:
        return _one(scene, scene.things[0], rng, lexicon)
    if rng.random() < 0.3 and lexicon.relations:
        return _related(scene.things, rng, lexicon)
    described = [_placed(thing, rng, lexicon, always=True) for thing in rng.sample(scene.things, 2)]
    return rng.choice(lexicon.joints).join(described)


def _one(scene: Scene, thing: Thing, rng: random.Random, lexicon: Lexicon) -> str:
    text = _placed(thing, rng, lexicon)
    if scene.motion is None:
        return text
    moves = rng.choice(lexicon.motions[scene.motion.kind])
    pace = rng.choice(lexicon.speeds[scene.motion.speed])
    moving = scene.motion.kind != "still"
    return " ".join(part for part in (text, moves, pace if moving else "") if part)


def _placed(thing: Thing, rng: random.Random, lexicon: Lexicon, always: bool = False) -> str:
    said = always or rng.random() < (0.4 if thing.place == "centre" else 0.93)
    text = _named(thing, rng, lexicon)
    if not said:
        return text
    place = rng.choice(lexicon.places[thing.place])
    return rng.choice((f"{text} {place}", f"{text} {place}", f"{text}, {place}"))


def _named(thing: Thing, rng: random.Random, lexicon: Lexicon) -> str:
    noun = rng.choice(lexicon.nouns[thing.shape])
    words = [lexicon.adjective(rng.choice(lexicon.colours[thing.colour]), noun)]
    if rng.random() < (0.35 if thing.size == "medium" else 0.85):
        words.insert(0, lexicon.adjective(rng.choice(lexicon.sizes[thing.size]), noun))
    name = " ".join([*words, noun.text])
    return lexicon.with_article(name, rng)


def _related(things: tuple[Thing, ...], rng: random.Random, lexicon: Lexicon) -> str:
    """One thing seen from the other."""
    first, second = rng.sample(things, 2)
    for word, phrases in lexicon.relations.items():
        if word in first.place.split() and word not in second.place.split() and len(first.place.split()) == 1:
            return f"{_named(first, rng, lexicon)} {rng.choice(phrases)} {_named(second, rng, lexicon)}"
    described = [_placed(thing, rng, lexicon, always=True) for thing in (first, second)]
    return rng.choice(lexicon.joints).join(described)


def _background(scene: Scene, rng: random.Random, lexicon: Lexicon) -> str:
    phrase = rng.choice(lexicon.backgrounds[scene.background])
    return phrase if scene.things else phrase.removeprefix(lexicon.before).strip()


def _dressed(text: str, rng: random.Random, lexicon: Lexicon) -> str:
    """With words around it that mean nothing here, as people write them."""
    if rng.random() < 0.25:
        text = f"{rng.choice(lexicon.openings)} {text}"
    if rng.random() < 0.15:
        text = f"{text} {rng.choice(lexicon.deeds)}"
    if rng.random() < 0.3:
        text = ", ".join([text, *rng.sample(lexicon.trimmings, rng.choice((1, 1, 2, 3)))])
    if rng.random() < 0.08:
        text = ", ".join([*rng.sample(lexicon.trimmings, 2), text])
    if rng.random() < 0.25:
        text = text[0].upper() + text[1:]
    return text + ("." if rng.random() < 0.2 else "")
