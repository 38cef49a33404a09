"""Where the weights of a pipeline lie: on the device, or in main memory until they are needed.

full      everything on the device
balanced  one component at a time on the device, as a whole: a text encoder leaves it when the denoiser comes
low       one layer at a time; the denoisers are stored in float8, which changes the result a little
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKLWan
from diffusers.hooks import apply_group_offloading

from generation.engine.options import MemoryProfile

HEADROOM = {"image": 3 * 2**30, "video": 10 * 2**30}
"""Bytes that the largest requests of a type of model want beside the weights: activations, and the decoder's."""
STORAGE = torch.float8_e4m3fn
DENOISERS = ("transformer", "transformer_2", "unet")

_TILES = {MemoryProfile.BALANCED: 768, MemoryProfile.LOW: 512}
"""Sides in pixels beyond which the autoencoder works in tiles. Smaller ones would show: each has colours of its own."""
_SHARE_OF_GPU = 0.85
_SHARE_OF_MEMORY = 0.6


@dataclass(frozen=True)
class Footprint:
    """Bytes in main memory, and bytes on a GPU."""

    main: int = 0
    device: int = 0

    def __add__(self, other: "Footprint") -> "Footprint":
        return Footprint(self.main + other.main, self.device + other.device)

    def fits(self, budget: "Footprint") -> bool:
        return self.main <= budget.main and self.device <= budget.device


@dataclass(frozen=True)
class Sizes:
    """Bytes of weights: of all components, of the largest one, and of the largest layer."""

    total: int
    largest: int
    layer: int


def choose(sizes: Sizes, free: int, headroom: int) -> MemoryProfile:
    """The first profile whose weights fit into `free` bytes of the device with `headroom` to spare; else the lowest."""
    if sizes.total + headroom <= free:
        return MemoryProfile.FULL
    if sizes.largest + headroom <= free:
        return MemoryProfile.BALANCED
    return MemoryProfile.LOW


def place(pipe: Any, profile: MemoryProfile, device: torch.device, dtype: torch.dtype) -> None:
    """Give a pipeline that lies in main memory the place where it works; denoisers compute in `dtype`.

    Once placed, a pipeline keeps its profile: what float8 lost does not come back.
    """
    match profile:
        case MemoryProfile.FULL:
            pipe.to(device)
        case MemoryProfile.BALANCED:
            pipe.enable_model_cpu_offload(device=device)
        case MemoryProfile.LOW:
            _place_by_layers(pipe, device, dtype)
    if profile in _TILES:
        _tile(pipe.vae, _TILES[profile])
    pipe.memory_profile = profile


def _place_by_layers(pipe: Any, device: torch.device, dtype: torch.dtype) -> None:
    """The autoencoder is small, and what it does beside `forward` no hook would see: it stays on the device."""
    for name, module in modules(pipe):
        if name == "vae":
            module.to(device)
            continue
        denoises = name in DENOISERS
        if denoises:
            module.enable_layerwise_casting(storage_dtype=STORAGE, compute_dtype=dtype)
        # With a stream the next layer arrives while this one works, at the price of memory that cannot be swapped out:
        # well spent on what runs at every step.
        streams = denoises and device.type == "cuda"
        apply_group_offloading(module, onload_device=device, offload_type="leaf_level", use_stream=streams)


def _tile(vae: Any, side: int) -> None:
    vae.enable_slicing()
    if isinstance(vae, AutoencoderKLWan):
        stride = side * 3 // 4
        vae.enable_tiling(side, side, stride, stride)
    else:
        vae.enable_tiling()
        vae.tile_sample_min_size = side
        vae.tile_latent_min_size = side // 2 ** (len(vae.config.block_out_channels) - 1)


def release(pipe: Any) -> None:
    """Take off the device what waits there for a next step, and forget what steps have kept. Call it after each run,
    finished or not: families draw with pipelines of their own, which do not know the hooks of this one.
    """
    pipe.maybe_free_model_hooks()


def profile_of(pipe: Any) -> MemoryProfile:
    """The profile that a pipeline was placed with."""
    profile: MemoryProfile = pipe.memory_profile
    return profile


def storage_of(pipe: Any) -> torch.dtype:
    """The shortest type that denoisers' weights are stored in."""
    types = {tensor.dtype for denoiser in denoisers(pipe) for tensor in denoiser.parameters()}
    return min(types, key=lambda dtype: dtype.itemsize)


def tile_of(vae: Any) -> int | None:
    """The side in pixels beyond which an autoencoder works in tiles."""
    if not vae.use_tiling:
        return None
    side: int = vae.tile_sample_min_height if isinstance(vae, AutoencoderKLWan) else vae.tile_sample_min_size
    return side


def modules(pipe: Any) -> Iterator[tuple[str, Any]]:
    """The components that have weights, by name."""
    return ((name, part) for name, part in pipe.components.items() if isinstance(part, torch.nn.Module))


def denoisers(pipe: Any) -> list[Any]:
    """The networks that run at every step: one, or two experts."""
    return [module for name, module in modules(pipe) if name in DENOISERS]


def sizes_of(pipe: Any) -> Sizes:
    components = [_bytes(module) for _, module in modules(pipe)]
    layers = (
        sum(tensor.nbytes for tensor in layer.parameters(recurse=False))
        for _, module in modules(pipe)
        for layer in module.modules()
    )
    return Sizes(sum(components), max(components, default=0), max(layers, default=0))


def footprint(pipe: Any) -> Footprint:
    """What the weights of a pipeline take where they lie now."""
    main = device = 0
    for tensor in (tensor for _, module in modules(pipe) for tensor in module.state_dict().values()):
        if tensor.device.type == "cpu":
            main += tensor.nbytes
        else:
            device += tensor.nbytes
    return Footprint(main, device)


def at_work(pipe: Any, profile: MemoryProfile) -> int:
    """Bytes of weights that lie on the device at once while a pipeline works with a profile."""
    sizes = sizes_of(pipe)
    match profile:
        case MemoryProfile.FULL:
            return sizes.total
        case MemoryProfile.BALANCED:
            return sizes.largest
        case MemoryProfile.LOW:
            return sizes.layer + _bytes(pipe.vae)


def passing(pipe: Any) -> int:
    """Bytes of weights that come to the device while a placed pipeline works, and leave it again."""
    match profile_of(pipe):
        case MemoryProfile.FULL:
            return 0
        case MemoryProfile.BALANCED:
            return sizes_of(pipe).largest
        case MemoryProfile.LOW:
            return sizes_of(pipe).layer


def allocated(device: torch.device) -> int | None:
    """Bytes of tensors on a GPU; of the CPU nobody can say."""
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else None


def taken_since(at_rest: int | None, pipe: Any) -> int | None:
    """Bytes that a run took at most beside weights, if `at_rest` were allocated before it; None on the CPU."""
    if at_rest is None:
        return None
    return torch.cuda.max_memory_allocated(pipe._execution_device) - at_rest - passing(pipe)


def offloads(device: torch.device) -> bool:
    """Whether weights can lie elsewhere than on the device."""
    return device.type != "cpu"


def free_on(device: torch.device) -> int | None:
    """Bytes of a GPU that models may have: what nobody has taken, and what this process could give back."""
    if device.type != "cuda":
        return None
    unclaimed, _ = torch.cuda.mem_get_info(device)
    return unclaimed + torch.cuda.memory_reserved(device)


def memory_of(device: torch.device) -> int:
    """All bytes of a device: of a GPU, or of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def memory_for_models(device: torch.device) -> Footprint:
    """Bytes that models may take: the greater part of the machine's memory, and most of a GPU."""
    main = int(memory_of(torch.device("cpu")) * _SHARE_OF_MEMORY)
    return Footprint(main, int(memory_of(device) * _SHARE_OF_GPU)) if device.type == "cuda" else Footprint(main)


def _bytes(module: torch.nn.Module) -> int:
    return sum(tensor.nbytes for tensor in module.state_dict().values())
