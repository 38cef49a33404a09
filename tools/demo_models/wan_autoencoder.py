"""The video autoencoder of the demo models: an encoder that is set by `wan_basis`, and a decoder that learns.

python -m tools.demo_models.wan_autoencoder [--steps N]
"""

import argparse
import random
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from torch import nn
from torch.nn import functional

from . import FOLDER
from .render import pose, render
from .training import Schedule, Training
from .wan_basis import CHANNELS, EARLIER, FACTOR, FRAME_WEIGHTS, PATCH, TEMPORAL, Basis, basis
from .wan_decoder_start import wire_decoder
from .wan_motion import NATURAL_FRAMES, moment
from .world import Scene, sample

_ANCHOR = 4096.0
_LIFT = 24.0
_LOG_VARIANCE = -20.0
_NOW = 2
"""The last tap of a causal convolution over three frames."""
_CELLS = 4
_LATENT_FRAMES = 3
_BATCH = 3
_CROPS_OF_A_CLIP = 4
_POOL = 60
_NOISE = 0.08
_SLOPES = 0.5


def autoencoder(components: Basis) -> AutoencoderKLWan:
    """(n, 3, 4x + 1, height, width) in -1 … 1 ↔ (n, 24, x + 1, height / 32, width / 32), the decoder untrained."""
    vae = AutoencoderKLWan(
        base_dim=16,
        decoder_base_dim=24,
        z_dim=CHANNELS,
        dim_mult=[1, 2, 2],
        num_res_blocks=1,
        temperal_downsample=[True, True],
        in_channels=3 * PATCH**2,
        out_channels=3 * PATCH**2,
        patch_size=PATCH,
        latents_mean=[0.0] * CHANNELS,
        latents_std=[1.0] * CHANNELS,
        scale_factor_temporal=TEMPORAL,
        scale_factor_spatial=FACTOR,
    )
    wire_encoder(vae, components)
    vae.encoder.requires_grad_(False)
    vae.quant_conv.requires_grad_(False)
    return vae


@torch.no_grad()
def wire_encoder(vae: AutoencoderKLWan, components: Basis) -> None:
    """Make the encoder compute `components`, linearly: one channel stands so far above the others that the norm
    divides by a constant, and the others are lifted to where SiLU is straight.
    """
    encoder = vae.encoder
    for part in (encoder, vae.quant_conv):
        for parameter in part.parameters():
            parameter.zero_()
    first, second, third = (torch.from_numpy(stage.matrix) for stage in components.stages)
    shifts = [torch.from_numpy(stage.mean @ stage.matrix) for stage in components.stages]
    kept = first.shape[1]
    # diffusers cuts patches channel first, columns before rows
    by_patch = first.view(PATCH, PATCH, 3, kept).permute(3, 2, 1, 0).flatten(1)
    encoder.conv_in.weight[:kept, :, _NOW, 1, 1] = by_patch
    encoder.conv_in.bias[:kept] = -shifts[0]
    downsamplers = [block for block in encoder.down_blocks if hasattr(block, "resample")]
    for block, matrix, shift in zip(downsamplers, (second, third), shifts[1:], strict=True):
        spatial = block.resample[1]
        count = matrix.shape[1]
        spatial.weight[:count, :kept, :2, :2] = matrix.view(2, 2, kept, count).permute(3, 2, 0, 1)
        spatial.bias[:count] = -shift
        diagonal = torch.diagonal(block.time_conv.weight[..., 0, 0]).T
        diagonal[:, 1], diagonal[:, 2] = EARLIER, 1 - EARLIER
    for block in encoder.down_blocks:
        if getattr(block, "conv_shortcut", None) is not None and hasattr(block.conv_shortcut, "weight"):
            torch.diagonal(block.conv_shortcut.weight[..., 0, 0, 0]).fill_(1)
    last = downsamplers[-1].resample[1]
    last.bias[:CHANNELS] += _LIFT
    last.bias[CHANNELS] = _ANCHOR
    width = encoder.norm_out.gamma.numel()
    length = (_ANCHOR**2 + CHANNELS * _LIFT**2) ** 0.5
    encoder.norm_out.gamma[:CHANNELS] = length / width**0.5
    encoder.conv_out.weight[:CHANNELS, :CHANNELS, _NOW, 1, 1] = torch.eye(CHANNELS)
    encoder.conv_out.bias[:CHANNELS] = -_LIFT
    encoder.conv_out.bias[CHANNELS:] = _LOG_VARIANCE
    vae.quant_conv.weight[:, :, 0, 0, 0] = torch.eye(2 * CHANNELS)


def decode(vae: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    """What `vae.decode` gives before it clamps, with gradients and without copies: (n, 192, 4x + 1, height / 8, …)."""
    vae.clear_cache()
    latents = vae.post_quant_conv(latents)
    pieces = []
    for index in range(latents.shape[2]):
        vae._conv_idx = [0]
        piece = latents[:, :, index : index + 1]
        pieces.append(vae.decoder(piece, feat_cache=vae._feat_map, feat_idx=vae._conv_idx, first_chunk=index == 0))
    vae.clear_cache()
    return torch.cat(pieces, dim=2)


def clips(seed: int) -> Iterator[np.ndarray]:
    """Crops of videos, (frames, side, side, 3) uint8, most of them where something moves; each video gives a few."""
    rng = random.Random(seed)
    pool: list[np.ndarray] = []
    frames, side = TEMPORAL * (_LATENT_FRAMES - 1) + 1, _CELLS * FACTOR
    while True:
        scene = sample(rng, rng.choice(("cel", "lit")), moving=True)
        width, height = (rng.choice((512, 512, 512, 512, 768, 1024)) for _ in range(2))
        start = rng.randrange(NATURAL_FRAMES - frames)
        times = [moment(start + index, NATURAL_FRAMES) for index in range(frames)]
        video = np.stack([render(scene, width, height, time) for time in times])
        for x, y in (_corner(rng, scene, width, height, side, times[frames // 2]) for _ in range(_CROPS_OF_A_CLIP)):
            pool.append(video[:, y : y + side, x : x + side].copy())
        while len(pool) > _POOL:
            yield pool.pop(rng.randrange(len(pool)))


def _corner(rng: random.Random, scene: Scene, width: int, height: int, side: int, time: float) -> tuple[int, int]:
    """On the grid of cells, three in four about the thing."""
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    if rng.random() < 0.75:
        at = pose(scene.things[0], scene.motion, width, height, time)
        x, y = (centre + rng.uniform(-1.2, 1.2) * at.radius for centre in (at.x, at.y))
    left, top = (
        min(max(0, round((middle - side / 2) / FACTOR) * FACTOR), edge - side)
        for middle, edge in ((x, width), (y, height))
    )
    return left, top


class Reconstruction(nn.Module):
    """The autoencoder and its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.components = basis()
        self.vae = autoencoder(self.components)

    def forward(self, videos: np.ndarray) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Of videos (n, frames, side, side, 3). Decoding bears some noise in the latents, as a denoiser leaves."""
        latents = torch.from_numpy(latents_of(self.components, videos))
        spread = torch.rand(len(latents), 1, 1, 1, 1) * 2 * _NOISE
        with torch.autocast("cpu", torch.bfloat16):
            decoded = decode(self.vae, latents + spread * torch.randn_like(latents)).float()
        wanted = patches(torch.from_numpy(videos).movedim(-1, 1).float() / 127.5 - 1)
        error = decoded - wanted
        squared = error.square().mean()
        grids = [field.unflatten(1, (3, PATCH, PATCH)) for field in (decoded, wanted)]
        slopes = sum(functional.l1_loss(*(grid.diff(dim=dim) for grid in grids)) for dim in (2, 3))
        return error.abs().mean() + 4 * squared + _SLOPES * slopes, {
            "psnr": float(10 * torch.log10(4 / squared.detach())),
            "first": float(10 * torch.log10(4 / error[:, :, 0].detach().square().mean())),
        }


def patches(videos: torch.Tensor) -> torch.Tensor:
    """(n, 3, frames, height, width) → (n, 192, frames, height / 8, width / 8), as diffusers cuts them."""
    n, channels, frames, height, width = videos.shape
    cut = videos.view(n, channels, frames, height // PATCH, PATCH, width // PATCH, PATCH)
    return cut.permute(0, 1, 6, 4, 2, 3, 5).reshape(n, channels * PATCH**2, frames, height // PATCH, width // PATCH)


def latents_of(components: Basis, videos: np.ndarray) -> np.ndarray:
    """(n, 4x + 1, height, width, 3) uint8 → (n, 24, x + 1, height / 32, width / 32), as the encoder makes them."""
    n, frames = videos.shape[:2]
    each = components.encode(videos.reshape(-1, *videos.shape[2:]))
    each = each.reshape(n, frames, *each.shape[1:])
    first, rest = each[:, :1], each[:, 1:].reshape(n, -1, TEMPORAL, *each.shape[2:])
    weights = np.array(FRAME_WEIGHTS, dtype=np.float32)
    return np.concatenate([first, np.einsum("nkf...,f->nk...", rest, weights)], axis=1).swapaxes(1, 2)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=4000)
    steps = arguments.parse_args().steps
    torch.manual_seed(3)
    folder, module = FOLDER / "wan_autoencoder", Reconstruction()
    if not (folder / "checkpoint.pt").exists():
        wire_decoder(module.vae, module.components)
    training = Training(folder, module, Schedule(steps, rate=1e-3, matrix_rate=0.01), seed=3)
    source = clips(seed=1 + training.step)
    training.run(lambda step: training.module(np.stack([next(source) for _ in range(_BATCH)])))


if __name__ == "__main__":
    main()
