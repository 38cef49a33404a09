"""SDXL: pictures from text, and from text and a picture."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline

from generation.engine.api import Stage
from generation.engine.cache import Remember, anew
from generation.engine.nag import negative_guidance
from generation.engine.pipelines.drawing import Settled, drawing
from generation.engine.pipelines.family import Variant
from generation.engine.pipelines.images import source
from generation.engine.previews import preview
from generation.engine.prompts import Embeddings, encode_sdxl, reading
from generation.engine.samplers import sdxl_scheduler
from generation.engine.tokens import Reading
from generation.request import Request


class SdxlTextPipeline(Settled, StableDiffusionXLPipeline):
    """From text."""


class SdxlPicturePipeline(Settled, StableDiffusionXLImg2ImgPipeline):
    """From text and a picture."""


class Sdxl:
    """SDXL and its like: CLIP skip for both prompts; a negative prompt acts by CFG, and at 1 by NAG."""

    pipeline_class = SdxlTextPipeline

    def encode(self, pipe: StableDiffusionXLPipeline, request: Request, remember: Remember = anew) -> Embeddings:
        return encode_sdxl(pipe, request["prompt"], request["negative_prompt"], request["clip_skip"], remember)

    def read(self, pipe: StableDiffusionXLPipeline, request: Request) -> Mapping[str, Reading]:
        texts = {name: request[name] for name in ("prompt", "negative_prompt")}
        return {name: reading(pipe.tokenizer, text) for name, text in texts.items() if text or name == "prompt"}

    def draw(self, pipe: StableDiffusionXLPipeline, variant: Variant, embeddings: Embeddings) -> np.ndarray:
        request = variant.request
        picture = source(variant)
        if picture and request["denoising_strength"] == 0:
            return np.asarray(picture)[np.newaxis]
        scheduler = sdxl_scheduler(request["sampler"], pipe.scheduler.config, variant.seed)
        variant.stage(Stage.DENOISING)
        if picture:
            kind: type[Settled] = SdxlPicturePipeline
            shape = {"image": picture, "strength": strength(request["steps"], request["denoising_strength"])}
        else:
            kind = SdxlTextPipeline
            shape = {"width": request["width"], "height": request["height"]}
        without_cfg = request["negative_prompt"] and request["cfg_scale"] == 1
        with negative_guidance([pipe.unet], embeddings.negative if without_cfg else None):
            pixels = drawing(kind, pipe, scheduler=scheduler, add_watermarker=False)(
                prompt_embeds=embeddings.prompt,
                pooled_prompt_embeds=embeddings.pooled,
                negative_prompt_embeds=embeddings.negative,
                negative_pooled_prompt_embeds=embeddings.negative_pooled,
                num_inference_steps=request["steps"],
                guidance_scale=request["cfg_scale"],
                generator=torch.Generator().manual_seed(variant.seed),
                callback_on_step_end=_reporter(variant),
                output_type="np",
                **shape,
            ).images
        return (pixels * 255).round().astype(np.uint8)


def strength(steps: int, denoising: float) -> float:
    """The `strength` with which diffusers takes the whole part of steps · denoising, and one step at least.

    diffusers truncates a product of floats, so the value lies half a step above what is wanted.
    """
    taken = max(1, int(steps * denoising + 1e-6))
    return min(1.0, (taken + 0.5) / steps)


def _reporter(variant: Variant) -> Any:
    """Counts the sampler's calls of the model: one of second order calls twice a step, and once in the last."""

    def stepped(drawn: Any, call: int, timestep: torch.Tensor, tensors: dict[str, Any]) -> dict[str, Any]:
        variant.stepped(call + 1, drawn.num_timesteps, partial(preview, drawn.vae, tensors["latents"]))
        if call + 1 == drawn.num_timesteps:
            variant.stage(Stage.DECODING)
        return tensors

    return stepped
