"""Memory profiles: which is chosen, where weights lie, and that pictures stay what they were."""

import numpy as np
import pytest
import torch

from generation.catalogue import models
from generation.engine import memory
from generation.engine.adapters import wear
from generation.engine.cache import encoding_once
from generation.engine.demo import draw as draw_demo
from generation.engine.engine import Engine
from generation.engine.loras import folder
from generation.engine.memory import Footprint, Sizes, choose
from generation.engine.options import MemoryProfile, Options
from generation.engine.pipelines import family_of
from generation.engine.previews import preview
from generation.request import parse

from . import loras, wan
from .away import nothing_away_is_touched

GB = 10**9
CPU = torch.device("cpu")
FULL, BALANCED, LOW = MemoryProfile
WITH_PICTURE = {"pony": "image2image", "flux": "image2image", "anisora": "first_last", "phr00t": "first_last"}


def placed(model_id: str, profile: MemoryProfile):
    model = models()[model_id]
    pipe = family_of(model).pipeline_class(**draw_demo(model).components)
    pipe.set_progress_bar_config(disable=True)
    memory.place(pipe, profile, CPU, torch.float32)
    return pipe


def asked(model_id: str, side: int = 128, **values):
    """With a picture and a negative prompt, so that everything of the model works."""
    values = {"negative_prompt": "fog", **values}
    if models()[model_id].type == "video":
        return wan.request(model_id, WITH_PICTURE[model_id], side=side, **values)
    request = {"model": model_id, "mode": "image2image", "prompt": "a fox", "seed": 7, "steps": 10}
    return parse(request | {"reference_image": wan.FIRST} | values).replacing(width=side, height=side)


@pytest.mark.parametrize(
    ("total", "largest", "free", "headroom", "chosen"),
    [
        (7, 5, 12, 3, FULL),
        (7, 5, 10, 3, FULL),
        (7, 5, 9, 3, BALANCED),
        (7, 5, 8, 3, BALANCED),
        (7, 5, 7, 3, LOW),
        (34, 24, 48, 3, FULL),
        (34, 24, 32, 3, BALANCED),
        (34, 24, 24, 3, LOW),
        (69, 29, 96, 11, FULL),
        (69, 29, 79, 11, BALANCED),
        (69, 29, 48, 11, BALANCED),
        (69, 29, 24, 11, LOW),
        (69, 29, 0, 11, LOW),
    ],
)
def test_the_profile_follows_from_free_memory(total, largest, free, headroom, chosen):
    assert choose(Sizes(total * GB, largest * GB, GB), free * GB, headroom * GB) is chosen


@pytest.mark.parametrize("model_id", ["pony", "phr00t"])
def test_an_engine_goes_by_what_is_free_unless_it_is_told(model_id, demo_dir, tmp_path, monkeypatch):
    """On a CPU that is taken for a GPU with so much memory."""
    model = models()[model_id]
    sizes, headroom = memory.sizes_of(draw_demo(model)), memory.HEADROOM[model.type]
    whole, largest = sizes.total + headroom, sizes.largest + headroom
    monkeypatch.setattr(memory, "offloads", lambda device: True)
    found = []
    for free, told in [(whole, None), (whole - 1, None), (largest, None), (largest - 1, None), (whole, LOW), (0, FULL)]:
        monkeypatch.setattr(memory, "free_on", lambda device, free=free: free)
        engine = Engine(tmp_path, demo_dir, Options(device="cpu", memory=told))
        found.append(memory.profile_of(engine._residency.get(engine._weights(model))))
    assert found == [FULL, BALANCED, BALANCED, LOW, LOW, FULL]


def test_profiles_go_down_one_by_one():
    assert (FULL.below, BALANCED.below, LOW.below) == (BALANCED, LOW, None)


@pytest.mark.parametrize("model_id", models())
def test_a_pipeline_tells_its_profile_and_takes_no_more_than_it_says(model_id):
    full, balanced, low = (placed(model_id, profile) for profile in MemoryProfile)
    assert [memory.profile_of(pipe) for pipe in (full, balanced, low)] == list(MemoryProfile)
    assert [memory.storage_of(pipe) for pipe in (full, balanced, low)] == [torch.float32, torch.float32, memory.STORAGE]
    assert memory.footprint(full) == memory.footprint(balanced) == Footprint(main=memory.sizes_of(full).total)
    assert memory.footprint(low).main < memory.footprint(full).main
    assert max(memory.at_work(low, LOW), memory.at_work(full, BALANCED)) < memory.at_work(full, FULL)
    assert [memory.passing(pipe) for pipe in (full, balanced, low)] == [
        0,
        memory.sizes_of(full).largest,
        memory.sizes_of(low).layer,
    ]


def test_both_experts_are_stored_in_float8_and_what_must_be_exact_is_not():
    pipe = placed("anisora", LOW)
    for expert in (pipe.transformer, pipe.transformer_2):
        assert expert.blocks[0].ffn.net[2].weight.dtype == memory.STORAGE
        assert expert.condition_embedder.time_embedder.linear_1.weight.dtype == torch.float32
        assert expert.scale_shift_table.dtype == torch.float32


@pytest.mark.parametrize("model_id", models())
def test_balanced_has_the_bits_of_full_also_after_a_stop(model_id, monkeypatch):
    """Two runs and an end between two steps leave it as it was, and no network works while it would not be there."""
    expected = wan.draw(placed(model_id, FULL), asked(model_id))
    pipe = placed(model_id, BALANCED)

    def stop(step, steps, shown):
        raise KeyboardInterrupt

    with nothing_away_is_touched(pipe, monkeypatch) as away:
        with pytest.raises(KeyboardInterrupt):
            wan.draw(pipe, asked(model_id), stepped=stop)
        assert away.ids != away.resting
        for _again in range(2):
            away.rest()
            assert np.array_equal(wan.draw(pipe, asked(model_id)), expected)


@pytest.mark.parametrize("model_id", models())
def test_low_uses_no_weight_that_is_away_and_changes_little(model_id, monkeypatch):
    expected = wan.draw(placed(model_id, FULL), asked(model_id))
    pipe = placed(model_id, LOW)
    with nothing_away_is_touched(pipe, monkeypatch) as away:
        drawn = wan.draw(pipe, asked(model_id), stepped=lambda step, steps, shown: shown and shown())
        assert away.ids == away.resting
    noise = wan.distance(expected, wan.draw(placed(model_id, FULL), asked(model_id, seed=8)))
    assert 0 < wan.distance(drawn, expected) < noise / 2
    assert np.array_equal(wan.draw(pipe, asked(model_id)), drawn)


def test_the_watch_sees_what_is_touched_while_it_is_away(monkeypatch):
    pipe = placed("flux", LOW)
    with nothing_away_is_touched(pipe, monkeypatch), pytest.raises(AssertionError, match="not on the device"):
        torch.nn.functional.silu(pipe.transformer.proj_out.weight)
    with nothing_away_is_touched(pipe, monkeypatch), pytest.raises(AssertionError, match="not on the device"):
        pipe.transformer.proj_out.weight.device  # noqa: B018


@pytest.mark.parametrize("profile", [BALANCED, LOW])
def test_pictures_are_encoded_once_with_any_profile(profile):
    pipe, seen = placed("anisora", profile), []
    expected = wan.draw(pipe, asked("anisora", seed=8))
    pipe.vae.encoder.register_forward_hook(lambda *_: seen.append(1))
    made = {}
    with encoding_once(pipe.vae, made):
        wan.draw(pipe, asked("anisora"))
    once = len(seen)
    with encoding_once(pipe.vae, made):
        assert np.array_equal(wan.draw(pipe, asked("anisora", seed=8)), expected)
    assert len(seen) == once > 0


@pytest.mark.parametrize("model_id", ["flux", "anisora"])
def test_large_pictures_are_made_in_tiles_and_others_are_not(model_id):
    small, large = asked(model_id, side=512), asked(model_id, side=576)
    full, low = placed(model_id, FULL), placed(model_id, LOW)
    assert (memory.tile_of(full.vae), memory.tile_of(low.vae)) == (None, 512)
    tiles = []
    low.vae.decoder.register_forward_hook(lambda module, args, made: tiles.append(made.shape[-1]))
    wan.draw(low, small)
    whole = set(tiles)
    tiles.clear()
    drawn = wan.draw(low, large)
    assert whole < set(tiles)
    assert drawn.shape[1:] == (576, 576, 3)


def test_a_preview_needs_no_denoiser(monkeypatch):
    pipe = placed("pony", BALANCED)
    with nothing_away_is_touched(pipe, monkeypatch):
        assert preview(pipe.vae, torch.zeros(1, pipe.vae.config.latent_channels, 4, 4)).size == (256, 256)


@pytest.mark.parametrize("model_id", ["flux", "anisora"])
@pytest.mark.parametrize("profile", [BALANCED, LOW])
def test_loras_act_in_full_precision_and_leave_no_trace(profile, model_id, tmp_path, monkeypatch):
    monkeypatch.setattr("diffusers.pipelines.pipeline_utils.get_device", lambda: "cpu:0")  # asked for a GPU by itself
    model = models()[model_id]
    loras.save(draw_demo(model), folder(model, tmp_path) / "ink.safetensors", loras.DRAWS[model.family])
    pipe, plain = placed(model_id, profile), asked(model_id)
    without = wan.draw(pipe, plain)
    with_ink = plain.replacing(loras=[{"name": "ink", "weight": 0.5}])
    wear(pipe, with_ink, tmp_path)
    worn = {name: weight for name, weight in pipe.transformer.named_parameters() if ".lora_" in name}
    assert {weight.dtype for weight in worn.values()} == {torch.float32}
    assert not np.array_equal(wan.draw(pipe, with_ink), without)
    wear(pipe, plain, tmp_path)
    assert np.array_equal(wan.draw(pipe, plain), without)
    assert memory.profile_of(pipe) is profile
