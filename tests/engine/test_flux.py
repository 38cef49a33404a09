"""Flux on its small model: what its parameters do to the pixels, beside what test_truth proves of each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxImg2ImgPipeline, FluxPipeline
from PIL import Image, ImageOps

from generation.catalogue import get_model
from generation.engine import demo
from generation.engine.api import Stage, Stopped
from generation.engine.loading import load
from generation.engine.pipelines.family import Preview, Variant
from generation.engine.pipelines.flux import Flux, strength
from generation.engine.weights import find
from generation.request import parse

MODEL = get_model("flux")
PLAIN = {
    "model": "flux",
    "mode": "text2image",
    "prompt": "a red teapot on a wooden table",
    "width": 512,
    "height": 512,
    "seed": 7,
    "steps": 10,
}
SOURCE = {"mode": "image2image", "reference_image": "0" * 64, "denoising_strength": 0.5}


@dataclass
class Drawing:
    """The pixels (height, width, 3) of one run, and what it told on its way."""

    pixels: np.ndarray
    stages: list[Stage]
    steps: list[tuple[int, int]]
    previews: list[Image.Image] = field(default_factory=list)


@pytest.fixture(scope="module")
def pipe(demo_dir: Path) -> FluxPipeline:
    demo.build(MODEL, demo_dir / MODEL.id)
    return loaded(demo_dir)


@pytest.fixture(scope="module")
def draw(pipe: FluxPipeline, picture: Callable[[str], Image.Image]) -> Callable[..., Drawing]:
    """Draws the plain request with some values changed."""

    def drawn(on: FluxPipeline = pipe, **changes: Any) -> Drawing:
        return run(on, picture, PLAIN | changes)

    return drawn


@pytest.fixture(scope="module")
def fresh(demo_dir: Path, pipe: FluxPipeline) -> FluxPipeline:
    """The same weights, read once more, for work that `pipe` did long ago."""
    return loaded(demo_dir)


@pytest.fixture(scope="module")
def plain(draw: Callable[..., Drawing]) -> Drawing:
    return draw()


def loaded(demo_dir: Path) -> Any:
    weights = find(MODEL, demo_dir, demo=True)
    assert weights is not None
    return load(weights, FluxPipeline, dtype=torch.float32)


def run(pipe: Any, picture: Callable[[str], Image.Image], data: dict[str, Any], stop_at: int = 0) -> Drawing:
    request = parse(data)
    drawing = Drawing(np.empty(0), [], [])

    def stepped(step: int, steps: int, preview: Preview | None) -> None:
        drawing.steps.append((step, steps))
        assert preview is not None
        drawing.previews.append(preview())
        if step == stop_at:
            raise Stopped

    family = Flux()
    embeddings = family.encode(pipe, request)
    frames = family.draw(pipe, Variant(request, request["seed"], picture, drawing.stages.append, stepped), embeddings)
    assert frames.dtype == np.uint8
    assert len(frames) == 1
    drawing.pixels = frames[0]
    return drawing


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Mean difference of pixel values, of 255."""
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize("prompt", ["a red teapot on a wooden tablet", "красный чайник на деревянном столе"])
def test_every_letter_of_any_script_counts(plain: Drawing, draw: Callable[..., Drawing], prompt: str) -> None:
    assert distance(draw(prompt=prompt).pixels, plain.pixels) > 1


def test_pictures_are_not_flat(plain: Drawing) -> None:
    assert np.ptp(plain.pixels) > 150
    assert plain.pixels.std() > 15


def test_the_negative_prompt_pushes_away_and_an_empty_one_is_none(plain: Drawing, draw: Callable[..., Drawing]) -> None:
    snow, smoke = (draw(negative_prompt=text).pixels for text in ("snow", "smoke and fog"))
    assert distance(snow, smoke) > 0.5
    assert np.array_equal(draw(negative_prompt="  ").pixels, plain.pixels)


def test_the_negative_prompt_costs_no_second_pass(pipe: FluxPipeline, draw: Callable[..., Drawing]) -> None:
    calls: list[int] = []
    watch = pipe.transformer.register_forward_hook(lambda module, args, output: calls.append(1))
    draw(negative_prompt="snow")
    watch.remove()
    assert len(calls) == PLAIN["steps"]


@pytest.mark.parametrize("sampler", ["Euler", "Euler a", "DPM++ 2M"])
@pytest.mark.parametrize("mode", [{}, SOURCE], ids=["text2image", "image2image"])
def test_the_same_request_gives_the_same_pixels(
    fresh: FluxPipeline, draw: Callable[..., Drawing], sampler: str, mode: dict[str, Any]
) -> None:
    """On a pipeline that did other work, and on one that was loaded on its own and did different work."""
    draw(**SOURCE | {"denoising_strength": 0.1}, negative_prompt="snow", sampler="Euler a", seed=3)
    pixels = draw(**mode, sampler=sampler).pixels
    assert np.array_equal(draw(fresh, **mode, sampler=sampler).pixels, pixels)


@pytest.mark.parametrize("mode", [{}, SOURCE], ids=["text2image", "image2image"])
def test_a_stopped_run_leaves_no_trace(
    pipe: FluxPipeline, picture: Callable[[str], Image.Image], draw: Callable[..., Drawing], mode: dict[str, Any]
) -> None:
    before = draw(**mode, sampler="DPM++ 2M")
    with pytest.raises(Stopped):
        run(pipe, picture, PLAIN | mode | {"negative_prompt": "snow", "sampler": "DPM++ 2M"}, stop_at=3)
    assert np.array_equal(draw(**mode, sampler="DPM++ 2M").pixels, before.pixels)


def test_progress_counts_real_steps(plain: Drawing, draw: Callable[..., Drawing]) -> None:
    assert plain.steps == [(step, 10) for step in range(1, 11)]
    assert plain.stages == [Stage.DENOISING, Stage.DECODING]
    assert draw(**SOURCE | {"denoising_strength": 0.3}).steps == [(1, 3), (2, 3), (3, 3)]


def test_previews_approach_the_picture(plain: Drawing) -> None:
    previews = [np.asarray(preview.resize((64, 64), Image.Resampling.BOX)) for preview in plain.previews]
    end = np.asarray(Image.fromarray(plain.pixels).resize((64, 64), Image.Resampling.BOX))
    assert plain.previews[0].mode == "RGB"
    assert distance(previews[-1], end) < 12
    assert distance(previews[-1], end) < distance(previews[4], end) < distance(previews[0], end)


def test_previews_are_optional(pipe: FluxPipeline, picture: Callable[[str], Image.Image], plain: Drawing) -> None:
    request = parse(PLAIN)
    family = Flux()
    variant = Variant(request, request["seed"], picture, lambda stage: None, lambda step, steps, preview: None)
    assert np.array_equal(family.draw(pipe, variant, family.encode(pipe, request))[0], plain.pixels)


def test_denoising_0_returns_the_source(draw: Callable[..., Drawing], landscape: Image.Image) -> None:
    drawing = draw(**SOURCE | {"denoising_strength": 0}, width=768)
    expected = ImageOps.fit(landscape, (768, 512), Image.Resampling.LANCZOS)
    assert np.array_equal(drawing.pixels, np.asarray(expected))
    assert drawing.steps == []


def test_more_denoising_changes_more(draw: Callable[..., Drawing], landscape: Image.Image) -> None:
    source = np.asarray(ImageOps.fit(landscape, (512, 512), Image.Resampling.LANCZOS))
    distances = [
        distance(draw(**SOURCE | {"denoising_strength": value}).pixels, source) for value in (0.05, 0.3, 0.65, 1.0)
    ]
    assert distances == sorted(distances)
    assert distances[-1] > 2 * distances[0]


def test_the_source_shows_below_full_strength_only(
    pipe: FluxPipeline, landscape: Image.Image, draw: Callable[..., Drawing]
) -> None:
    turned = landscape.transpose(Image.Transpose.ROTATE_180)

    def pixels(source: Image.Image, value: float) -> np.ndarray:
        return run(pipe, lambda sha256: source, PLAIN | SOURCE | {"denoising_strength": value}).pixels

    assert distance(pixels(landscape, 0.5), pixels(turned, 0.5)) > 5
    assert np.array_equal(pixels(landscape, 1.0), pixels(turned, 1.0))


def test_the_prompt_shows_in_image_to_image(draw: Callable[..., Drawing]) -> None:
    first, second = (draw(**SOURCE, prompt=text).pixels for text in ("a red teapot", "a blue robot in the snow"))
    assert distance(first, second) > 1
    assert distance(first, draw(**SOURCE, prompt="a red teapot", negative_prompt="snow").pixels) > 0.3


def test_any_denoising_takes_the_whole_part_of_its_steps(pipe: FluxPipeline) -> None:
    """And one step at least, for every pair of values that the form offers."""
    drawing = FluxImg2ImgPipeline(**pipe.components)
    for steps in range(10, 51):
        drawing.scheduler.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps), mu=1.0)
        for twentieths in range(1, 21):
            timesteps, count = drawing.get_timesteps(steps, strength(steps, twentieths / 20), "cpu")
            assert len(timesteps) == count == max(1, steps * twentieths // 20)
