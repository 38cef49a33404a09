"""What a denoiser knows inside, asked directly: where its tokens stand, how far off the thing is, which of their pixels
it covers, and what it is.

That teaches its first blocks in a few hundred steps what the latents alone teach in many thousand. Who asks is thrown
away with the training.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional

from .reading import WORDS, Probes
from .render import View
from .shapes import figure

_STENCIL, _REACH = 128, 1.3
"""Pixels of a stencil's side, and half of what it shows, in halves of a thing's extent."""
_OUTLINES = 3.0
"""They count for more: most of a picture is plain to tell."""


class Sights(nn.Module):
    """Asks tokens (n, rows × columns, width), row by row; `detail`² spots of each are covered or not."""

    def __init__(
        self,
        width: int,
        detail: int,
        whole_width: int | None = None,
        words: Mapping[str, Sequence[str]] = WORDS,
    ) -> None:
        super().__init__()
        self.detail = detail
        self.places = nn.Linear(width, 2)
        self.distances = nn.Linear(width, 3)
        self.outlines = nn.Linear(width, detail**2)
        self.names = Probes(whole_width or width, words)

    def standing(self, tokens: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        """(n,): how wrongly each token tells its place, in -1 … 1 down and to the right."""
        return (self.places(tokens) - _grid(rows, columns)).square().mean(dim=(1, 2))

    def things(
        self, tokens: torch.Tensor, rows: int, columns: int, views: Sequence[View]
    ) -> tuple[torch.Tensor, dict[str, float]]:
        """How wrongly the tokens tell what things cover, and the way to the thing where there is one alone."""
        alone = torch.tensor([len(view.things) == 1 for view in views])
        wanted = _extents(views).unsqueeze(1) - functional.pad(_grid(rows, columns), (0, 1))
        errors = (self.distances(tokens) - wanted).square().mean(dim=(1, 2))
        distance = (errors * alone).sum() / alone.sum().clamp(min=1)
        outlines = functional.binary_cross_entropy_with_logits(
            self.outlines(tokens), covered(views, rows, columns, self.detail)
        )
        return distance + _OUTLINES * outlines, {"distance": distance.item(), "outlines": outlines.item()}


def covered(views: Sequence[View], rows: int, columns: int, detail: int) -> torch.Tensor:
    """(n, rows · columns, detail²) from 0 to 1: how much the things of each view cover of each spot."""
    fields = torch.zeros(len(views), rows * detail, columns * detail)
    down, right = ((torch.arange(many * detail) + 0.5) / (many * detail) for many in (rows, columns))
    for field, view in zip(fields, views, strict=True):
        for thing, at in view.things:
            y, x = (down * view.height - at.y) / at.radius / _REACH, (right * view.width - at.x) / at.radius / _REACH
            across, along = torch.meshgrid(x, y, indexing="xy")
            cosine, sine = math.cos(at.angle), math.sin(at.angle)
            spots = torch.stack([across * cosine + along * sine, along * cosine - across * sine], dim=-1)
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


def _extents(views: Sequence[View]) -> torch.Tensor:
    """(n, 3): row and column in -1 … 1 where the first thing is, and the logarithm of its size; zeros without one."""
    found = []
    for view in views:
        if not view.things:
            found.append((0.0, 0.0, 0.0))
            continue
        _, at = view.things[0]
        size = 2 * math.log(at.radius / min(view.width, view.height) / 0.165)
        found.append((2 * at.y / view.height - 1, 2 * at.x / view.width - 1, size))
    return torch.tensor(found)
