"""Small pictures of latents while they are denoised: a linear map from latent channels to RGB.

The map is fitted once per autoencoder by least squares, on what the autoencoder itself makes of a few soft colour
fields; after that a preview costs a matrix product instead of a decoding.
"""

from typing import Any
from weakref import WeakKeyDictionary

import torch
from diffusers import AutoencoderKLWan
from PIL import Image
from torch import nn
from torch.nn import functional

PREVIEW_SIDE = 256
SPREAD = 1.5
"""The standard deviation of finished latents is about 1, and rarely beyond this."""

_FIT_SIDE = 256
_FIT_PICTURES = 4

_maps: WeakKeyDictionary[nn.Module, torch.Tensor] = WeakKeyDictionary()


@torch.no_grad()
def preview(vae: Any, latents: torch.Tensor) -> Image.Image:
    """The picture in the pipeline's own (scaled) latents, (1, channels, height, width), as it is now.

    Of a video, (1, channels, frames, height, width), it shows the middle frame. Its longer side is `PREVIEW_SIDE`.
    Noise beyond the spread of finished latents is scaled down, so that early steps are noise and not black and white.
    """
    if latents.ndim == 5:
        latents = latents[:, :, latents.shape[2] // 2]
    linear = _map_of(vae, latents.device)
    latents = latents.float().cpu()
    latents = latents / (latents.std() / SPREAD).clamp(min=1)
    pixels = _rgb(latents, linear)
    height, width = (PREVIEW_SIDE * side // max(pixels.shape[-2:]) for side in pixels.shape[-2:])
    pixels = functional.interpolate(pixels, (height, width), mode="bicubic", antialias=True)
    return Image.fromarray(((pixels[0].permute(1, 2, 0).clamp(-1, 1) + 1) * 127.5).byte().numpy())


@torch.no_grad()
def learn(vae: Any, device: torch.device) -> None:
    """Fit the map before it is needed: where one network at a time is on the device, a preview would drive the
    denoiser away.
    """
    _map_of(vae, device)


def _rgb(latents: torch.Tensor, linear: torch.Tensor) -> torch.Tensor:
    """(n, channels, h, w) and a map (channels + 1, 3), its last row the constant → (n, 3, h, w) in -1 … 1."""
    return torch.einsum("nchw,cr->nrhw", latents, linear[:-1]) + linear[-1][:, None, None]


def _map_of(vae: Any, device: torch.device) -> torch.Tensor:
    if vae not in _maps:
        _maps[vae] = _fit(vae, device)
    return _maps[vae]


def _fit(vae: Any, device: torch.device) -> torch.Tensor:
    """Least squares from latents to the pixels that they decode to, averaged over each latent's area."""
    raw, decoded = _decoded(vae, _colour_fields(_FIT_PICTURES, _FIT_SIDE).to(device, vae.dtype))
    latents = _scaled(vae.config, raw.float().cpu())
    rows, columns = latents.shape[-2:]
    pixels = functional.adaptive_avg_pool2d(decoded.float().cpu().clamp(-1, 1), (rows, columns))
    inputs = latents.movedim(1, -1).flatten(0, -2)
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], dim=1)
    return torch.linalg.lstsq(inputs, pixels.movedim(1, -1).flatten(0, -2), driver="gelsd").solution


def _decoded(vae: Any, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents (n, channels, h, w) of pictures (n, 3, height, width), and what they decode to.

    A video's first latent frame stands for one frame, each other for several and looks otherwise; most are of the
    second kind, so it is the second frame of a still video that is taken.
    """
    if not isinstance(vae, AutoencoderKLWan):
        raw = vae.encode(pictures).latent_dist.mode()
        return raw, vae.decode(raw, return_dict=False)[0]
    stride = vae.config.scale_factor_temporal
    still = pictures.unsqueeze(2).expand(-1, -1, 2 * stride + 1, -1, -1)
    raw = vae.encode(still).latent_dist.mode()
    return raw[:, :, 1], vae.decode(raw, return_dict=False)[0][:, :, 1 : stride + 1].mean(dim=2)


def _scaled(config: Any, raw: torch.Tensor) -> torch.Tensor:
    """The autoencoder's latents (n, channels, h, w) as pipelines handle them: shifted and scaled by its config."""
    if config.get("latents_mean") is not None:
        mean, std = (torch.tensor(config[key]).view(1, -1, 1, 1) for key in ("latents_mean", "latents_std"))
        return (raw - mean) / std * config.get("scaling_factor", 1.0)
    return (raw - (config.get("shift_factor") or 0.0)) * config["scaling_factor"]


def _colour_fields(count: int, side: int) -> torch.Tensor:
    """Soft fields in which every colour meets every other: (count, 3, side, side) in -1 … 1."""
    angle = torch.linspace(0, torch.pi, side)
    rows, columns = torch.meshgrid(angle, angle, indexing="ij")
    waves = [
        torch.sin((1 + (picture + channel) % 3) * rows + channel) * torch.cos((1 + picture % 3) * columns + 2 * channel)
        for picture in range(count)
        for channel in range(3)
    ]
    return torch.stack(waves).view(count, 3, side, side)
