"""Flux: pictures from text, and from text and a picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import FluxImg2ImgPipeline, FluxPipeline
from PIL import Image, ImageOps

from generation.catalogue.common import IMAGE2IMAGE
from generation.engine.api import Stage
from generation.engine.nag import negative_guidance
from generation.engine.pipelines.family import Variant
from generation.engine.samplers import flux_scheduler
from generation.request import Request

_TEXT_TOKENS = 512


@dataclass(frozen=True)
class Embeddings:
    """What Flux reads: `prompt` (1, 512, T5 width), `pooled` (1, CLIP width), `negative` as `prompt` or None."""

    prompt: torch.Tensor
    pooled: torch.Tensor
    negative: torch.Tensor | None


class Flux:
    """Flux.1 dev and its like: the guidance scale is distilled into the model, so a negative prompt acts by NAG."""

    pipeline_class = FluxPipeline

    @torch.inference_mode()
    def encode(self, pipe: FluxPipeline, request: Request) -> Embeddings:
        prompt, pooled = _encoded(pipe, request["prompt"])
        negative = _encoded(pipe, request["negative_prompt"])[0] if request["negative_prompt"] else None
        return Embeddings(prompt, pooled, negative)

    def draw(self, pipe: FluxPipeline, variant: Variant, embeddings: Embeddings) -> np.ndarray:
        request = variant.request
        source = _source(variant)
        if source and request["denoising_strength"] == 0:
            return np.asarray(source)[np.newaxis]
        generator = torch.Generator().manual_seed(variant.seed)
        scheduler = flux_scheduler(request["sampler"], pipe.scheduler.config, generator)
        variant.stage(Stage.DENOISING)
        with negative_guidance([pipe.transformer], embeddings.negative):
            pictures = _pipeline(pipe, scheduler, source)(
                prompt_embeds=embeddings.prompt,
                pooled_prompt_embeds=embeddings.pooled,
                width=request["width"],
                height=request["height"],
                num_inference_steps=request["steps"],
                guidance_scale=request["guidance_scale"],
                generator=generator,
                callback_on_step_end=_reporter(variant),
                **({"image": source, "strength": request["denoising_strength"]} if source else {}),
            ).images
        return np.stack([np.asarray(picture) for picture in pictures])


def _encoded(pipe: FluxPipeline, text: str) -> tuple[torch.Tensor, torch.Tensor]:
    prompt, pooled, _ = pipe.encode_prompt(text, max_sequence_length=_TEXT_TOKENS)
    return prompt, pooled


def _source(variant: Variant) -> Image.Image | None:
    """The reference picture, cropped to the size that was asked for."""
    request = variant.request
    if request.mode_id != IMAGE2IMAGE.id:
        return None
    picture = variant.picture(request["reference_image"])
    return ImageOps.fit(picture, (request["width"], request["height"]), Image.Resampling.LANCZOS)


def _pipeline(pipe: FluxPipeline, scheduler: Any, source: Image.Image | None) -> FluxPipeline | FluxImg2ImgPipeline:
    """A pipeline of the warm one's parts with a scheduler of its own. (`from_pipe` would convert the parts' dtype.)"""
    kind = FluxImg2ImgPipeline if source else FluxPipeline
    drawing = kind(**{**pipe.components, "scheduler": scheduler})
    drawing.set_progress_bar_config(disable=True)
    return drawing


def _reporter(variant: Variant) -> Any:
    def stepped(drawing: Any, step: int, timestep: torch.Tensor, tensors: dict[str, Any]) -> dict[str, Any]:
        variant.stepped(step + 1, drawing.num_timesteps, None)
        if step + 1 == drawing.num_timesteps:
            variant.stage(Stage.DECODING)
        return tensors

    return stepped
