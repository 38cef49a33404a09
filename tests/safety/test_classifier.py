import random
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from safety.classifier import OPEN_NSFW, load
from safety.classifier.open_nsfw import EXPLICIT_FROM, MATURE_FROM, rating_of
from safety.ratings import Rating
from tools.demo_models import render, world


@pytest.fixture(scope="module")
def classifier():
    return load(OPEN_NSFW)


def scenes(count: int) -> list[Image.Image]:
    """Pictures from the world that the demo models learn: shapes, animals and teapots before landscapes."""
    chance = random.Random(7)
    styles = ["cel", "lit"] * (count // 2)
    return [Image.fromarray(render.render(world.sample(chance, style), 256, 256)) for style in styles]


def gradients() -> list[Image.Image]:
    bands = np.linspace(0, 255, 320 * 240).reshape(240, 320).astype(np.uint8)
    checks = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(checks).rectangle((0, 0, 128, 128), "navy")
    return [Image.fromarray(bands), Image.linear_gradient("L").resize((512, 768)), Image.new("RGB", (64, 64)), checks]


def test_what_the_demo_models_make_and_plain_gradients_are_general(classifier):
    for image in [*scenes(10), *gradients()]:
        judgement = classifier.rate([image])
        assert judgement.rating == Rating.GENERAL, judgement


def test_a_video_is_as_its_worst_frame(classifier):
    frames = [*scenes(4), *gradients()]
    alone = [classifier.rate([frame]).facts["nsfw"] for frame in frames]
    assert classifier.rate(frames).facts["nsfw"] == pytest.approx(max(alone), abs=1e-3)
    assert min(alone) < max(alone)


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        (0.0, Rating.GENERAL),
        (MATURE_FROM - 0.001, Rating.GENERAL),
        (MATURE_FROM, Rating.MATURE),
        (EXPLICIT_FROM - 0.001, Rating.MATURE),
        (EXPLICIT_FROM, Rating.EXPLICIT),
        (1.0, Rating.EXPLICIT),
    ],
)
def test_scores_become_ratings_at_the_thresholds(score, rating):
    assert rating_of(score) == rating


@pytest.mark.parametrize("path", ["nowhere.Classifier", "safety.classifier.Nobody", "Classifier"])
def test_a_classifier_that_is_not_there_is_named(path):
    with pytest.raises(ImportError):
        load(path)


def test_only_who_rates_loads_the_runtime():
    known = "import sys, safety.classifier.open_nsfw; print('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", known], capture_output=True, text=True).stdout == "False\n"
