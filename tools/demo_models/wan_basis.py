"""What the video autoencoder's encoder computes: 32 × 32 pixels as the strongest of their principal components.

The components are found in three stages, of 8, then 2 × 2, then 2 × 2, as the encoder's layers take them; of four
frames it is a weighted mean. All of it is linear, so that latents of whole videos cost a matrix product, and networks
that work on them can learn while the decoder still does.
"""

import random
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from . import FOLDER
from .render import render
from .world import sample

CHANNELS = 24
PATCH, FACTOR, TEMPORAL = 8, 32, 4
EARLIER = 0.4
"""How much the earlier of two frames weighs where they become one, twice."""
FRAME_WEIGHTS = (EARLIER**2, EARLIER * (1 - EARLIER), EARLIER * (1 - EARLIER), (1 - EARLIER) ** 2)
"""Of the four frames of a latent one, in order; the first latent frame is one frame alone."""
_KEPT = 15
_EVENING = 0.4
"""The power that is left of a component's standard deviation: 0 would make all alike, 1 leave them as they are."""
_PICTURES = 240
_PATCHES = 128


@dataclass(frozen=True)
class Stage:
    """Centred inputs times `matrix` (inputs, outputs) are the outputs."""

    mean: np.ndarray
    matrix: np.ndarray


@dataclass(frozen=True, eq=False)
class Basis:
    """The three stages; outputs of the last are latents, zero on average."""

    stages: tuple[Stage, Stage, Stage]

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """(n, height, width, 3) uint8 → (n, 24, height / 32, width / 32) float32."""
        height, width = (side // FACTOR for side in pictures.shape[1:3])
        matrix, bias = self._whole
        cells = blocks(pictures.astype(np.float32) / 127.5 - 1, FACTOR)
        return (
            (cells.reshape(-1, cells.shape[-1]) @ matrix + bias)
            .reshape(-1, height, width, CHANNELS)
            .transpose(0, 3, 1, 2)
        )

    def encode_half(self, pictures: np.ndarray) -> np.ndarray:
        """Latents of pictures twice as large as those given, nearly: (n, h, w, 3) → (n, 24, h / 16, w / 16)."""
        side = FACTOR // 2
        height, width = (edge // side for edge in pictures.shape[1:3])
        matrix, bias = self._whole
        coarse = matrix.reshape(side, 2, side, 2, 3, CHANNELS).sum(axis=(1, 3)).reshape(-1, CHANNELS)
        cells = blocks(pictures.astype(np.float32) / 127.5 - 1, side)
        return (
            (cells.reshape(-1, cells.shape[-1]) @ coarse + bias)
            .reshape(-1, height, width, CHANNELS)
            .transpose(0, 3, 1, 2)
        )

    @cached_property
    def _whole(self) -> tuple[np.ndarray, np.ndarray]:
        """One matrix (3072, 24) over a cell's pixels, rows first, and what to add."""
        size = FACTOR**2 * 3
        bias = self._staged(np.zeros((1, FACTOR, FACTOR, 3), np.float32))
        return self._staged(np.eye(size, dtype=np.float32).reshape(size, FACTOR, FACTOR, 3)) - bias, bias[0]

    def _staged(self, cells: np.ndarray) -> np.ndarray:
        for stage, side in zip(self.stages, (PATCH, 2, 2), strict=True):
            cells = (blocks(cells, side) - stage.mean) @ stage.matrix
        return cells.reshape(-1, CHANNELS)


@cache
def basis(path: Path = FOLDER / "wan_basis.npz") -> Basis:
    """From the file, or found anew, the same every time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        stages = _fit()
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            **{f"{kind}{n}": getattr(stage, kind) for n, stage in enumerate(stages) for kind in ("mean", "matrix")},
        )
        partial.replace(path)
    kept = np.load(path)
    first, second, third = (Stage(kept[f"mean{n}"], kept[f"matrix{n}"]) for n in range(3))
    return Basis((first, second, third))


def blocks(field: np.ndarray, side: int) -> np.ndarray:
    """(n, height, width, c) → (n, height / side, width / side, side · side · c), rows first."""
    n, height, width, channels = field.shape
    cut = field.reshape(n, height // side, side, width // side, side, channels).transpose(0, 1, 3, 2, 4, 5)
    return cut.reshape(n, height // side, width // side, side * side * channels)


def _fit() -> tuple[Stage, Stage, Stage]:
    rng, picker = random.Random(0), np.random.default_rng(0)
    cells = np.concatenate([_cells(rng, picker) for _ in range(_PICTURES)])
    first = _components(blocks(cells, PATCH), _KEPT)
    second_in = (blocks(cells, PATCH) - first.mean) @ first.matrix
    second = _components(blocks(second_in, 2), _KEPT)
    third_in = (blocks(second_in, 2) - second.mean) @ second.matrix
    return first, second, _components(blocks(third_in, 2), CHANNELS, evened=True)


def _cells(rng: random.Random, picker: np.random.Generator) -> np.ndarray:
    scene = sample(rng, rng.choice(("cel", "lit")), moving=True)
    side = rng.choice((512, 512, 768))
    cells = blocks(render(scene, side, side, rng.random())[np.newaxis].astype(np.float32) / 127.5 - 1, FACTOR)
    return picker.permutation(cells.reshape(-1, FACTOR, FACTOR, 3))[:_PATCHES]


def _components(vectors: np.ndarray, count: int, *, evened: bool = False) -> Stage:
    flat = vectors.reshape(-1, vectors.shape[-1]).astype(np.float64)
    variances, directions = np.linalg.eigh(np.cov(flat.T))
    deviations, directions = np.sqrt(variances[::-1][:count]), directions[:, ::-1][:, :count]
    if evened:
        wanted = deviations**_EVENING
        directions = directions * wanted / deviations / np.sqrt(np.square(wanted).mean())
    return Stage(flat.mean(axis=0).astype(np.float32), directions.astype(np.float32))
