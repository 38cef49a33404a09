"""What makes denoising faster on real GPUs, each by diffusers and each off unless the operator asks for it."""

import importlib.util
import os
import shutil
from typing import Any

import torch
from diffusers import FirstBlockCacheConfig, WanVACETransformer3DModel
from diffusers.models.attention_dispatch import (
    AttentionBackendName,
    _AttentionBackendRegistry,
    _check_attention_backend_requirements,
    dispatch_attention_fn,
)
from diffusers.models.cache_utils import CacheMixin

from generation.engine import memory
from generation.engine.api import EngineError
from generation.engine.options import MemoryProfile, Options

_RECOMPILATIONS = 64
"""Negative prompts, LoRAs and sizes each want code of their own; beyond torch's own 8 a run would fail."""


def check(options: Options, device: torch.device, dtype: torch.dtype) -> None:
    """Raises EngineError, with one line for the operator, if this machine cannot do what is asked for."""
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise EngineError(f"MEDIAGEN_DEVICE={device}: PyTorch finds {torch.cuda.device_count() or 'no'} GPUs here.")
    if options.memory not in (None, MemoryProfile.FULL) and not memory.offloads(device):
        raise EngineError(
            f"MEDIAGEN_MEMORY={options.memory} needs a GPU: on the CPU all weights lie in main memory. Use auto."
        )
    if options.compile and options.memory is MemoryProfile.LOW:
        raise EngineError(
            "MEDIAGEN_COMPILE=1 does not go with MEDIAGEN_MEMORY=low: layers that come and go stay as they are."
        )
    if options.compile:
        _check_compiler(device)
    if options.attention:
        _check_attention(options.attention, device, dtype)


def _check_compiler(device: torch.device) -> None:
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise EngineError("MEDIAGEN_COMPILE=1 needs the package triton.")
    compiler = os.environ.get("CXX") or "g++"
    if device.type == "cpu" and shutil.which(compiler) is None:
        raise EngineError(f"MEDIAGEN_COMPILE=1 needs a C++ compiler on the CPU: {compiler} is not there.")


def _check_attention(name: str, device: torch.device, dtype: torch.dtype) -> None:
    """Computes a little attention, since what a backend needs beside packages (a device, a type) it says only then."""
    known = sorted(backend.value for backend in AttentionBackendName if not backend.value.endswith("_hub"))
    if name not in known:
        raise EngineError(f"MEDIAGEN_ATTENTION={name}: use one of {', '.join(known)}.")
    sample = torch.zeros(1, 128, 2, 64, device=device, dtype=dtype)
    try:
        _check_attention_backend_requirements(AttentionBackendName(name))
        dispatch_attention_fn(sample, sample, sample, backend=AttentionBackendName(name))
    except (ImportError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise EngineError(f"MEDIAGEN_ATTENTION={name} does not work on {device}: {reason}") from error


def apply(pipe: Any, options: Options) -> None:
    """Speed up the denoisers of a placed pipeline, both experts alike, as far as their kind allows."""
    for denoiser in memory.denoisers(pipe):
        if options.attention and _takes_attention(denoiser):
            denoiser.set_attention_backend(options.attention)
        if options.first_block_cache and takes_cache(denoiser):
            denoiser.enable_cache(FirstBlockCacheConfig(threshold=options.first_block_cache))
        if options.compile and memory.profile_of(pipe) is not MemoryProfile.LOW:
            torch._dynamo.config.recompile_limit = _RECOMPILATIONS
            # The first block's cache decides outside the graph whether to go on.
            denoiser.compile_repeated_blocks(fullgraph=not cache_of(denoiser))


def takes_cache(denoiser: torch.nn.Module) -> bool:
    """Whether the first block's cache is right for a network.

    VACE adds its conditions between the blocks: what is kept of the blocks holds them already, and a step that takes it
    would add them twice.
    """
    return isinstance(denoiser, CacheMixin) and not isinstance(denoiser, WanVACETransformer3DModel)


def cache_of(denoiser: Any) -> float | None:
    """The threshold of the first block's cache, or None where there is none."""
    config = getattr(denoiser, "_cache_config", None)
    return config.threshold if config else None


def compiled(denoiser: torch.nn.Module) -> bool:
    return any(module._compiled_call_impl is not None for module in denoiser.modules())


def attention(pipe: Any) -> str:
    """How attention is computed, in the names of diffusers; "native" is PyTorch's own."""
    usual = _AttentionBackendRegistry.get_active_backend()[0]
    used = {
        (processor._attention_backend or usual).value if _dispatches(processor) else AttentionBackendName.NATIVE.value
        for denoiser in memory.denoisers(pipe)
        for processor in denoiser.attn_processors.values()
    }
    return ", ".join(sorted(used))


def _takes_attention(denoiser: Any) -> bool:
    return any(_dispatches(processor) for processor in denoiser.attn_processors.values())


def _dispatches(processor: Any) -> bool:
    """The processors of UNets call PyTorch's attention, whatever is set."""
    return hasattr(processor, "_attention_backend")
