"""Scenes of training as the autoencoder sees them: made once, kept in small files, read while more are made.

python -m tools.demo_models.latents cel|lit [--shards N]
"""

import argparse
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from . import FOLDER
from .autoencoder import finished, pixels
from .render import View, render, view
from .world import Scene, Style, sample

SHARD = 64
_SHARES = {
    (512, 512): 10,
    (512, 768): 2,
    (768, 512): 2,
    (768, 768): 2,
    (1024, 1024): 2,
    (1024, 512): 1,
    (512, 1024): 1,
    (768, 1024): 0.5,
    (1024, 768): 0.5,
}
"""Sizes, width and height, and how many shards of each there are."""
_SMALL, _SMALL_SHARDS = (256, 256), 90
"""The first shards are small: they cost little, and teach the words and where things go."""
_MOST = 48
_SMALL_LATER = 0.1
_REREAD = 40


@dataclass(frozen=True)
class Batch:
    """`latents` (n, 16, height / 32, width / 32) with a standard deviation of 1, and what they show."""

    scenes: list[Scene]
    latents: torch.Tensor
    width: int
    height: int

    @property
    def views(self) -> list[View]:
        return [view(scene, self.width, self.height) for scene in self.scenes]


def scene_of(style: Style, shard: int, index: int) -> Scene:
    return sample(random.Random(f"{style} {shard} {index}"), style)


def size_of(shard: int) -> tuple[int, int]:
    if shard < _SMALL_SHARDS:
        return _SMALL
    return random.Random(shard).choices(list(_SHARES), list(_SHARES.values()))[0]


class Store:
    """Batches from the shards that are there: small ones for the first `small_steps`, then nearly all of the others.

    There are about `positions` latent positions to a batch, whatever the size.
    """

    def __init__(self, style: Style, positions: int, small_steps: int) -> None:
        self.folder, self.style = FOLDER / "latents" / style, style
        self.positions, self.small_steps = positions, small_steps
        self._shards: dict[int, np.ndarray] = {}
        self._scenes: dict[int, list[Scene]] = {}

    def batch(self, step: int) -> Batch:
        """The batch of this step: pieces of one, two or more shards of the same size."""
        if step % _REREAD == 0 or not self._shards:
            self._read()
        rng = random.Random(step)
        small = step < self.small_steps or rng.random() < _SMALL_LATER
        fitting = [shard for shard in sorted(self._shards) if (size_of(shard) == _SMALL) == small]
        width, height = size_of(rng.choice(fitting or sorted(self._shards)))
        count = min(_MOST, max(4, round(self.positions / (width * height / 1024))))
        alike = [shard for shard in sorted(self._shards) if size_of(shard) == (width, height)]
        drawn = [(rng.choice(alike), rng.randrange(SHARD)) for _ in range(count)]
        latents = np.stack([self._shards[shard][index] for shard, index in drawn])
        scenes = [self._scenes[shard][index] for shard, index in drawn]
        return Batch(scenes, torch.from_numpy(latents).float(), width, height)

    def _read(self) -> None:
        for path in self.folder.glob("*.npy"):
            shard = int(path.stem)
            if shard not in self._shards:
                self._shards[shard] = np.load(path)
                self._scenes[shard] = [scene_of(self.style, shard, index) for index in range(SHARD)]


def pictures(style: Style, shard: int) -> Iterator[np.ndarray]:
    width, height = size_of(shard)
    for index in range(SHARD):
        yield render(scene_of(style, shard, index), width, height)


@torch.no_grad()
def make(style: Style, shard: int, vae: AutoencoderKL, path: Path) -> None:
    """Latents of the finished autoencoder: they are already scaled."""
    latents = [vae.encode(pixels([picture])).latent_dist.mean for picture in pictures(style, shard)]
    partial = path.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as file:
        np.save(file, torch.cat(latents).half().numpy())
    partial.replace(path)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("style", choices=("cel", "lit"))
    arguments.add_argument("--shards", type=int, default=170)
    options = arguments.parse_args()
    vae = finished()
    folder = FOLDER / "latents" / options.style
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(options.shards):
        path = folder / f"{shard}.npy"
        if not path.exists():
            make(options.style, shard, vae, path)


if __name__ == "__main__":
    main()
