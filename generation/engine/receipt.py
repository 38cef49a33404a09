"""What made a file: enough to make it again, or to see why it comes out otherwise."""

import platform
from collections.abc import Mapping
from typing import Any

import diffusers
import torch
import transformers

from generation import __version__
from generation.engine.api import Stage
from generation.engine.weights import Weights, hashes
from generation.request import Request


def write(
    request: Request, weights: Weights, device: str, dtype: torch.dtype, seconds: Mapping[Stage, float]
) -> dict[str, Any]:
    """The receipt, ready for JSON, of the one variant that `request` makes by itself; `seconds` by stage."""
    return {
        "request": request.to_json(),
        "seed": request["seed"],
        "model": request.model_id,
        "demo": weights.demo,
        "weights": {"layout": weights.layout, "sha256": hashes(weights)},
        "versions": {
            "mediagen": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
        },
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else f"{platform.machine()} CPU",
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "seconds": {str(stage): round(taken, 3) for stage, taken in seconds.items()},
    }
