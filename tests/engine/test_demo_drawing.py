"""The trained demo models draw what they are asked for, and every parameter that has a meaning keeps it."""

import random
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

from generation.catalogue import get_model
from generation.engine import demo
from tools.demo_models.autoencoder import pixels
from tools.demo_models.drawing import drawer
from tools.demo_models.exam import questions
from tools.demo_models.judge import find, share_of
from tools.demo_models.render import render
from tools.demo_models.world import Scene, Thing, sample

STYLES = {model: style for model, style in {"pony": "cel", "flux": "lit"}.items() if (demo.SHIPPED / model).is_dir()}
GUIDANCE = {"pony": "cfg_scale", "flux": "guidance_scale"}
MODELS = pytest.mark.parametrize("model", STYLES)
PROMPT, COLOUR, SHAPE = "a large blue circle in the centre on a white background", "blue", "circle"
QUICK = {"steps": 14}
LEFT = {"pony": 0.7, "flux": 0.9}
"""How much of what a prompt asks for stays at most where the negative prompt forbids it; Flux has no CFG to lean on."""


@pytest.fixture(scope="module")
def draw(engine):
    """Pictures by model, prompt and what else is asked, each drawn once."""

    @cache
    def drawn(model, prompt, **changes):
        return drawer(engine, model)(prompt, **QUICK | changes)

    return drawn


@MODELS
def test_what_training_never_showed_is_drawn(draw, model):
    """A few of the questions that `python -m tests.bench demo` asks in full."""
    right = []
    for question in questions()[::11]:
        found = find(draw(model, question.prompt, seed=question.seed))
        right += [found is not None and getattr(found, name) == getattr(question, name) for name in ("colour", "place")]
    assert np.mean(right) > 0.8


@MODELS
def test_a_negative_red_lowers_red(draw, model):
    prompt, seeds = "a large heart in the centre on a grey background, red", range(3)
    plain, avoided = (
        np.mean([share_of(draw(model, prompt, seed=seed, negative_prompt=negative), "red") for seed in seeds])
        for negative in ("", "red")
    )
    assert plain > 0.02
    assert avoided < LEFT[model] * plain


@MODELS
def test_more_guidance_is_nearer_to_the_prompt(draw, model):
    """What is asked for stands out more from what another prompt would have drawn."""
    asked = ("a large yellow star in the centre on a black background", "yellow")
    shares = [
        np.mean([share_of(draw(model, asked[0], seed=seed, **{GUIDANCE[model]: scale}), asked[1]) for seed in range(3)])
        for scale in (1, get_model(model).parameter(GUIDANCE[model]).default)
    ]
    assert shares[0] < shares[1]


@MODELS
def test_denoising_leaves_the_picture_by_degrees(engine, model):
    source = render(Scene((Thing("square", "red", "large", "left"),), "cream", STYLES[model]), 512, 512)
    draw = drawer(engine, model)
    away = []
    for strength in (0.2, 0.5, 0.8, 1.0):
        drawn = draw(PROMPT, picture=Image.fromarray(source), denoising_strength=strength, **QUICK)
        away.append(np.abs(drawn.astype(float) - source).mean())
    assert away == sorted(away)
    assert away[0] < 0.4 * away[-1]
    found = find(drawn)
    assert (found.colour, found.place) == (COLOUR, "centre")


@pytest.mark.skipif("pony" not in STYLES, reason="its trained weights do not ship yet")
@pytest.mark.parametrize("clip_skip", [1, 2, 3, 4])
def test_each_layer_of_clip_knows_the_words(draw, clip_skip):
    found = find(draw("pony", PROMPT, clip_skip=clip_skip))
    assert found is not None
    assert (found.colour, found.shape, found.place) == (COLOUR, SHAPE, "centre")


@pytest.mark.parametrize(
    ("model", "sampler"),
    [(model, option.value) for model in STYLES for option in get_model(model).parameter("sampler").options],
)
def test_each_sampler_draws_it(draw, model, sampler):
    found = find(draw(model, PROMPT, sampler=sampler, seed=2))
    assert found is not None
    assert (found.colour, found.shape, found.place) == (COLOUR, SHAPE, "centre")


@MODELS
@pytest.mark.parametrize(("width", "height"), [(512, 768), (1024, 768)])
def test_each_size_holds_the_whole_thing(draw, model, width, height):
    found = find(draw(model, PROMPT, width=width, height=height))
    assert found is not None
    assert (found.colour, found.place, found.size) == (COLOUR, "centre", "large")


@MODELS
@torch.no_grad()
def test_pictures_survive_the_autoencoder(model):
    vae = demo.draw(get_model(model)).vae
    rng = random.Random("not of the training")
    squared = []
    for _ in range(12):
        picture = pixels([render(sample(rng, STYLES[model]), 512, 512)])
        decoded = vae.decode(vae.encode(picture).latent_dist.mode()).sample.clamp(-1, 1)
        squared.append(((decoded - picture) / 2).square().mean())
    assert -10 * torch.stack(squared).log10().mean() >= 30
