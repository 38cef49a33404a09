"""What encoders made, kept so that nothing is encoded twice: texts between runs, pictures between variants."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from generation.engine.weights import Weights

Tensors = tuple[torch.Tensor, ...]
Remember = Callable[[Hashable, Callable[[], Tensors]], Tensors]
"""Gives the tensors that its second argument makes, if need be; the first tells all that they depend on."""

_Entry = tuple[Weights, Hashable]
_Kept = list[tuple[torch.Tensor, torch.device]]


def anew(key: Hashable, encode: Callable[[], Tensors]) -> Tensors:
    """Remembers nothing."""
    return encode()


class PromptCache:
    """What text encoders made of texts, at most `budget` bytes of it; what was used longest ago goes first.

    It is kept in main memory, and copied back to where it was made when it is asked for: the bits stay the same.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[_Entry, _Kept] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def readings(self) -> dict[str, int]:
        return {"hits": self.hits, "misses": self.misses, "bytes": self.bytes}

    def get(
        self,
        weights: Weights,
        key: Hashable,
        encode: Callable[[], Tensors],
        worn: Hashable = (),
        before: Callable[[], None] = lambda: None,
    ) -> Tensors:
        """What `encode` makes of `key`, made the first time alone; `before` is called first then.

        `key` holds all that the embeddings depend on beside the weights and the LoRAs `worn` by the text encoders.
        """
        entry = weights, (worn, key)
        if entry not in self._kept:
            self.misses += 1
            before()
            made = encode()
            self._keep(entry, [(tensor.cpu(), tensor.device) for tensor in made])
            return made
        self.hits += 1
        self._kept.move_to_end(entry)
        return tuple(tensor.to(device) for tensor, device in self._kept[entry])

    def forget(self, weights: Weights) -> None:
        """Drop all that these weights made."""
        for entry in [entry for entry in self._kept if entry[0] == weights]:
            self._drop(entry)

    def _keep(self, entry: _Entry, kept: _Kept) -> None:
        self._kept[entry] = kept
        self.bytes += _size(kept)
        while self.bytes > self._budget:
            self._drop(next(iter(self._kept)))

    def _drop(self, entry: _Entry) -> None:
        self.bytes -= _size(self._kept.pop(entry))


def _size(kept: _Kept) -> int:
    """Bytes that stay taken for as long as the tensors live."""
    return sum(tensor.untyped_storage().nbytes() for tensor, _ in kept)


@contextmanager
def encoding_once(vae: Any, made: dict[Hashable, Any]) -> Iterator[None]:
    """Let an autoencoder take from `made` what it has encoded before, and add what it has not.

    What it gives is a distribution, from which every variant still draws for itself: the bits stay the same. Pictures
    are told apart by their SHA-256, since a video is too large to be kept beside its latents.
    """
    encode = vae.encode

    def remembered(pixels: torch.Tensor, *args: Any, **options: Any) -> Any:
        key = _digest(pixels), args, tuple(options.items())
        if key not in made:
            made[key] = encode(pixels, *args, **options)
        return made[key]

    vae.encode = remembered
    try:
        yield
    finally:
        del vae.encode


def _digest(pixels: torch.Tensor) -> tuple[Hashable, ...]:
    digest = hashlib.sha256()
    for plane in pixels.detach().flatten(0, 1):
        digest.update(plane.contiguous().view(torch.uint8).cpu().numpy().data)
    return pixels.shape, pixels.dtype, digest.hexdigest()
