"""What a denoiser knows inside, asked directly: where its tokens stand, how far off the thing is, which of their pixels
it covers, and what it is.

That teaches its first blocks in a few hundred steps what the latents alone teach in many thousand. Who asks is thrown
away with the training.
"""

import math
from functools import cache

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional

from .latents import Batch
from .reading import Probes
from .render import pose
from .shapes import figure

_STENCIL, _REACH = 128, 1.3
"""Pixels of a stencil's side, and half of what it shows, in halves of a thing's extent."""
_OUTLINES = 3.0
"""They count for more: most of a picture is plain to tell."""


class Sights(nn.Module):
    """Asks tokens (n, rows × columns, width), row by row; `detail`² spots of each are covered or not."""

    def __init__(self, width: int, detail: int, whole_width: int | None = None) -> None:
        super().__init__()
        self.detail = detail
        self.places = nn.Linear(width, 2)
        self.distances = nn.Linear(width, 3)
        self.outlines = nn.Linear(width, detail**2)
        self.names = Probes(whole_width or width)

    def standing(self, tokens: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        """(n,): how wrongly each token tells its place, in -1 … 1 down and to the right."""
        return (self.places(tokens) - _grid(rows, columns)).square().mean(dim=(1, 2))

    def things(
        self, tokens: torch.Tensor, rows: int, columns: int, batch: Batch
    ) -> tuple[torch.Tensor, dict[str, float]]:
        """How wrongly the tokens tell what things cover, and the way to the thing where there is one alone."""
        alone = torch.tensor([len(scene.things) == 1 for scene in batch.scenes])
        wanted = _extents(batch).unsqueeze(1) - functional.pad(_grid(rows, columns), (0, 1))
        errors = (self.distances(tokens) - wanted).square().mean(dim=(1, 2))
        distance = (errors * alone).sum() / alone.sum().clamp(min=1)
        outlines = functional.binary_cross_entropy_with_logits(
            self.outlines(tokens), covered(batch, rows, columns, self.detail)
        )
        return distance + _OUTLINES * outlines, {"distance": distance.item(), "outlines": outlines.item()}


def covered(batch: Batch, rows: int, columns: int, detail: int) -> torch.Tensor:
    """(n, rows · columns, detail²) from 0 to 1: how much the things of each scene cover of each spot."""
    fields = torch.zeros(len(batch.scenes), rows * detail, columns * detail)
    down, right = ((torch.arange(many * detail) + 0.5) / (many * detail) for many in (rows, columns))
    for field, scene in zip(fields, batch.scenes, strict=True):
        for thing in scene.things:
            at = pose(thing, None, batch.width, batch.height, 0)
            y, x = ((down * batch.height - at.y) / at.radius, (right * batch.width - at.x) / at.radius)
            spots = torch.stack(torch.meshgrid(x / _REACH, y / _REACH, indexing="xy"), dim=-1)
            seen = functional.grid_sample(_stencil(thing.shape), spots.unsqueeze(0), align_corners=False)
            torch.maximum(field, seen[0, 0], out=field)
    parted = fields.view(len(fields), rows, detail, columns, detail).transpose(2, 3)
    return parted.reshape(len(fields), rows * columns, detail**2)


@cache
def _stencil(shape: str) -> torch.Tensor:
    """(1, 1, side, side): where the body of a shape is, a little blurred by being drawn finer."""
    side = 2 * _STENCIL
    drawn = Image.new("L", (side, side))
    draw = ImageDraw.Draw(drawn)
    drawing = figure(shape)
    for polygons, value in ((drawing.body, 255), (drawing.holes, 0)):
        for polygon in polygons:
            draw.polygon([tuple(corner) for corner in (polygon / _REACH + 1) * side / 2], fill=value)
    return torch.from_numpy(np.asarray(drawn.reduce(2), dtype=np.float32) / 255)[None, None]


def _grid(rows: int, columns: int) -> torch.Tensor:
    """(rows · columns, 2): the middles of all tokens."""
    down, right = (2 * (torch.arange(many) + 0.5) / many - 1 for many in (rows, columns))
    return torch.stack(torch.meshgrid(down, right, indexing="ij"), dim=-1).flatten(0, 1)


def _extents(batch: Batch) -> torch.Tensor:
    """(n, 3): row and column in -1 … 1 where the first thing is, and the logarithm of its size; zeros without one."""
    found = []
    for scene in batch.scenes:
        if not scene.things:
            found.append((0.0, 0.0, 0.0))
            continue
        at = pose(scene.things[0], None, batch.width, batch.height, 0)
        size = 2 * math.log(at.radius / min(batch.width, batch.height) / 0.165)
        found.append((2 * at.y / batch.height - 1, 2 * at.x / batch.width - 1, size))
    return torch.tensor(found)
