"""Phr00t: three modes on VACE, and what parameters do to the pixels, beside what test_truth proves of each."""

import numpy as np
import pytest
import torch
from diffusers import WanVACEPipeline
from diffusers.video_processor import VideoProcessor
from PIL import Image, ImageOps

from generation.catalogue import get_model
from generation.engine.api import Stage, Stopped
from generation.engine.demo import draw as draw_demo
from generation.engine.pipelines.wan_vace import WanVaceKeyframesPipeline, lighting
from generation.engine.samplers import rapid_scheduler

from .wan import FIRST, PICTURES, SECOND, SIDE, distance, draw, request

MODES = ["text2video", "image2video", "first_last"]


@pytest.fixture(scope="module")
def pipe():
    pipe = WanVaceKeyframesPipeline(**draw_demo(get_model("phr00t")).components)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module")
def experts(pipe):
    """The same as two experts: one transformer for high noise, another for the rest."""
    other = draw_demo(get_model("phr00t")).transformer
    with torch.no_grad():
        other.proj_out.weight.neg_()
    pipe = WanVaceKeyframesPipeline(**{**pipe.components, "transformer_2": other}, boundary_ratio=0.875)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def asked(mode="image2video", **values):
    return request("phr00t", mode, **values)


@pytest.mark.parametrize("mode", MODES)
def test_a_video_has_exactly_the_frames_that_were_asked_for(pipe, mode):
    """Every number of them is asked for in test_frame_counts."""
    pixels = draw(pipe, asked(mode, num_frames=18))
    assert pixels.shape == (18, SIDE, SIDE, 3)
    assert pixels.dtype == np.uint8
    assert pixels.std() > 20


@pytest.mark.parametrize("keys", [{}, {0: FIRST}, {0: FIRST, 16: SECOND}], ids=["none", "first", "first and last"])
def test_it_is_stock_bit_for_bit(pipe, keys):
    stock = WanVACEPipeline(**{**pipe.components, "scheduler": scheduler()})
    stock.set_progress_bar_config(disable=True)
    stock.vae_scale_factor_spatial = 32
    stock.video_processor = VideoProcessor(vae_scale_factor=32)
    pictures = {
        index: ImageOps.fit(PICTURES[sha256], (SIDE, SIDE), Image.Resampling.LANCZOS) for index, sha256 in keys.items()
    }
    video, mask = np.full((1, 17, SIDE, SIDE, 3), 0.5, np.float32), np.ones((1, 17, SIDE, SIDE, 3), np.float32)
    for index, picture in pictures.items():
        video[:, index], mask[:, index] = np.asarray(picture, np.float32) / 255, 0
    theirs = stock(video=video, mask=mask, **settings(stock.scheduler.generator)).frames

    drawing = WanVaceKeyframesPipeline(**{**pipe.components, "scheduler": scheduler()})
    drawing.set_progress_bar_config(disable=True)
    ours = drawing(keyframes=list(pictures.items()), **settings(drawing.scheduler.generator)).frames
    assert torch.equal(ours, theirs)


def scheduler():
    return rapid_scheduler(torch.Generator().manual_seed(7), 3.0)


def settings(generator):
    return {
        "prompt": "a fox dances in the snow",
        "height": SIDE,
        "width": SIDE,
        "num_frames": 17,
        "num_inference_steps": 4,
        "guidance_scale": 1.0,
        "conditioning_scale": 0.85,
        "generator": generator,
        "output_type": "latent",
    }


@pytest.mark.parametrize("mode", MODES)
def test_the_same_request_gives_the_same_bits(pipe, mode):
    first = draw(pipe, asked(mode))
    draw(pipe, asked("text2video", seed=9, negative_prompt="fog", lighting_variant="High Noise"))
    assert np.array_equal(first, draw(pipe, asked(mode)))
    assert np.array_equal(first, draw(draw_demo(get_model("phr00t")), asked(mode)))


def test_negative_guidance_leaves_nothing_behind(pipe):
    before = draw(pipe, asked())
    draw(pipe, asked(negative_prompt="fog, rain"))
    assert np.array_equal(before, draw(pipe, asked()))


def test_without_reference_strength_the_pictures_do_not_matter(pipe):
    loose = {"reference_strength": 0}
    assert np.array_equal(draw(pipe, asked("first_last", **loose)), draw(pipe, asked("text2video")))
    assert np.array_equal(draw(pipe, asked(denoising_strength=1, **loose)), draw(pipe, asked("text2video")))


def test_denoising_strength_orders_the_way_from_the_source(pipe):
    source = np.asarray(ImageOps.fit(PICTURES[FIRST], (SIDE, SIDE), Image.Resampling.LANCZOS))
    distances = [distance(source, draw(pipe, asked(denoising_strength=strength))) for strength in (0, 0.05, 0.2, 0.6)]
    assert distances == sorted(distances)
    assert distances[0] < 20 < distances[-1]


def test_lighting_is_a_shift_for_one_transformer_and_a_boundary_for_two(pipe, experts):
    low, high = (lighting(pipe, variant) for variant in ("Low Noise", "High Noise"))
    assert (low, high) == ((3.0, None), (8.0, None))
    low, high = (lighting(experts, variant) for variant in ("Low Noise", "High Noise"))
    assert low[0] == high[0]
    assert low[1] > high[1]


def test_high_noise_gives_the_expert_of_high_noise_more_steps(experts):
    calls = {"high": 0, "low": 0}

    def count(name):
        return lambda *_: calls.update({name: calls[name] + 1})

    hooks = [
        experts.transformer.register_forward_hook(count("high")),
        experts.transformer_2.register_forward_hook(count("low")),
    ]
    try:
        draw(experts, asked("text2video"))
        assert calls == {"high": 2, "low": 2}
        calls.update(high=0, low=0)
        draw(experts, asked("text2video", lighting_variant="High Noise"))
        assert calls == {"high": 3, "low": 1}
    finally:
        for hook in hooks:
            hook.remove()
    assert experts.config.boundary_ratio == 0.875


def test_steps_are_reported_with_previews(pipe):
    steps, stages, previews = [], [], []

    def stepped(step, count, preview):
        steps.append((step, count))
        previews.append(preview())

    draw(pipe, asked("first_last"), stepped, stages.append)
    assert steps == [(step, 4) for step in range(1, 5)]
    assert stages == [Stage.DENOISING, Stage.DECODING]
    assert len({preview.tobytes() for preview in previews}) == 4


@pytest.mark.parametrize("values", [{}, {"negative_prompt": "fog"}], ids=str)
def test_a_stopped_run_leaves_the_pipeline_as_it_was(pipe, values):
    before = draw(pipe, asked())

    def stop(step, count, preview):
        if step == 2:
            raise Stopped

    with pytest.raises(Stopped):
        draw(pipe, asked(**values), stop)
    assert np.array_equal(before, draw(pipe, asked()))
