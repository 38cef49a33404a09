"""Flux: pictures from text, and from text and a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from diffusers import FluxImg2ImgPipeline, FluxPipeline
from PIL import Image

from generation.engine.api import Stage
from generation.engine.cache import Remember, anew
from generation.engine.nag import negative_guidance
from generation.engine.pipelines.drawing import Settled, drawing
from generation.engine.pipelines.family import Variant
from generation.engine.pipelines.images import source
from generation.engine.previews import preview
from generation.engine.samplers import flux_scheduler
from generation.engine.tokens import T5_TOKENS, Reading, counter, flux_readings
from generation.request import Request


class FluxTextPipeline(Settled, FluxPipeline):
    """From text."""


class FluxPicturePipeline(Settled, FluxImg2ImgPipeline):
    """From text and a picture."""


@dataclass(frozen=True)
class Embeddings:
    """What Flux reads: `prompt` (1, 512, T5 width), `pooled` (1, CLIP width), `negative` as `prompt` or None."""

    prompt: torch.Tensor
    pooled: torch.Tensor
    negative: torch.Tensor | None


class Flux:
    """Flux.1 dev and its like: the guidance scale is distilled into the model, so a negative prompt acts by NAG."""

    pipeline_class = FluxTextPipeline

    @torch.inference_mode()
    def encode(self, pipe: FluxPipeline, request: Request, remember: Remember = anew) -> Embeddings:
        texts = {name: request[name] for name in ("prompt", "negative_prompt") if request[name]}
        encoded = {name: remember(text, partial(_encoded, pipe, text)) for name, text in texts.items()}
        prompt, pooled = encoded["prompt"]
        negative, _ = encoded.get("negative_prompt", (None, None))
        return Embeddings(prompt, pooled, negative)

    def read(self, pipe: FluxPipeline, request: Request) -> Mapping[str, Reading]:
        return flux_readings(counter(pipe.tokenizer_2), request.values)

    def draw(self, pipe: FluxPipeline, variant: Variant, embeddings: Embeddings) -> np.ndarray:
        request = variant.request
        picture = source(variant)
        if picture and request["denoising_strength"] == 0:
            return np.asarray(picture)[np.newaxis]
        generator = torch.Generator().manual_seed(variant.seed)
        scheduler = flux_scheduler(request["sampler"], pipe.scheduler.config, generator)
        variant.stage(Stage.DENOISING)
        if picture:
            kind: type[Settled] = FluxPicturePipeline
            given: dict[str, Any] = {
                "image": picture,
                "strength": strength(request["steps"], request["denoising_strength"]),
            }
        else:
            kind, given = FluxTextPipeline, {}
        # The pipeline with a picture does not tell a cache which call this is.
        with pipe.transformer.cache_context("cond"), negative_guidance([pipe.transformer], embeddings.negative):
            pixels = drawing(kind, pipe, scheduler=scheduler)(
                prompt_embeds=embeddings.prompt,
                pooled_prompt_embeds=embeddings.pooled,
                width=request["width"],
                height=request["height"],
                num_inference_steps=request["steps"],
                guidance_scale=request["guidance_scale"],
                generator=generator,
                callback_on_step_end=_reporter(variant),
                output_type="np",
                **given,
            ).images
        return (pixels * 255).round().astype(np.uint8)


def strength(steps: int, denoising: float) -> float:
    """The `strength` with which diffusers takes the whole part of steps · denoising, and one step at least.

    Flux rounds up where SDXL rounds down, and a product of floats may lie beside the whole number that it stands for:
    so the value lies half a step below what is wanted.
    """
    taken = max(1, int(steps * denoising + 1e-6))
    return (taken - 0.5) / steps


def _encoded(pipe: FluxPipeline, text: str) -> tuple[torch.Tensor, torch.Tensor]:
    prompt, pooled, _ = pipe.encode_prompt(text, max_sequence_length=T5_TOKENS)
    return prompt, pooled


def _reporter(variant: Variant) -> Any:
    height, width = variant.request["height"], variant.request["width"]

    def stepped(drawn: Any, call: int, timestep: torch.Tensor, tensors: dict[str, Any]) -> dict[str, Any]:
        packed = tensors["latents"]

        def picture() -> Image.Image:
            return preview(drawn.vae, drawn._unpack_latents(packed, height, width, drawn.vae_scale_factor))

        variant.stepped(call + 1, drawn.num_timesteps, picture)
        if call + 1 == drawn.num_timesteps:
            variant.stage(Stage.DECODING)
        return tensors

    return stepped
