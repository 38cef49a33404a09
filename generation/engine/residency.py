"""Which pipelines stay warm: as many as fit, and the one that was used longest ago goes first."""

import gc
import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch

from generation.engine.weights import Weights

_SHARE_OF_GPU = 0.85
_SHARE_OF_MEMORY = 0.6


class Residency:
    """Pipelines by model id, each loaded once for as long as it fits.

    `load` makes a pipeline from weights; `evicted` is told whose pipeline went. Together they take at most `budget`
    bytes (files on disk before loading, parameters after) and are at most `max_models`; one model alone is loaded
    whatever its size.
    """

    def __init__(
        self,
        load: Callable[[Weights], Any],
        budget: int,
        max_models: int = 4,
        evicted: Callable[[Weights], None] = lambda weights: None,
    ) -> None:
        self._load = load
        self._evicted = evicted
        self._budget = budget
        self._max_models = max_models
        self._warm: OrderedDict[str, tuple[Weights, Any]] = OrderedDict()
        self.loads = 0

    @property
    def loaded(self) -> list[str]:
        """Ids of the warm models, the latest used last."""
        return list(self._warm)

    def holds(self, weights: Weights) -> bool:
        """Whether `get` would answer at once. Other weights of the same model do not count."""
        held = self._warm.get(weights.model.id)
        return held is not None and held[0] == weights

    def get(self, weights: Weights) -> Any:
        """The warm pipeline of these weights, loaded now if it is not."""
        model_id = weights.model.id
        if not self.holds(weights):
            self._evict(model_id)
            self._make_room(weights.size)
            self._warm[model_id] = (weights, self._load(weights))
            self.loads += 1
        self._warm.move_to_end(model_id)
        return self._warm[model_id][1]

    def clear(self) -> None:
        for model_id in self.loaded:
            self._evict(model_id)

    def _make_room(self, needed: int) -> None:
        while self._warm and (len(self._warm) >= self._max_models or self._taken() + needed > self._budget):
            self._evict(next(iter(self._warm)))

    def _evict(self, model_id: str) -> None:
        if held := self._warm.pop(model_id, None):
            self._evicted(held[0])
            del held
            gc.collect()
            torch.cuda.empty_cache()

    def _taken(self) -> int:
        return sum(parameter_bytes(pipe) for _, pipe in self._warm.values())


def parameter_bytes(pipe: Any) -> int:
    """What the weights of all components take, in bytes."""
    modules = (part for part in pipe.components.values() if isinstance(part, torch.nn.Module))
    return sum(tensor.nbytes for module in modules for tensor in module.state_dict().values())


def memory_for_models(device: str) -> int:
    """Bytes that models may take on a device: most of a GPU, or the greater part of the machine's memory."""
    if device.startswith("cuda"):
        return int(torch.cuda.get_device_properties(device).total_memory * _SHARE_OF_GPU)
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _SHARE_OF_MEMORY)
