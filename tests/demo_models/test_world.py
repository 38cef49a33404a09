"""The world that demo models learn: scenes, their words, their pixels, and the judge who shares none of it."""

import random
from itertools import product

import numpy as np
import pytest

from tools.demo_models.captions import caption
from tools.demo_models.exam import QUESTIONS, questions
from tools.demo_models.judge import find, share_of
from tools.demo_models.render import render
from tools.demo_models.vocabulary import clip_tokenizer, t5_tokenizer
from tools.demo_models.world import (
    BACKGROUNDS,
    COLOURS,
    PLACES,
    PLAIN_SHAPES,
    SHAPES,
    Motion,
    Scene,
    Thing,
    held_out,
    held_out_combinations,
    sample,
)

STYLES = pytest.mark.parametrize("style", ["cel", "lit"])
TEXTS = ("a red circle", "Огромная лиса, ёлка", "龍 🦊 x — “naïve”", "")


def test_training_never_sees_what_is_held_out():
    rng = random.Random(1)
    things = [thing for _ in range(2000) for thing in sample(rng, "cel").things]
    assert not any(held_out(thing) for thing in things)
    assert {thing.shape for thing in things} == set(SHAPES)
    assert {thing.colour for thing in things} == set(COLOURS)
    assert {thing.place for thing in things} == set(PLACES)


def test_every_shape_colour_and_place_is_seen_with_others():
    kept = set(held_out_combinations())
    for part, names in enumerate((SHAPES, COLOURS, PLACES)):
        for name in names:
            having = [each for each in product(SHAPES, COLOURS, PLACES) if each[part] == name]
            assert 0 < len(kept & set(having)) < len(having) / 4


def test_the_exam_asks_only_for_what_is_held_out():
    asked = questions()
    assert len(asked) == len({question.prompt for question in asked}) == QUESTIONS
    assert all(held_out(Thing(each.shape, each.colour, each.size, each.place)) for each in asked)


@STYLES
def test_the_judge_reads_what_is_rendered(style):
    for index, question in enumerate(questions()):
        thing = Thing(question.shape, question.colour, question.size, question.place)
        background = "black" if question.colour == "white" else ("white", "light blue", "grey")[index % 3]
        found = find(render(Scene((thing,), background, style), 384, 384))
        assert found is not None
        assert (found.colour, found.shape, found.place, found.size) == (
            question.colour,
            question.shape,
            question.place,
            question.size,
        )


@STYLES
def test_the_judge_finds_nothing_where_nothing_is(style):
    assert find(render(Scene((), "cream", style), 256, 256)) is None


def test_the_judge_measures_shares_of_colours():
    picture = render(Scene((Thing("square", "red", "large", "centre"),), "white", "cel"), 256, 256)
    assert 0.1 < share_of(picture, "red") < 0.2
    assert share_of(picture, "blue") == 0


@STYLES
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_scene_is_the_same_every_time_and_at_every_size(style, background):
    scene = Scene((Thing("fox", "orange", "medium", "left"),), background, style, seed=5)
    small, large = render(scene, 192, 128), render(scene, 384, 256)
    assert np.array_equal(small, render(scene, 192, 128))
    assert np.abs(large.reshape(128, 2, 192, 2, 3).mean(axis=(1, 3)) - small).mean() < 6


@pytest.mark.parametrize(
    ("kind", "axis", "sign"), [("right", "x", 1), ("left", "x", -1), ("up", "y", -1), ("down", "y", 1)]
)
def test_things_move_as_they_are_told(kind, axis, sign):
    scene = Scene((Thing("star", "yellow", "small", "centre"),), "black", "cel", Motion(kind))
    first, last = (find(render(scene, 256, 256, time)) for time in (0, 1))
    assert sign * (getattr(last, axis) - getattr(first, axis)) > 0.2


def test_captions_are_many_and_in_two_languages():
    scene = Scene((Thing("heart", "red", "large", "left"),), "white", "cel")
    rng = random.Random(2)
    english = {caption(scene, rng, "en") for _ in range(300)}
    assert len(english) > 150
    assert all(text.isascii() for text in english)
    assert any("красное сердце" in caption(scene, rng, "ru") for _ in range(50))


@pytest.mark.parametrize("tokenizer", [clip_tokenizer, t5_tokenizer])
def test_words_of_the_world_are_one_token_and_any_text_can_be_read(tokenizer):
    reader = tokenizer()
    for shape in PLAIN_SHAPES:
        assert len(reader.tokenize(f"red {shape}")) == 2
    for text in TEXTS:
        ids = reader(text)["input_ids"]
        assert reader.unk_token_id not in ids or tokenizer is clip_tokenizer
        assert reader.decode(ids, skip_special_tokens=True).replace(" ", "").lower() == text.replace(" ", "").lower()
