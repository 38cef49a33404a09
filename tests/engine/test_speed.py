"""First block cache, compilation and attention backends: what they change, and that nothing is left without them."""

from functools import partial

import numpy as np
import pytest
import torch
from diffusers.models.attention import FeedForward
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

from generation.catalogue import models
from generation.engine import memory, speed
from generation.engine.api import EngineError
from generation.engine.engine import Engine
from generation.engine.options import MemoryProfile, Options

from . import wan
from .test_memory import asked, placed

CPU = torch.device("cpu")
CACHED = Options(first_block_cache=0.9)
TAKE_CACHE = {"pony": False, "flux": True, "anisora": True, "phr00t": False}


@pytest.fixture
def usual_attention():
    """diffusers keeps the backend that was set last for all models of the process."""
    yield
    _AttentionBackendRegistry.set_active_backend(AttentionBackendName.NATIVE)


@pytest.fixture
def dynamo(monkeypatch):
    """Traces graphs as in earnest and runs them as they are: making machine code of them takes half a minute."""
    torch._dynamo.reset()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    yield
    torch._dynamo.reset()


def blocks_run(pipe, request) -> int:
    """How often the blocks of all denoisers do their work while they draw."""
    calls = []
    hooks = [
        part.register_forward_hook(lambda *_: calls.append(1))
        for denoiser in memory.denoisers(pipe)
        for part in denoiser.modules()
        if isinstance(part, FeedForward)
    ]
    wan.draw(pipe, request)
    for hook in hooks:
        hook.remove()
    return len(calls)


@pytest.mark.parametrize("model_id", models())
def test_the_first_block_cache_skips_blocks_where_it_is_right_and_leaves_nothing_behind(model_id):
    pipe, request = placed(model_id, MemoryProfile.FULL), asked(model_id).replacing(steps=10)
    plain, every = wan.draw(pipe, request), blocks_run(pipe, request)
    speed.apply(pipe, CACHED)
    cached = [speed.cache_of(denoiser) for denoiser in memory.denoisers(pipe)]
    assert set(cached) == {0.9 if TAKE_CACHE[model_id] else None}
    drawn = wan.draw(pipe, request)
    assert (blocks_run(pipe, request) < every) == TAKE_CACHE[model_id]
    assert np.array_equal(drawn, plain) != TAKE_CACHE[model_id]
    assert np.array_equal(wan.draw(pipe, request), drawn)
    for denoiser in memory.denoisers(pipe):
        if TAKE_CACHE[model_id]:
            denoiser.disable_cache()
    assert np.array_equal(wan.draw(pipe, request), plain)


@pytest.mark.parametrize("model_id", ["flux", "anisora"])
def test_a_stop_does_not_leave_half_a_cache(model_id):
    pipe, request = placed(model_id, MemoryProfile.FULL), asked(model_id).replacing(steps=10)
    speed.apply(pipe, CACHED)
    drawn = wan.draw(pipe, request)

    def stop(step, steps, shown):
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wan.draw(pipe, asked(model_id, seed=8).replacing(steps=10), stepped=stop)
    memory.release(pipe)
    assert np.array_equal(wan.draw(pipe, request), drawn)


def test_vace_would_add_its_conditions_twice():
    """Why the cache keeps off it: the same step again has to give the same, and does not."""
    transformer = placed("phr00t", MemoryProfile.FULL).transformer
    config, side = transformer.config, 4
    inputs = {
        "hidden_states": torch.randn(1, config.in_channels, 3, side, side),
        "control_hidden_states": torch.randn(1, config.vace_in_channels, 3, side, side),
        "encoder_hidden_states": torch.randn(1, 12, config.text_dim),
        "timestep": torch.tensor([500]),
        "return_dict": False,
    }
    transformer.enable_cache(speed.FirstBlockCacheConfig(threshold=0.5))
    with torch.no_grad(), transformer.cache_context("cond"):
        (first,), (again,) = transformer(**inputs), transformer(**inputs)
    assert not torch.allclose(first, again, atol=1e-3)
    assert not speed.takes_cache(transformer)


@pytest.mark.parametrize("threshold", [None, 0.9], ids=["whole graphs", "with cache"])
def test_compiled_blocks_draw_the_same_with_and_without_nag(dynamo, threshold):
    pipe = placed("anisora", MemoryProfile.FULL)
    speed.apply(pipe, Options(first_block_cache=threshold))
    texts = ("fog", "") if threshold is None else ("fog",)
    requests = [asked("anisora", negative_prompt=text).replacing(steps=2) for text in texts]
    plain = [wan.draw(pipe, request) for request in requests]
    assert not any(speed.compiled(expert) for expert in (pipe.transformer, pipe.transformer_2))
    speed.apply(pipe, Options(compile=True))
    assert all(speed.compiled(expert) for expert in (pipe.transformer, pipe.transformer_2))
    for request, expected in zip(requests, plain, strict=True):
        assert wan.distance(wan.draw(pipe, request), expected) < 0.02


def test_layers_that_come_and_go_are_not_compiled(dynamo):
    pipe = placed("flux", MemoryProfile.LOW)
    speed.apply(pipe, Options(compile=True))
    assert not speed.compiled(pipe.transformer)


@pytest.mark.parametrize("model_id", models())
def test_the_attention_backend_is_told_and_acts_on_both_experts(usual_attention, model_id):
    pipe, request = placed(model_id, MemoryProfile.FULL), asked(model_id)
    plain = wan.draw(pipe, request)
    assert speed.attention(pipe) == "native"
    speed.apply(pipe, Options(attention="_native_math"))
    assert speed.attention(pipe) == ("native" if model_id == "pony" else "_native_math")
    assert wan.distance(wan.draw(pipe, request), plain) < 0.02
    for denoiser in memory.denoisers(pipe):
        denoiser.reset_attention_backend()
    _AttentionBackendRegistry.set_active_backend(AttentionBackendName.NATIVE)
    assert np.array_equal(wan.draw(pipe, request), plain)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (Options(device="cpu", memory=MemoryProfile.LOW), "MEDIAGEN_MEMORY=low needs a GPU"),
        (Options(device="cpu", memory=MemoryProfile.BALANCED), "MEDIAGEN_MEMORY=balanced needs a GPU"),
        (Options(device="cuda:9"), "MEDIAGEN_DEVICE=cuda:9: PyTorch finds"),
        (Options(device="cpu", attention="quick"), "MEDIAGEN_ATTENTION=quick: use one of "),
        (Options(device="cpu", attention="flash_hub"), "MEDIAGEN_ATTENTION=flash_hub: use one of "),
        (Options(device="cpu", attention="flash"), "MEDIAGEN_ATTENTION=flash does not work on cpu: "),
        (Options(device="cpu", attention="_native_cudnn"), "MEDIAGEN_ATTENTION=_native_cudnn does not work on cpu: "),
        (Options(device="cuda", memory=MemoryProfile.LOW, compile=True), "MEDIAGEN_"),
    ],
)
def test_what_the_machine_cannot_do_is_refused_in_one_line(tmp_path, options, told):
    with pytest.raises(EngineError) as refused:
        Engine(tmp_path, tmp_path, options)
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_compiling_needs_a_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(EngineError, match="no-such-compiler is not there"):
        Engine(tmp_path, tmp_path, Options(device="cpu", compile=True))


def test_low_and_compile_are_refused_together():
    with pytest.raises(EngineError, match="MEDIAGEN_COMPILE=1 does not go with MEDIAGEN_MEMORY=low"):
        speed.check(Options(memory=MemoryProfile.LOW, compile=True), torch.device("meta"), torch.float32)
