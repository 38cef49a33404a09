"""Pony: what its parameters do to the pixels, beside what test_truth proves of each."""

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from generation.catalogue import get_model
from generation.engine.pipelines.sdxl import strength
from generation.request import parse

TEXT = {"model": "pony", "mode": "text2image", "prompt": "a red circle", "width": 512, "height": 512}
TEXT |= {"seed": 7, "steps": 10}
IMAGE = {**TEXT, "mode": "image2image", "reference_image": "a" * 64}
SAMPLERS = ("Euler a", "DPM++ 2M Karras", "DPM++ SDE Karras")


@pytest.fixture
def draw(make):
    """The pixels of one picture, as signed numbers."""

    def pixels(**asked):
        (result,) = make(**asked)
        with Image.open(result.path) as image:
            return np.asarray(image).astype(int)

    return pixels


def test_emphasis_changes_the_picture(draw):
    assert np.abs(draw(**TEXT) - draw(**{**TEXT, "prompt": "a (red:1.4) circle"})).mean() > 0.5


@pytest.mark.parametrize("asked", [TEXT, IMAGE], ids=["text2image", "image2image"])
def test_a_negative_prompt_acts_without_cfg_too_and_leaves_nothing_behind(draw, asked):
    plain = draw(**asked, cfg_scale=1)
    fog, robot = (draw(**asked, cfg_scale=1, negative_prompt=text) for text in ("fog", "a robot"))
    assert np.abs(fog - plain).mean() > 0.3
    assert np.abs(fog - robot).mean() > 0.3
    assert np.array_equal(draw(**asked, cfg_scale=1), plain)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("asked", [TEXT, IMAGE], ids=["text2image", "image2image"])
def test_the_same_request_gives_the_same_bits(make, asked, sampler):
    (first,), (again,) = (make(**asked, sampler=sampler) for _ in range(2))
    assert first.pixel_sha256 == again.pixel_sha256
    assert first.sha256 == again.sha256


def test_pictures_use_their_range(draw):
    pixels = draw(**TEXT)
    assert pixels.std() > 15
    assert ((pixels == 0) | (pixels == 255)).mean() < 0.5


def test_denoising_leads_away_from_the_source(draw, landscape):
    """The demo autoencoder keeps soft colours, so compare those."""
    soft = ImageOps.fit(landscape, (512, 512), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(16))
    source = np.asarray(soft).astype(int)
    away = [np.abs(draw(**IMAGE, denoising_strength=each) - source).mean() for each in (0.1, 0.3, 0.6, 1.0)]
    assert away == sorted(away)
    assert away[0] < 20 < away[-1]


def test_no_denoising_gives_the_source_back(draw, landscape):
    source = np.asarray(ImageOps.fit(landscape, (512, 512), Image.Resampling.LANCZOS))
    assert np.array_equal(draw(**IMAGE, denoising_strength=0), source)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_least_denoising_takes_one_step(draw, landscape, sampler):
    source = np.asarray(ImageOps.fit(landscape, (512, 512), Image.Resampling.LANCZOS)).astype(int)
    away = np.abs(draw(**IMAGE, denoising_strength=0.05, sampler=sampler) - source).mean()
    assert 0.1 < away < 30


@pytest.mark.parametrize("steps", [10, 29, 49, 50])
def test_strength_takes_the_whole_part_of_the_steps(steps):
    for hundredths in range(5, 101, 5):
        taken = int(steps * strength(steps, hundredths / 100))
        assert taken == max(1, steps * hundredths // 100)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("asked", [TEXT, IMAGE], ids=["text2image", "image2image"])
def test_progress_counts_the_calls_of_the_model(engine, picture, tmp_path, asked, sampler):
    calls, told = [], []
    unet = engine._residency.get(engine._weights(get_model("pony"))).unet
    hook = unet.register_forward_hook(lambda module, inputs, output: calls.append(1))
    run = engine.run(
        parse({**asked, "sampler": sampler}).replacing(width=128, height=128),
        picture=picture,
        out_dir=tmp_path,
        on_progress=lambda progress: told.append((progress.step, progress.steps)) if progress.step else None,
        should_stop=lambda: False,
    )
    list(run)
    hook.remove()
    assert told == [(call, len(calls)) for call in range(1, len(calls) + 1)]
    if asked is TEXT:
        assert len(calls) == (2 * 10 - 1 if sampler == "DPM++ SDE Karras" else 10)
