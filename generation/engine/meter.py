"""What an engine has measured since it started: the pace of its steps, and the memory that it holds."""

from typing import Any

import psutil
import torch

from generation.engine import receipt

_NEWEST = 0.2
"""What the latest step counts in the average: it follows a change of size within some ten steps."""


class Meter:
    """Seconds of a step by model, as an exponential average, and bytes on one device. Read from any thread."""

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self._step_seconds: dict[str, float] = {}

    def stepped(self, model_id: str, seconds: float) -> None:
        before = self._step_seconds.get(model_id, seconds)
        self._step_seconds[model_id] = before + _NEWEST * (seconds - before)

    def readings(self) -> dict[str, Any]:
        """Bytes in use now, and at most: of tensors on the GPU in the latest run, or of the process since it began."""
        used = self._used()
        return {
            "step_seconds": {model_id: round(seconds, 5) for model_id, seconds in dict(self._step_seconds).items()},
            "memory_used_bytes": used,
            # The kernel tells now and at most from counters of their own that lag by some pages of each processor.
            "peak_bytes": max(used, receipt.peak_memory(self._device)["bytes"]),
        }

    def _used(self) -> int:
        if self._device.type == "cuda":
            return torch.cuda.memory_allocated(self._device)
        return int(psutil.Process().memory_info().rss)
