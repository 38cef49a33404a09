"""Which models stay warm, with weights and pipelines as small as can be."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from generation.catalogue import get_model
from generation.engine.memory import Footprint, footprint
from generation.engine.options import MemoryProfile
from generation.engine.residency import Residency
from generation.engine.weights import Weights

FOUR = ("pony", "flux", "anisora", "phr00t")
BYTES = 4096


@pytest.fixture
def weights(tmp_path: Path):
    def of(model_id: str) -> Weights:
        folder = tmp_path / model_id
        folder.mkdir(exist_ok=True)
        (folder / "model.safetensors").write_bytes(bytes(BYTES))
        return Weights(get_model(model_id), folder, "diffusers")

    return of


@pytest.fixture
def loads() -> list[str]:
    return []


@pytest.fixture
def residency(loads):
    def load(weights: Weights):
        loads.append(weights.model.id)
        components = {"unet": torch.nn.Linear(BYTES // 4, 1, bias=False), "tokenizer": object()}
        return SimpleNamespace(components=components, memory_profile=MemoryProfile.FULL)

    return lambda budget, max_models=4: Residency(load, Footprint(budget), max_models)


def test_what_fits_is_loaded_once(residency, weights, loads):
    warm = residency(4 * BYTES)
    for model_id in FOUR * 3:
        warm.get(weights(model_id))
    assert loads == list(FOUR)
    assert footprint(warm.get(weights("pony"))) == Footprint(main=BYTES)


def test_the_one_used_longest_ago_goes_first(residency, weights, loads):
    warm = residency(3 * BYTES)
    for model_id in ("pony", "flux", "anisora", "pony", "phr00t"):
        warm.get(weights(model_id))
    assert warm.loaded == ["anisora", "pony", "phr00t"]
    assert loads == ["pony", "flux", "anisora", "phr00t"]


def test_no_more_than_the_greatest_number_stay(residency, weights):
    warm = residency(100 * BYTES, max_models=2)
    for model_id in FOUR:
        warm.get(weights(model_id))
    assert warm.loaded == ["anisora", "phr00t"]


def test_whose_pipeline_went_is_told(weights):
    gone = []
    warm = Residency(
        lambda weights: SimpleNamespace(components={}, memory_profile=MemoryProfile.FULL),
        Footprint(BYTES),
        max_models=1,
        evicted=gone.append,
    )
    for model_id in ("pony", "flux", "flux"):
        warm.get(weights(model_id))
    assert gone == [weights("pony")]
    warm.clear()
    assert gone == [weights("pony"), weights("flux")]


def test_one_model_is_loaded_whatever_its_size(residency, weights):
    warm = residency(BYTES // 2)
    warm.get(weights("pony"))
    warm.get(weights("flux"))
    assert warm.loaded == ["flux"]


def test_other_weights_of_a_model_take_its_place(residency, weights, loads):
    warm = residency(4 * BYTES)
    demo = replace(weights("pony"), demo=True)
    warm.get(demo)
    assert not warm.holds(weights("pony"))
    warm.get(weights("pony"))
    assert loads == ["pony", "pony"]
    assert warm.loaded == ["pony"]


def test_a_load_that_fails_leaves_nothing_behind(weights):
    def fail(weights: Weights):
        raise RuntimeError("damaged")

    warm = Residency(fail, Footprint(BYTES))
    with pytest.raises(RuntimeError, match="damaged"):
        warm.get(weights("pony"))
    assert warm.loaded == []


@pytest.fixture
def gpu(weights):
    """Residency over 10 models' main memory and a GPU for two; of the models, Pony and Flux lie on the GPU (which is
    torch's "meta"), the others come to it when they work."""
    lying_there = ("pony", "flux")

    def load(weights: Weights):
        there = weights.model.id in lying_there
        warm.make_room(Footprint(device=BYTES))
        network = torch.nn.Linear(BYTES // 4, 1, bias=False, device="meta" if there else "cpu")
        profile = MemoryProfile.FULL if there else MemoryProfile.BALANCED
        return SimpleNamespace(components={"unet": network}, memory_profile=profile)

    warm = Residency(load, Footprint(10 * BYTES, 2 * BYTES))
    return warm


def test_an_offloaded_model_takes_main_memory_and_no_gpu(gpu, weights):
    assert footprint(gpu.get(weights("pony"))) == Footprint(device=BYTES)
    assert footprint(gpu.get(weights("anisora"))) == Footprint(main=BYTES)
    gpu.get(weights("phr00t"))
    assert gpu.loaded == ["pony", "anisora", "phr00t"]


def test_a_warm_model_that_comes_to_the_gpu_makes_room_there(gpu, weights):
    gpu.get(weights("anisora"))
    gpu.get(weights("pony"))
    gpu.get(weights("flux"))
    assert gpu.loaded == ["anisora", "pony", "flux"]
    gpu.get(weights("anisora"))
    assert gpu.loaded == ["flux", "anisora"]
