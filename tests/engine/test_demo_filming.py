"""The trained video demo models film what they are asked for; given frames and the motion score keep their meaning."""

import random

import numpy as np
import pytest
import torch
from PIL import Image

from generation.catalogue import get_model
from generation.engine import demo
from generation.engine.engine import Engine
from generation.engine.options import Options
from tools.demo_models.filming import filmer
from tools.demo_models.motion_exam import answered, questions
from tools.demo_models.motion_judge import movement
from tools.demo_models.render import render
from tools.demo_models.wan_motion import moment
from tools.demo_models.world import Motion, Scene, Thing, sample

STYLES = {"anisora": "cel", "phr00t": "lit"}
MODELS = pytest.mark.parametrize("model", STYLES)
FIRST, LAST = "a" * 64, "b" * 64
FRAMES = 33
PROMPT = "a large red circle in the centre moves from left to right on a white background"

pytestmark = pytest.mark.skipif(
    not all((demo.SHIPPED / model).is_dir() for model in STYLES), reason="the video demo models are not trained yet"
)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Short videos by model, prompt and what else is asked."""
    engine = Engine(demo.SHIPPED, tmp_path_factory.mktemp("none"), Options(device="cpu"))

    def filmed(model, prompt=PROMPT, **asked):
        return filmer(engine, model)(prompt, **{"num_frames": FRAMES} | asked)

    return filmed


def picture(style, frame, motion="right"):
    scene = Scene((Thing("circle", "red", "large", "centre"),), "white", style, Motion(motion, "normal"))
    return render(scene, 512, 512, moment(frame, FRAMES))


def likeness(one, other):
    """PSNR in dB."""
    return -20 * np.log10(np.sqrt(np.square(one.astype(float) - other).mean()) / 255)


@MODELS
def test_what_training_never_showed_is_filmed(film, model):
    """A few of the questions that `python -m tests.bench demo` asks in full."""
    asked = questions()[::15]
    right = [answered(each, film(model, each.prompt, seed=each.still.seed)) for each in asked]
    assert sum(len(each & {"motion", "colour"}) for each in right) >= 2 * len(asked) - 2


@MODELS
def test_first_and_last_frame_are_the_given_ones(film, model):
    first, last = picture(STYLES[model], 0), picture(STYLES[model], FRAMES - 1)
    frames = film(
        model,
        mode="first_last",
        first_frame=FIRST,
        last_frame=LAST,
        reference_strength=1.0,
        pictures={FIRST: Image.fromarray(first), LAST: Image.fromarray(last)},
    )
    assert likeness(frames[0], first) >= 25
    assert likeness(frames[-1], last) >= 25


def test_a_keyframe_in_the_middle_shows_at_its_frame(film):
    given = picture("cel", 16)
    keys = [{"frame_index": 16, "image": FIRST}]
    frames = film(
        "anisora", mode="arbitrary", keyframes=keys, reference_strength=1.0, pictures={FIRST: Image.fromarray(given)}
    )
    alike = [likeness(frame, given) for frame in frames]
    assert 12 <= int(np.argmax(alike)) <= 20
    assert alike[16] >= 25


@MODELS
def test_reference_strength_orders_the_distance(film, model):
    given = picture(STYLES[model], 0)
    away = [
        likeness(
            film(
                model,
                "a large blue square at the bottom stands still on a black background",
                mode="image2video",
                reference_image=FIRST,
                reference_strength=strength,
                denoising_strength=1.0,
                pictures={FIRST: Image.fromarray(given)},
            )[0],
            given,
        )
        for strength in (0.1, 1.0)
    ]
    assert away[0] < away[1]


def test_the_motion_score_orders_the_way(film):
    moved = [movement(film("anisora", motion_score=score, num_frames=49)) for score in (0.0, 2.0, 5.0)]
    ways = [each.way for each in moved if each is not None]
    assert len(ways) == 3
    assert ways == sorted(ways)
    assert ways[0] < 0.4 * ways[2]


@torch.no_grad()
@MODELS
def test_videos_survive_the_autoencoder(model):
    vae = demo.draw(get_model(model)).vae
    rng = random.Random("not of the training")
    squared = []
    for _ in range(6):
        scene = sample(rng, STYLES[model], moving=True)
        video = np.stack([render(scene, 512, 512, moment(36 + frame, 81)) for frame in range(5)])
        frames = torch.from_numpy(video).movedim(-1, 0)[None].float() / 127.5 - 1
        decoded = vae.decode(vae.encode(frames).latent_dist.mode()).sample.clamp(-1, 1)
        squared.append(((decoded - frames) / 2).square().mean())
    assert -10 * torch.stack(squared).log10().mean() >= 30
