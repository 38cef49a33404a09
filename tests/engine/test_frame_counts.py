"""Exactly as many frames as were asked for, in every mode: drawn by the real families with the smallest networks."""

from functools import cache

import av
import numpy as np
import pytest
from diffusers import AutoencoderKLWan

from containers import Embedded
from generation.catalogue import Integer, Keyframes, get_model
from generation.engine.media import save
from generation.engine.pipelines import family_of, wan_keyframes, wan_vace
from generation.engine.pipelines.family import Variant
from generation.engine.pipelines.videos import padded
from generation.engine.pipelines.wan_keyframes import WanKeyframesPipeline
from generation.engine.pipelines.wan_vace import WanVaceKeyframesPipeline
from tests.engine import small, wan

SIDE = 16
STRIDES = {"anisora": wan_keyframes.STRIDE, "phr00t": wan_vace.STRIDE}
PAIRS = [(model, mode.id) for model in STRIDES for mode in get_model(model).modes]
frames_of = get_model("anisora").parameter("num_frames")
assert isinstance(frames_of, Integer)
COUNTS = range(int(frames_of.minimum), int(frames_of.maximum) + 1)
SAMPLE = [16, 17, 18, 161]


@cache
def pipeline(model: str):
    """The family's pipeline, with an autoencoder of as few layers as its class allows."""
    if model == "anisora":
        kind, pipe = WanKeyframesPipeline, small.wan_image_to_video()
    else:
        kind, pipe = WanVaceKeyframesPipeline, small.wan_vace()
    vae = AutoencoderKLWan(
        base_dim=2,
        z_dim=small.LATENTS,
        dim_mult=[1, 1, 1],
        num_res_blocks=0,
        temperal_downsample=[True, True],
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_spatial=8,
        latents_mean=[0.0] * small.LATENTS,
        latents_std=[1.0] * small.LATENTS,
    )
    return kind(**{**pipe.components, "vae": vae.eval()}, boundary_ratio=pipe.config.boundary_ratio)


@cache
def embeddings(model: str):
    request = wan.request(model, "text2video", SIDE)
    return family_of(request.model).encode(pipeline(model), request)


def drawn(model: str, mode: str, frames: int) -> np.ndarray:
    """In a single step: the number of frames does not depend on it."""
    request = wan.request(model, mode, SIDE, num_frames=frames).replacing(steps=1)
    variant = Variant(request, 7, wan.PICTURES.__getitem__, lambda stage: None, lambda step, steps, preview: None)
    return family_of(request.model).draw(pipeline(model), variant, embeddings(model))


@pytest.mark.parametrize("model", STRIDES)
def test_from_every_length_that_a_model_draws_as_many_frames_as_asked_are_left(model):
    """In one mode or another, with each number of frames that may be left out in turn."""
    stride, modes = STRIDES[model], [mode.id for mode in get_model(model).modes]
    lengths = sorted({padded(frames, stride) for frames in COUNTS})
    wanted = [length - number % stride for number, length in enumerate(lengths)]
    assert {padded(frames, stride) for frames in wanted} == set(lengths)
    assert [len(drawn(model, modes[frames % len(modes)], frames)) for frames in wanted] == wanted


@pytest.mark.parametrize(("model", "mode"), PAIRS)
def test_every_mode_draws_as_many_frames_as_asked(model, mode):
    for frames in SAMPLE:
        assert drawn(model, mode, frames).shape == (frames, SIDE, SIDE, 3)


@pytest.mark.parametrize("model", STRIDES)
def test_frames_that_are_left_out_change_nothing_before_them(model):
    """The model draws up to its next whole stride; what is given back is the beginning of that."""
    stride = STRIDES[model]
    for frames in (16, 18, stride * 5 + 2):
        whole = drawn(model, "image2video", padded(frames, stride))
        assert np.array_equal(drawn(model, "image2video", frames), whole[:frames])


@pytest.mark.parametrize("model", STRIDES)
def test_for_every_number_the_model_draws_enough_and_has_room_for_both_ends(model):
    stride = STRIDES[model]
    keyframes = get_model("anisora").parameter("keyframes")
    assert isinstance(keyframes, Keyframes)
    for frames in COUNTS:
        assert 0 <= padded(frames, stride) - frames < stride
        assert padded(frames, stride) % stride == 1
        assert keyframes.snapped([0, frames - 1], frames) == [0, frames - 1]


@pytest.mark.parametrize("form", ["mp4", "webm", "gif"])
def test_files_hold_every_frame(tmp_path, form):
    """Of a still too, where encoders like to leave frames out."""
    chance = np.random.default_rng(7)
    for frames in SAMPLE:
        moving = chance.integers(0, 256, (frames, 32, 32, 3), dtype=np.uint8)
        for name, pixels in (("moving", moving), ("still", np.repeat(moving[:1], frames, axis=0))):
            save(pixels, tmp_path / name, form, 16, Embedded(text="a fox", json="{}"))
            with av.open(tmp_path / name) as container:
                assert sum(1 for _ in container.decode(video=0)) == frames
