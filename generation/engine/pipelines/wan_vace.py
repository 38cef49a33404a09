"""Wan VACE: video from text and from frames that are given; Phr00t's Rapid All-in-One and its like."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKLWan, WanVACEPipeline, WanVACETransformer3DModel
from diffusers.video_processor import VideoProcessor
from transformers import PreTrainedTokenizerBase, UMT5EncoderModel

from generation.engine.cache import Remember, anew
from generation.engine.pipelines.drawing import Settled
from generation.engine.pipelines.family import Variant
from generation.engine.pipelines.videos import (
    Embeddings,
    Keyframe,
    draw_video,
    encode_texts,
    encode_video,
    given_video,
)
from generation.engine.samplers import rapid_scheduler
from generation.engine.tokens import Reading, counter, wan_readings
from generation.request import Request

STRIDE = 4

MERGED_SHIFT = {"Low Noise": 3.0, "High Noise": 8.0}
"""One transformer: a greater shift spends more of the few steps on high noise, where light and composition are made."""
EXPERTS_SHIFT = 8.0
EXPERTS_BOUNDARY = {"Low Noise": 0.9, "High Noise": 0.8}
"""Two experts: a lower boundary gives one more of the four steps to the expert of high noise."""


class WanVaceKeyframesPipeline(Settled, WanVACEPipeline):
    """The stock pipeline with `keyframes` in place of a video and its mask, bit for bit the same and leaner.

    It also takes autoencoders that cut frames into patches, whose scale does not follow from their depth.
    """

    keyframes: list[Keyframe]

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        text_encoder: UMT5EncoderModel,
        vae: AutoencoderKLWan,
        scheduler: Any,
        transformer: WanVACETransformer3DModel | None = None,
        transformer_2: WanVACETransformer3DModel | None = None,
        boundary_ratio: float | None = None,
    ) -> None:
        super().__init__(tokenizer, text_encoder, vae, scheduler, transformer, transformer_2, boundary_ratio)
        self.vae_scale_factor_temporal = vae.config.scale_factor_temporal
        self.vae_scale_factor_spatial = vae.config.scale_factor_spatial
        self.video_processor = VideoProcessor(vae_scale_factor=self.vae_scale_factor_spatial)

    def __call__(self, *, keyframes: list[Keyframe], **options: Any) -> Any:
        self.keyframes = keyframes
        return super().__call__(**options)

    def preprocess_conditions(
        self,
        video: None,
        mask: None,
        reference_images: None,
        batch_size: int,
        height: int,
        width: int,
        num_frames: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> tuple[torch.Tensor, torch.Tensor, list[list[torch.Tensor]]]:
        """The video of what is given, 1 in the mask where a frame is to be made, and no pictures beside it."""
        given = given_video(self, self.keyframes, num_frames, height, width).to(device, dtype)
        made = torch.ones(1, 1, num_frames, 1, 1, device=device, dtype=dtype)
        made[:, :, [index for index, _ in self.keyframes]] = 0
        return given, made.expand_as(given), [[]]

    def prepare_video_latents(
        self,
        video: torch.Tensor,
        mask: torch.Tensor,
        reference_images: list[list[torch.Tensor]],
        generator: torch.Generator | None,
        device: torch.device,
    ) -> torch.Tensor:
        """Latents of the given frames, then of the others: all grey."""
        given = encode_video(self, video)
        others = encode_video(self, torch.zeros_like(video)) if self.keyframes else given
        return torch.cat([given, others], dim=1)


class WanVace:
    """Phr00t's Rapid models: Euler a in four steps without CFG, so a negative prompt acts by NAG."""

    pipeline_class = WanVaceKeyframesPipeline

    @torch.inference_mode()
    def encode(self, pipe: WanVaceKeyframesPipeline, request: Request, remember: Remember = anew) -> Embeddings:
        return encode_texts(pipe, request["prompt"], request["negative_prompt"] or None, remember)

    def read(self, pipe: WanVaceKeyframesPipeline, request: Request) -> Mapping[str, Reading]:
        return wan_readings(counter(pipe.tokenizer), request.values)

    def draw(self, pipe: WanVaceKeyframesPipeline, variant: Variant, embeddings: Embeddings) -> np.ndarray:
        request = variant.request
        generator = torch.Generator().manual_seed(variant.seed)
        shift, boundary = lighting(pipe, request["lighting_variant"])
        return draw_video(
            WanVaceKeyframesPipeline,
            pipe,
            variant,
            rapid_scheduler(generator, shift),
            generator,
            stride=STRIDE,
            boundary=boundary,
            negative=embeddings.negative,
            conditioning_scale=request.get("reference_strength", 0.0),
            prompt_embeds=embeddings.prompt,
            guidance_scale=request["cfg_scale"],
        )


def lighting(pipe: WanVaceKeyframesPipeline, variant: str) -> tuple[float, float | None]:
    """Flow shift and expert boundary of a lighting variant, for a merged transformer or for two experts."""
    if pipe.transformer_2 is None:
        return MERGED_SHIFT[variant], None
    return EXPERTS_SHIFT, EXPERTS_BOUNDARY[variant]
