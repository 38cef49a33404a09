"""Where memory runs out, a run goes on with less of it, to the same bits, or says what would fit."""

from itertools import count

import pytest
import torch
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

from generation.engine import memory
from generation.engine.api import OutOfMemory, Stage
from generation.engine.engine import OUT_OF_MEMORY, TOO_LARGE, TOO_MANY_FRAMES, Engine
from generation.engine.options import MemoryProfile, Options
from generation.request import parse

FULL, BALANCED, LOW = MemoryProfile
VIDEO = {"model": "phr00t", "mode": "text2video", "prompt": "a fox dances", "seed": 7, "width": 512, "height": 512}
IMAGE = {"model": "flux", "mode": "text2image", "prompt": "a fox", "seed": 7, "steps": 10, "width": 768, "height": 512}


class Pressed(Engine):
    """An engine whose denoisers run out of memory on latents with more elements than fit beside a profile's weights."""

    room: dict[MemoryProfile, float] = {}
    largest = 0

    def _load(self, weights):
        pipe = super()._load(weights)
        profile = memory.profile_of(pipe)
        for denoiser in memory.denoisers(pipe):
            denoiser.register_forward_pre_hook(lambda *given: self.press(profile, *given), with_kwargs=True)
        return pipe

    def press(self, profile, module, args, kwargs):
        elements = kwargs["hidden_states"].numel()
        if elements > self.room.get(profile, float("inf")):
            raise torch.OutOfMemoryError
        self.largest = max(self.largest, elements)


@pytest.fixture
def pressed(demo_dir, tmp_path):
    return Pressed(tmp_path, demo_dir, Options(device="cpu"))


@pytest.fixture
def offloading(monkeypatch):
    """Weights of the CPU may lie elsewhere too: in main memory, as those of a GPU."""
    monkeypatch.setattr(memory, "offloads", lambda device: True)


@pytest.fixture
def run(picture, tmp_path):
    def start(engine, asked, told=None, **options):
        results = engine.run(
            parse(asked),
            picture=picture,
            out_dir=tmp_path,
            on_progress=lambda progress: told.append(progress) if told is not None else None,
            should_stop=lambda: False,
            **options,
        )
        return list(results)

    return start


@pytest.mark.parametrize("asked", [VIDEO | {"num_frames": 17}, IMAGE], ids=["video", "image"])
def test_a_run_goes_on_one_profile_lower_to_the_same_bits(run, engine, pressed, offloading, asked):
    calm, told = run(engine, asked), []
    pressed.room = {FULL: 0}
    recovered = run(pressed, asked, told)
    assert [each.pixel_sha256 for each in recovered] == [each.pixel_sha256 for each in calm]
    assert [each.sha256 for each in recovered] == [each.sha256 for each in calm]
    assert {each.receipt["memory"]["profile"] for each in recovered} == {"balanced"}
    assert {each.receipt["memory"]["profile"] for each in calm} == {"full"}
    loading = [progress for progress in told if progress.stage is Stage.LOADING]
    assert len(loading) == 2
    (again,) = run(pressed, asked, told)
    assert again.pixel_sha256 == calm[0].pixel_sha256
    assert len([progress for progress in told if progress.stage is Stage.LOADING]) == 2, "it stays as it is"


def test_what_is_finished_is_not_made_again(run, engine, pressed, offloading):
    calm = run(engine, IMAGE | {"batch_size": 2})
    calls = count(1)

    def exhaust(*given):
        if next(calls) == 15:
            raise torch.OutOfMemoryError

    pressed.press = exhaust
    recovered = run(pressed, IMAGE | {"batch_size": 2})
    assert [each.variant for each in recovered] == [0, 1]
    assert [each.receipt["memory"]["profile"] for each in recovered] == ["full", "balanced"]
    assert [each.pixel_sha256 for each in recovered] == [each.pixel_sha256 for each in calm]


def test_the_lowest_profile_is_reached_step_by_step(run, pressed, offloading):
    pressed.room = {FULL: 0, BALANCED: 0}
    (result,) = run(pressed, IMAGE)
    assert result.receipt["memory"] == {"profile": "low", "storage": "float8_e4m3fn", "tiles_beyond": 512}


def test_a_video_that_does_not_fit_is_told_how_many_frames_should(run, pressed, offloading):
    run(pressed, VIDEO | {"num_frames": 17})
    pressed.room = dict.fromkeys(MemoryProfile, pressed.largest)
    with pytest.raises(OutOfMemory) as refused:
        run(pressed, VIDEO | {"num_frames": 41})
    assert refused.value.suggestion == {"num_frames": 17}
    assert str(refused.value) == f"{TOO_MANY_FRAMES}\n17"
    assert pressed.loaded == []
    (result,) = run(pressed, VIDEO | refused.value.suggestion)
    assert result.frames == 17


def test_an_image_that_does_not_fit_is_told_a_size_that_should(run, pressed):
    """The CPU has no lower profile: it says so at once."""
    pressed.room = {FULL: 0}
    with pytest.raises(OutOfMemory) as refused:
        run(pressed, IMAGE | {"height": 1024})
    assert refused.value.suggestion == {"width": 512, "height": 768}
    assert str(refused.value) == f"{TOO_LARGE}\n512 × 768"
    with pytest.raises(OutOfMemory, match=OUT_OF_MEMORY) as refused:
        run(pressed, IMAGE | {"width": 512})
    assert refused.value.suggestion is None
    pressed.room = {}
    assert run(pressed, IMAGE)


def test_the_receipt_tells_all_that_changes_bits(run, demo_dir, tmp_path):
    options = Options(device="cpu", first_block_cache=0.2, attention="_native_math")
    try:
        (result,) = run(Engine(tmp_path, demo_dir, options), IMAGE)
    finally:
        _AttentionBackendRegistry.set_active_backend(AttentionBackendName.NATIVE)
    told = {name: result.receipt[name] for name in ("memory", "dtype", "attention", "first_block_cache", "compiled")}
    assert told == {
        "memory": {"profile": "full", "storage": "float32", "tiles_beyond": None},
        "dtype": "float32",
        "attention": "_native_math",
        "first_block_cache": 0.2,
        "compiled": False,
    }
