"""Which pipelines stay warm: as many as fit, and the one that was used longest ago goes first."""

import gc
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch

from generation.engine.memory import Footprint, footprint, passing
from generation.engine.weights import Weights


class Residency:
    """Pipelines by model id, each loaded once for as long as it fits.

    `load` makes a pipeline from weights, and asks for room on the device before it puts it there; `evicted` is told
    whose pipeline went. Together they take at most `budget` (files on disk before loading, parameters after, and what
    comes to the device while one works) and are at most `max_models`; one model alone is loaded whatever its size.
    """

    def __init__(
        self,
        load: Callable[[Weights], Any],
        budget: Footprint,
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
            self.make_room(Footprint(main=weights.size))
            self._warm[model_id] = (weights, self._load(weights))
            self.loads += 1
        self._warm.move_to_end(model_id)
        pipe = self._warm[model_id][1]
        if needed := passing(pipe):
            self.make_room(Footprint(device=needed), keep=model_id)
        return pipe

    def clear(self) -> None:
        for model_id in self.loaded:
            self._evict(model_id)

    def make_room(self, needed: Footprint, keep: str | None = None) -> None:
        """Evict what was used longest ago until so much fits beside the others. `keep` stays: it is what needs it."""
        while others := [model_id for model_id in self._warm if model_id != keep]:
            crowded = keep is None and len(others) >= self._max_models
            if not crowded and (self._taken() + needed).fits(self._budget):
                return
            self._evict(others[0])

    def _evict(self, model_id: str) -> None:
        if held := self._warm.pop(model_id, None):
            self._evicted(held[0])
            del held
            gc.collect()
            torch.cuda.empty_cache()

    def _taken(self) -> Footprint:
        return sum((footprint(pipe) for _, pipe in self._warm.values()), Footprint())
