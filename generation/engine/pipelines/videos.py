"""What the Wan families share: pictures at frames, latents of videos, text, and reports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from diffusers import SchedulerMixin
from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify
from diffusers.utils.accelerate_utils import apply_forward_hook
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image, ImageOps

from generation.catalogue.common import ARBITRARY, FIRST_LAST, IMAGE2VIDEO
from generation.engine.api import Stage
from generation.engine.cache import Remember, Tensors
from generation.engine.nag import negative_guidance
from generation.engine.pipelines.drawing import Settled, drawing
from generation.engine.pipelines.family import Variant
from generation.engine.previews import preview
from generation.engine.tokens import T5_TOKENS
from generation.request import Request

SETTLED_FRAMES = 33
LEAST_DENOISING = 0.01
Keyframe = tuple[int, Image.Image]


@dataclass(frozen=True)
class Embeddings:
    """What Wan reads, each (1, 512, UMT5 width): `prompt`, `negative` or None where nothing is to be avoided, and
    `unguided`, which CFG leads away from, or None without CFG.
    """

    prompt: torch.Tensor
    negative: torch.Tensor | None
    unguided: torch.Tensor | None = None


def encode_texts(pipe: Any, prompt: str, negative: str | None, remember: Remember) -> Embeddings:
    """What Wan reads of a prompt and, unless that is None, of a negative prompt."""
    return Embeddings(
        prompt=encode_text(pipe, prompt, remember),
        negative=None if negative is None else encode_text(pipe, negative, remember),
    )


def encode_text(pipe: Any, text: str, remember: Remember) -> torch.Tensor:
    """(1, 512, UMT5 width), zeros after the text."""

    def encode() -> Tensors:
        embeddings, _ = pipe.encode_prompt(text, do_classifier_free_guidance=False, max_sequence_length=T5_TOKENS)
        return (embeddings,)

    (embeddings,) = remember(text, encode)
    return embeddings


def keyframes(variant: Variant) -> list[Keyframe]:
    """The pictures of the request and the frames where they stand, cropped to the size that was asked for."""
    request = variant.request
    size = request["width"], request["height"]
    return [
        (index, ImageOps.fit(variant.picture(sha256), size, Image.Resampling.LANCZOS))
        for index, sha256 in _placed(request)
    ]


def _placed(request: Request) -> list[tuple[int, str]]:
    match request.mode_id:
        case IMAGE2VIDEO.id:
            return [(0, request["reference_image"])]
        case FIRST_LAST.id:
            return [(0, request["first_frame"]), (request["num_frames"] - 1, request["last_frame"])]
        case ARBITRARY.id:
            return [(key["snapped_index"], key["image"]) for key in request["keyframes"]]
    return []


def padded(frames: int, stride: int) -> int:
    """The next count of the form stride · x + 1, which video autoencoders want."""
    return -(-(frames - 1) // stride) * stride + 1


def given_video(pipe: Any, keys: list[Keyframe], frames: int, height: int, width: int) -> torch.Tensor:
    """(1, 3, frames, height, width) in -1 … 1: the pictures at their frames, grey elsewhere."""
    video = torch.zeros(1, 3, frames, height, width)
    for index, picture in keys:
        video[:, :, index] = pipe.video_processor.preprocess(picture, height, width)
    return video


def encode_video(pipe: Any, video: torch.Tensor) -> torch.Tensor:
    """Normalized latents, float32, of a video (1, 3, frames, height, width) in -1 … 1."""
    video = video.to(pipe._execution_device, pipe.vae.dtype)
    mean, inverse_std = _statistics(pipe.vae, video.device)
    return (pipe.vae.encode(video).latent_dist.mode().float() - mean) * inverse_std


def encode_still(pipe: Any, still: torch.Tensor, frames: int) -> torch.Tensor:
    """Normalized latents of a picture (1, 3, height, width) in -1 … 1 that is held for `frames` frames.

    An autoencoder looks back over few frames, so its latents settle: only the first frames are encoded.
    """
    encoded = encode_video(pipe, still.unsqueeze(2).expand(-1, -1, min(frames, SETTLED_FRAMES), -1, -1))
    count = (frames - 1) // pipe.vae_scale_factor_temporal + 1
    settled = encoded[:, :, -1:].expand(-1, -1, count - encoded.shape[2], -1, -1)
    return torch.cat([encoded, settled], dim=2)


def decode_video(pipe: Any, latents: torch.Tensor, frames: int) -> np.ndarray:
    """The first `frames` frames of a video from its normalized latents: uint8, (frames, height, width, 3)."""
    mean, inverse_std = _statistics(pipe.vae, latents.device)
    height, width = (side * pipe.vae.config.scale_factor_spatial for side in latents.shape[3:])
    pixels = np.empty((frames, height, width, 3), dtype=np.uint8)
    decoded = _decoded(pipe.vae, (latents / inverse_std + mean).to(pipe.vae.dtype))
    for index in range(frames):
        frame = next(decoded)
        brightness = (frame.float() * 0.5 + 0.5).clamp(0, 1) * 255
        pixels[index] = brightness.round().byte().movedim(0, -1).cpu().numpy()
    return pixels


@apply_forward_hook
def _decoded(vae: Any, latents: torch.Tensor) -> Iterator[torch.Tensor]:
    """Frame after frame, (3, height, width), what `vae.decode` gives at once.

    That one copies the whole video, in float32, anew for every latent frame; in tiles it does not.
    """
    if vae.use_tiling:
        yield from vae.decode(latents, return_dict=False)[0][0].unbind(1)
        return
    vae.clear_cache()
    latents = vae.post_quant_conv(latents)
    for index in range(latents.shape[2]):
        vae._conv_idx = [0]
        piece = vae.decoder(
            latents[:, :, index : index + 1],
            feat_cache=vae._feat_map,
            feat_idx=vae._conv_idx,
            first_chunk=index == 0,
        )
        if vae.config.patch_size is not None:
            piece = unpatchify(piece, vae.config.patch_size)
        yield from piece[0].unbind(1)
    vae.clear_cache()


def noised_still(
    pipe: Any, scheduler: SchedulerMixin, picture: Image.Image, frames: int, steps: int, generator: torch.Generator
) -> torch.Tensor:
    """Latents of `picture` held for `frames` frames, under as much noise as the first step of `scheduler` removes."""
    width, height = picture.size
    latents = encode_still(pipe, pipe.video_processor.preprocess(picture, height, width), frames)
    scheduler.set_timesteps(steps, device=latents.device)
    noise = randn_tensor(latents.shape, generator=generator, device=latents.device, dtype=latents.dtype)
    return torch.lerp(latents, noise, scheduler.sigmas[0].item())


def reporter(variant: Variant) -> Callable[..., dict[str, Any]]:
    """Tells the variant of every step that diffusers ends."""

    def stepped(drawn: Any, step: int, timestep: torch.Tensor, tensors: dict[str, Any]) -> dict[str, Any]:
        variant.stepped(step + 1, drawn.num_timesteps, partial(preview, drawn.vae, tensors["latents"]))
        return tensors

    return stepped


def _statistics(vae: Any, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and inverse standard deviation of the latents, each (1, channels, 1, 1, 1)."""
    mean, std = (
        torch.tensor(values, device=device).view(1, -1, 1, 1, 1)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    return mean, 1.0 / std


@torch.inference_mode()
def draw_video(
    kind: type[Settled],
    pipe: Any,
    variant: Variant,
    scheduler: Any,
    generator: torch.Generator,
    *,
    stride: int,
    boundary: float | None,
    negative: torch.Tensor | None,
    **conditions: Any,
) -> np.ndarray:
    """The finished frames, uint8 (frames, height, width, 3), drawn by a throw-away `kind` of the warm pipeline's parts.

    `scheduler.start` is set where the video starts from its noised still; `negative` acts by NAG; `conditions` are what
    the families' pipelines take of their own.
    """
    request, keys = variant.request, keyframes(variant)
    frames = padded(request["num_frames"], stride)
    variant.stage(Stage.DENOISING)
    latents = None
    if request.mode_id == IMAGE2VIDEO.id and request["denoising_strength"] < 1:
        scheduler.start = max(request["denoising_strength"], LEAST_DENOISING)
        latents = noised_still(pipe, scheduler, keys[0][1], frames, request["steps"], generator)
    experts = [expert for expert in (pipe.transformer, pipe.transformer_2) if expert is not None]
    with negative_guidance(experts, negative):
        latents = drawing(kind, pipe, scheduler=scheduler, boundary_ratio=boundary)(
            keyframes=keys,
            num_inference_steps=request["steps"],
            num_frames=frames,
            width=request["width"],
            height=request["height"],
            latents=latents,
            generator=generator,
            output_type="latent",
            callback_on_step_end=reporter(variant),
            **conditions,
        ).frames
    variant.stage(Stage.DECODING)
    return decode_video(pipe, latents, request["num_frames"])
