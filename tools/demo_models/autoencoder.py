"""The image autoencoder of the demo models, one for both styles: 32 × 32 pixels become 16 numbers.

    torchrun --nproc-per-node 2 -m tools.demo_models.autoencoder [--steps N]
"""

import argparse
import random
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import nn
from torch.nn import functional

from . import FOLDER
from .render import pose, render
from .training import Schedule, Training
from .wiring import wire
from .world import Scene, sample

CHANNELS = 16
FACTOR = 32
_WIDTHS = (8, 8, 16, 32, 64, 128)
_SIDES = (384, 512, 512, 768, 1024)
_CROP = 160
_BATCH = 4
_CROPS_OF_A_PICTURE = 3
_POOL = 200
_NOISE = 0.06
_DIVERGENCE = 2e-5
_SLOPES = 0.5


def autoencoder(scaling_factor: float = 1.0, shift_factor: float = 0.0) -> AutoencoderKL:
    """(n, 3, height, width) in -1 … 1 ↔ (n, 16, height / 32, width / 32), as it is before training."""
    levels = len(_WIDTHS)
    vae = AutoencoderKL(
        block_out_channels=_WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        norm_num_groups=1,
        latent_channels=CHANNELS,
        sample_size=512,
        scaling_factor=scaling_factor,
        shift_factor=shift_factor,
        use_quant_conv=False,
        use_post_quant_conv=False,
        force_upcast=False,
    )
    wire(vae)
    return vae


def crops(seed: int, side: int = _CROP) -> Iterator[np.ndarray]:
    """(side, side, 3) uint8, two in three across the edge of a thing. Each picture gives a few, well mixed."""
    rng = random.Random(seed)
    pool: list[np.ndarray] = []
    while True:
        scene = sample(rng, rng.choice(("cel", "lit")))
        width, height = (rng.choice(_SIDES[:-1] if rng.random() < 0.85 else _SIDES) for _ in range(2))
        picture = render(scene, width, height)
        corners = (_corner(rng, scene, width, height, side) for _ in range(_CROPS_OF_A_PICTURE))
        pool += [picture[y : y + side, x : x + side].copy() for x, y in corners]
        while len(pool) > _POOL:
            yield pool.pop(rng.randrange(len(pool)))


def _corner(rng: random.Random, scene: Scene, width: int, height: int, side: int) -> tuple[int, int]:
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    if scene.things and rng.random() < 0.67:
        at = pose(rng.choice(scene.things), None, width, height, 0)
        x, y = (centre + rng.uniform(-1, 1) * at.radius for centre in (at.x, at.y))
    return tuple(min(max(0, round(middle - side / 2)), edge - side) for middle, edge in ((x, width), (y, height)))


def pixels(pictures: list[np.ndarray]) -> torch.Tensor:
    """(n, 3, height, width) in -1 … 1."""
    return torch.from_numpy(np.stack(pictures)).movedim(-1, 1).float() / 127.5 - 1


class Reconstruction(nn.Module):
    """The autoencoder and its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.vae = autoencoder().to(memory_format=torch.channels_last)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Decoding bears some noise in the latents, for those that a denoiser makes are never quite right."""
        latents = self.vae.encode(pictures).latent_dist.mean
        noisy = latents + _NOISE * latents.detach().std() * torch.randn_like(latents)
        decoded = self.vae.decode(noisy).sample
        error = decoded - pictures
        squared = error.square().mean()
        slopes = sum(functional.l1_loss(decoded.diff(dim=dim), pictures.diff(dim=dim)) for dim in (-1, -2))
        size = latents.square().mean()
        loss = error.abs().mean() + 4 * squared + _SLOPES * slopes + _DIVERGENCE * size
        return loss, {"psnr": _psnr(squared.detach()), "std": latents.detach().std().item()}


def _psnr(squared: torch.Tensor) -> float:
    return float(10 * torch.log10(4 / squared))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=2000)
    steps = arguments.parse_args().steps
    torch.manual_seed(1)
    training = Training(FOLDER / "autoencoder", Reconstruction(), Schedule(steps, rate=1e-3, matrix_rate=0.004), seed=1)
    source = crops(seed=1000 * training.step + training.rank)
    training.run(lambda step: training.module(pixels([next(source) for _ in range(_BATCH)])))


if __name__ == "__main__":
    main()
