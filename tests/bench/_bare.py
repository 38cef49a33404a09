"""What a short script does with diffusers, PyAV and Pillow alone: the same calls as ours, with nothing around them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from av.filter import Graph
from diffusers import (
    EulerAncestralDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxImg2ImgPipeline,
    FluxPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanVACEPipeline,
)
from diffusers.video_processor import VideoProcessor
from PIL import Image

from generation.engine.pipelines import flux, sdxl
from generation.engine.pipelines.wan_keyframes import SHIFT
from generation.engine.pipelines.wan_vace import lighting
from generation.engine.samplers import rapid_scheduler
from generation.request import Request

CODECS = {
    "mp4": ("libx264", {"crf": "18", "preset": "veryfast", "profile": "high"}),
    "webm": (
        "libvpx-vp9",
        {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1", "tile-columns": "2"},
    ),
}


@dataclass
class Made:
    """What a script made, with the seconds of the CPU from the call of the pipeline to its last step."""

    pixels: np.ndarray
    denoising: float


@torch.no_grad()
def make(pipe: Any, request: Request, picture: Image.Image) -> Made:
    """One run on the parts of our warm pipeline. `picture`, of the size asked for, is every reference picture."""
    return {"sdxl": _sdxl, "flux": _flux, "wan_keyframes": _wan, "wan_vace": _vace}[request.model.family](
        pipe, request, picture
    )


def _sdxl(pipe: Any, request: Request, picture: Image.Image) -> Made:
    scheduler = EulerAncestralDiscreteScheduler.from_config(pipe.scheduler.config)
    prompt, negative, pooled, negative_pooled = pipe.encode_prompt(request["prompt"])
    given = {
        "prompt_embeds": prompt,
        "pooled_prompt_embeds": pooled,
        "negative_prompt_embeds": negative,
        "negative_pooled_prompt_embeds": negative_pooled,
        "guidance_scale": request["cfg_scale"],
    }
    if request.mode_id == "image2image":
        given |= {"image": picture, "strength": sdxl.strength(request["steps"], request["denoising_strength"])}
        return _still(StableDiffusionXLImg2ImgPipeline, pipe, scheduler, request, given)
    return _still(StableDiffusionXLPipeline, pipe, scheduler, request, given | _size(request))


def _flux(pipe: Any, request: Request, picture: Image.Image) -> Made:
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(pipe.scheduler.config)
    prompt, pooled, _ = pipe.encode_prompt(request["prompt"])
    given = {"prompt_embeds": prompt, "pooled_prompt_embeds": pooled, "guidance_scale": request["guidance_scale"]}
    given |= _size(request)
    if request.mode_id == "image2image":
        given |= {"image": picture, "strength": flux.strength(request["steps"], request["denoising_strength"])}
        return _still(FluxImg2ImgPipeline, pipe, scheduler, request, given)
    return _still(FluxPipeline, pipe, scheduler, request, given)


def _wan(pipe: Any, request: Request, picture: Image.Image) -> Made:
    """From the first picture, and to the last where there is one."""
    text = f"{request['prompt']} aesthetic score: 5.5. motion score: {request['motion_score']:.1f}."
    prompt, _ = pipe.encode_prompt(
        f"{text} There is no text in the video.", do_classifier_free_guidance=False, max_sequence_length=512
    )
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=SHIFT)
    stock = WanImageToVideoPipeline(
        **{**pipe.components, "scheduler": scheduler}, boundary_ratio=pipe.config.boundary_ratio
    )
    given = {"image": picture, "last_image": picture if request.mode_id == "first_last" else None}
    given |= {"prompt_embeds": prompt, "guidance_scale": request["guidance_scale"]}
    return _video(stock, request, given, torch.Generator().manual_seed(request["seed"]))


def _vace(pipe: Any, request: Request, picture: Image.Image) -> Made:
    prompt, _ = pipe.encode_prompt(request["prompt"], do_classifier_free_guidance=False, max_sequence_length=512)
    generator = torch.Generator().manual_seed(request["seed"])
    shift, boundary = lighting(pipe, request["lighting_variant"])
    stock = WanVACEPipeline(**{**pipe.components, "scheduler": rapid_scheduler(generator, shift)})
    stock.register_to_config(boundary_ratio=boundary)
    stock.vae_scale_factor_spatial = pipe.vae_scale_factor_spatial
    stock.video_processor = VideoProcessor(vae_scale_factor=pipe.vae_scale_factor_spatial)
    shape = (1, request["num_frames"], request["height"], request["width"], 3)
    video, mask = np.full(shape, 0.5, np.float32), np.ones(shape, np.float32)
    for index in {"text2video": [], "image2video": [0], "first_last": [0, -1]}[request.mode_id]:
        video[:, index], mask[:, index] = np.asarray(picture, np.float32) / 255, 0
    strength = request.get("reference_strength", 0.0)
    given = {"video": video, "mask": mask, "conditioning_scale": strength, "prompt_embeds": prompt}
    return _video(stock, request, given | {"guidance_scale": request["cfg_scale"]}, generator)


def _size(request: Request) -> dict[str, int]:
    return {"width": request["width"], "height": request["height"]}


def _still(kind: Any, pipe: Any, scheduler: Any, request: Request, given: dict[str, Any]) -> Made:
    drawing = kind(**{**pipe.components, "scheduler": scheduler})
    drawing.set_progress_bar_config(disable=True)
    clock = _Clock()
    (image,) = drawing(
        num_inference_steps=request["steps"],
        generator=torch.Generator().manual_seed(request["seed"]),
        callback_on_step_end=clock,
        **given,
    ).images
    return Made(np.asarray(image)[np.newaxis], clock.seconds)


def _video(stock: Any, request: Request, given: dict[str, Any], generator: torch.Generator) -> Made:
    stock.set_progress_bar_config(disable=True)
    clock = _Clock()
    (video,) = stock(
        num_inference_steps=request["steps"],
        num_frames=request["num_frames"],
        generator=generator,
        callback_on_step_end=clock,
        **_size(request),
        **given,
    ).frames
    return Made((video * 255).round().astype(np.uint8), clock.seconds)


class _Clock:
    """A callback that notes when the last step ended."""

    def __init__(self) -> None:
        self._began = time.process_time()
        self.seconds = 0.0

    def __call__(self, drawing: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        self.seconds = time.process_time() - self._began
        return tensors


def save(frames: np.ndarray, path: Path, form: str, fps: int) -> None:
    savers: dict[str, Callable[[np.ndarray, Path, str, int], None]] = {"png": _png, "gif": _gif}
    savers.get(form, _coded)(frames, path, form, fps)


def _png(frames: np.ndarray, path: Path, form: str, fps: int) -> None:
    Image.fromarray(frames[0]).save(path, "PNG")


def _coded(frames: np.ndarray, path: Path, form: str, fps: int) -> None:
    codec, options = CODECS[form]
    with av.open(path, "w", format=form) as container:
        stream = container.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt, stream.thread_count = "yuv420p", 4
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def _gif(frames: np.ndarray, path: Path, form: str, fps: int) -> None:
    """The usual graph: one palette made of all pixels, then dithering."""
    graph = Graph()
    height, width = frames.shape[1:3]
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1, fps))
    split, palette, use = graph.add("split"), graph.add("palettegen"), graph.add("paletteuse")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    with av.open(path, "w", format="gif") as container:
        stream = container.add_stream("gif", rate=fps)
        stream.height, stream.width, stream.pix_fmt = height, width, "pal8"
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            source.push(frame)
        source.push(None)
        for _ in frames:
            container.mux(stream.encode(sink.pull()))
        container.mux(stream.encode())
