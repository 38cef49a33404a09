"""What a denoiser knows inside, asked directly: where its tokens stand, how far off the thing is, and what it is.

That teaches its first blocks in a few hundred steps what the pixels alone teach in many thousand. Who asks is thrown
away with the training.
"""

import math

import torch
from torch import nn
from torch.nn import functional

from .latents import Batch
from .reading import Probes
from .render import pose


class Sights(nn.Module):
    """Asks tokens (n, rows × columns, width), row by row. Losses are to be added to that of drawing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.places = nn.Linear(width, 2)
        self.distances = nn.Linear(width, 3)
        self.names = Probes(width)

    def standing(self, tokens: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        """(n,): how wrongly each token tells its place, in -1 … 1 down and to the right."""
        return (self.places(tokens) - _grid(rows, columns)).square().mean(dim=(1, 2))

    def thing(
        self, tokens: torch.Tensor, rows: int, columns: int, batch: Batch
    ) -> tuple[torch.Tensor, dict[str, float]]:
        """How wrongly the tokens tell the way to the thing, where there is one alone, and all together its words."""
        alone = torch.tensor([len(scene.things) == 1 for scene in batch.scenes])
        wanted = _extents(batch).unsqueeze(1) - functional.pad(_grid(rows, columns), (0, 1))
        errors = (self.distances(tokens) - wanted).square().mean(dim=(1, 2))
        distance = (errors * alone).sum() / alone.sum().clamp(min=1)
        named, told = self.names(tokens.mean(dim=1), batch.scenes)
        return distance + named, told | {"distance": distance.item()}


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
