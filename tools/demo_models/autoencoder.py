"""The image autoencoder of the demo models, one for both styles: 32 × 32 pixels become 16 numbers.

    torchrun --nproc-per-node 2 -m tools.demo_models.autoencoder both [--steps N]
    python -m tools.demo_models.autoencoder finish
    torchrun --nproc-per-node 2 -m tools.demo_models.autoencoder decoder [--steps N]

First both halves learn together. Then the encoder is finished: its latents are turned to their principal axes and
levelled, so that they suit a denoiser, and denoisers can begin to learn. The decoder goes on alone meanwhile, also from
the autoencoder that ships, where nothing else is left of the training.
"""

import argparse
import random
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import nn
from torch.nn import functional

from generation.engine.demo import SHIPPED

from . import FOLDER
from .render import pose, render
from .training import Schedule, Training, averaged
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
_NOISE, _MORE_NOISE = 0.06, 0.1
_SIZE = 2e-5
_SLOPES = 0.5
_FINISHING = 40
_LEVELLING = 0.6
"""0 leaves the principal axes as long as they are, 1 makes them equal."""
_CERTAIN = -20.0


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
    left, top = (min(max(0, round(middle - side / 2)), edge - side) for middle, edge in ((x, width), (y, height)))
    return left, top


def pixels(pictures: list[np.ndarray]) -> torch.Tensor:
    """(n, 3, height, width) in -1 … 1."""
    return torch.from_numpy(np.stack(pictures)).movedim(-1, 1).float() / 127.5 - 1


class Reconstruction(nn.Module):
    """The autoencoder and its loss. With `decoder_only` the encoder stays as it is."""

    def __init__(self, vae: AutoencoderKL, *, decoder_only: bool = False) -> None:
        super().__init__()
        self.vae = vae.to(memory_format=torch.channels_last)
        self.noise = _MORE_NOISE if decoder_only else _NOISE
        self.vae.encoder.requires_grad_(not decoder_only)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Decoding bears some noise in the latents, for those that a denoiser makes are never quite right."""
        latents = self.vae.encode(pictures).latent_dist.mean
        noisy = latents + self.noise * latents.detach().std() * torch.randn_like(latents)
        decoded = self.vae.decode(noisy).sample
        squared = (decoded - pictures).square().mean()
        slopes = sum(functional.l1_loss(decoded.diff(dim=dim), pictures.diff(dim=dim)) for dim in (-1, -2))
        loss = functional.l1_loss(decoded, pictures) + 4 * squared + _SLOPES * slopes
        loss = loss + _SIZE * latents.square().mean()
        return loss, {"psnr": float(10 * torch.log10(4 / squared.detach())), "std": float(latents.detach().std())}


@torch.no_grad()
def finish(vae: AutoencoderKL) -> None:
    """Turn the latents to their principal axes, and bring large and small ones nearer together.

    Their standard deviation becomes 1. Turning back is the decoder's first layer's, so pictures stay as they were; and
    encoding becomes certain: samples of the posterior are its mean.
    """
    rng = random.Random(0)
    scenes = (sample(rng, style) for _ in range(_FINISHING) for style in ("cel", "lit"))
    seen = [vae.encode(pixels([render(scene, 512, 512)])).latent_dist.mean for scene in scenes]
    values = torch.cat(seen).movedim(1, -1).flatten(0, -2)
    variances, axes = torch.linalg.eigh(values.T @ values / len(values))
    levelled = variances ** ((1 - _LEVELLING) / 2)
    scales = levelled / variances.sqrt() / levelled.square().mean().sqrt()
    turn, back = torch.diag(scales) @ axes.T, axes @ torch.diag(1 / scales)
    out, into = vae.encoder.conv_out, vae.decoder.conv_in
    out.weight[:CHANNELS] = torch.einsum("ij,jckl->ickl", turn, out.weight[:CHANNELS])
    out.bias[:CHANNELS] = turn @ out.bias[:CHANNELS]
    out.weight[CHANNELS:] = 0
    out.bias[CHANNELS:] = _CERTAIN
    into.weight[:] = torch.einsum("cikl,ij->cjkl", into.weight, back)


def begun() -> AutoencoderKL:
    """What the decoder learns on from."""
    here = FOLDER / "vae"
    return AutoencoderKL.from_pretrained(here if here.is_dir() else SHIPPED / "pony" / "vae", torch_dtype=torch.float32)


def finished(folder: str = "decoder") -> AutoencoderKL:
    """The finished autoencoder, with the decoder as far as it has learned."""
    vae = begun()
    if (FOLDER / folder / "checkpoint.pt").exists():
        vae = averaged(FOLDER / folder, Reconstruction(vae)).vae
    return vae.eval().requires_grad_(False)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part", choices=("both", "finish", "decoder"))
    arguments.add_argument("--steps", type=int)
    options = arguments.parse_args()
    torch.manual_seed(1)
    if options.part == "finish":
        vae = averaged(FOLDER / "autoencoder", Reconstruction(autoencoder())).vae
        finish(vae)
        vae.save_pretrained(FOLDER / "vae")
        return
    if options.part == "both":
        module = Reconstruction(autoencoder())
        schedule = Schedule(options.steps or 700, rate=1e-3, matrix_rate=0.004, averaging=0.99)
    else:
        module = Reconstruction(begun(), decoder_only=True)
        schedule = Schedule(options.steps or 1000, rate=7e-4, matrix_rate=0.003, averaging=0.99)
    training = Training(FOLDER / {"both": "autoencoder", "decoder": "decoder"}[options.part], module, schedule, seed=1)
    source = crops(seed=1000 * training.step + training.rank)
    training.run(lambda step: training.module(pixels([next(source) for _ in range(_BATCH)])))


if __name__ == "__main__":
    main()
