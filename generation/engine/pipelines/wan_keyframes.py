"""Wan image to video, with any number of pictures at any frames: AniSora and its like."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline
from diffusers.utils.torch_utils import randn_tensor

from generation.engine.cache import Remember, anew
from generation.engine.pipelines.drawing import Settled
from generation.engine.pipelines.family import Variant
from generation.engine.pipelines.videos import (
    Embeddings,
    Keyframe,
    draw_video,
    encode_still,
    encode_text,
    encode_texts,
    encode_video,
    given_video,
)
from generation.engine.tokens import Reading, counter, scored_readings, with_motion_score
from generation.request import Request

STRIDE = 8
"""AniSora was trained on 8x+1 frames."""
SHIFT = 5.0


class WanKeyframesPipeline(Settled, WanImageToVideoPipeline):
    """The stock pipeline with `keyframes` in place of a first and a last picture.

    What the stock pipeline can do comes out bit for bit the same. `reference_strength` blends what the transformer is
    told between nothing (0) and the keyframes (1). Every guidance scale but 1 guides, those below 1 too.
    """

    keyframes: list[Keyframe]
    reference_strength: float

    def __call__(self, *, keyframes: list[Keyframe], reference_strength: float = 1.0, **options: Any) -> Any:
        self.keyframes, self.reference_strength = keyframes, reference_strength
        unused = torch.zeros(1, 3, options["height"], options["width"])
        return super().__call__(image=unused, **options)

    @property
    def do_classifier_free_guidance(self) -> bool:
        return self._guidance_scale != 1.0

    def prepare_latents(
        self,
        image: torch.Tensor,
        batch_size: int,
        num_channels_latents: int,
        height: int,
        width: int,
        num_frames: int,
        dtype: torch.dtype,
        device: torch.device,
        generator: torch.Generator | None,
        latents: torch.Tensor | None,
        last_image: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The noise, and the channels that say what is given: masks of the frames, then latents of the pictures."""
        strength = self.reference_strength if self.keyframes else 0.0
        size = num_frames, height, width
        condition = self._condition(*size) if strength > 0 else self._no_condition(*size)
        if 0 < strength < 1:
            condition = torch.lerp(self._no_condition(*size), condition, strength)
        if latents is None:
            shape = (batch_size, num_channels_latents, *condition.shape[2:])
            latents = randn_tensor(shape, generator=generator, device=device, dtype=dtype)
        return latents.to(device, dtype), condition.to(device, dtype).expand(batch_size, -1, -1, -1, -1)

    def _no_condition(self, frames: int, height: int, width: int) -> torch.Tensor:
        latents = encode_still(self, torch.zeros(1, 3, height, width), frames)
        return torch.cat([torch.zeros_like(latents[:, : self.vae_scale_factor_temporal]), latents], dim=1)

    def _condition(self, frames: int, height: int, width: int) -> torch.Tensor:
        latents = encode_video(self, given_video(self, self.keyframes, frames, height, width))
        given = torch.zeros(frames)
        given[[index for index, _ in self.keyframes]] = 1
        stride = self.vae_scale_factor_temporal
        given = torch.cat([given[:1].expand(stride), given[1:]]).view(-1, stride).T
        masks = given[None, :, :, None, None].expand(-1, -1, -1, *latents.shape[3:])
        return torch.cat([masks.to(latents), latents], dim=1)


class LateUniPC(UniPCMultistepScheduler):
    """UniPC whose steps are spread over `start` … 0 instead of 1 … 0 of the noise (before the shift)."""

    start: float = 1.0

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        least = 1 / self.config.num_train_timesteps
        super().set_timesteps(device=device, sigmas=np.linspace(self.start, least, num_inference_steps + 1)[:-1])


class WanKeyframes:
    """AniSora: UniPC in few steps, a motion score in the prompt.

    A negative prompt acts by CFG, and by NAG up to a scale of 1: below it CFG would lead towards what is to be avoided.
    """

    pipeline_class = WanKeyframesPipeline

    @torch.inference_mode()
    def encode(self, pipe: WanKeyframesPipeline, request: Request, remember: Remember = anew) -> Embeddings:
        prompt = with_motion_score(counter(pipe.tokenizer), request["prompt"], request["motion_score"])
        scale, negative = request["guidance_scale"], request["negative_prompt"]
        embeddings = encode_texts(pipe, prompt, negative or None, remember)
        if scale != 1:
            unguided = encode_text(pipe, negative if scale > 1 else "", remember)
            embeddings = replace(embeddings, unguided=unguided)
        return embeddings

    def read(self, pipe: WanKeyframesPipeline, request: Request) -> Mapping[str, Reading]:
        return scored_readings(counter(pipe.tokenizer), request.values)

    def draw(self, pipe: WanKeyframesPipeline, variant: Variant, embeddings: Embeddings) -> np.ndarray:
        request = variant.request
        return draw_video(
            WanKeyframesPipeline,
            pipe,
            variant,
            LateUniPC(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=SHIFT),
            torch.Generator().manual_seed(variant.seed),
            stride=STRIDE,
            boundary=pipe.config.boundary_ratio,
            negative=embeddings.negative if request["guidance_scale"] <= 1 else None,
            reference_strength=request.get("reference_strength", 1.0),
            prompt_embeds=embeddings.prompt,
            negative_prompt_embeds=embeddings.unguided,
            guidance_scale=request["guidance_scale"],
        )
