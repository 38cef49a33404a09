"""What made a file: enough to make it again, or to see why it comes out otherwise."""

import platform
import re
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from generation import __version__
from generation.engine import memory, speed
from generation.engine.api import Stage
from generation.engine.tokens import Reading
from generation.engine.weights import Weights, hashes
from generation.request import Request

_DRIVER = Path("/proc/driver/nvidia/version")


def write(
    request: Request,
    weights: Weights,
    pipe: Any,
    *,
    device: torch.device,
    dtype: torch.dtype,
    readings: Mapping[str, Reading],
    seconds: Mapping[Stage, float],
    loras: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The receipt, ready for JSON, of the one variant that `request` makes by itself; `seconds` by stage.

    `readings` stand in it under the ids of their parameters; `loras` are those that acted, with their hashes.
    """
    return {
        "request": request.to_json(),
        "seed": request["seed"],
        "model": request.model_id,
        "demo": weights.demo,
        "weights": {"layout": weights.layout, "sha256": hashes(weights)},
        "loras": list(loras),
        "references": request.images,
        **{parameter_id: asdict(reading) for parameter_id, reading in readings.items()},
        "versions": {
            "mediagen": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
            "cuda": torch.version.cuda,
            "driver": driver_version(_DRIVER.read_text()) if _DRIVER.exists() else None,
        },
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"{platform.machine()} CPU",
        "dtype": str(dtype).removeprefix("torch."),
        "memory": {
            "profile": str(memory.profile_of(pipe)),
            "storage": str(memory.storage_of(pipe)).removeprefix("torch."),
            "tiles_beyond": memory.tile_of(pipe.vae),
        },
        "attention": speed.attention(pipe),
        "first_block_cache": speed.cache_of(memory.denoisers(pipe)[0]),
        "compiled": all(speed.compiled(denoiser) for denoiser in memory.denoisers(pipe)),
        "threads": torch.get_num_threads(),
        "seconds": {str(stage): round(taken, 3) for stage, taken in seconds.items()},
        "peak_memory": peak_memory(device),
    }


def restart_peak(device: str) -> None:
    """Count the peak of a GPU's memory from here. A process's cannot be counted anew."""
    if torch.device(device).type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> dict[str, Any]:
    """Bytes, and of what: of tensors on the GPU since `restart_peak`, or of the process since it began."""
    if device.type == "cuda":
        return {"bytes": torch.cuda.max_memory_allocated(device), "of": "gpu"}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, "of": "process"}


def driver_version(told: str) -> str | None:
    """The version in what NVIDIA's kernel module tells of itself."""
    found = re.search(r"\s(\d+\.\d+(?:\.\d+)*)\s", told)
    return found[1] if found else None
