"""Runs requests on a real engine, each once, and notes what its networks and text encoders are given on the way."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import av
import numpy as np
import torch
from PIL import Image

from generation.catalogue import Mode, Model
from generation.engine.api import Result
from generation.engine.engine import Engine
from generation.engine.options import Options
from generation.engine.weights import Weights
from generation.request import Request, parse
from tests.engine import wan

SIDE = 512
SMALLEST: dict[str, dict[str, Any]] = {"image": {"steps": 10}, "video": {"num_frames": 17}}
IMAGES: dict[str, dict[str, Any]] = {"text2image": {}, "image2image": {"reference_image": wan.FIRST}, **wan.IMAGES}
NETWORKS = ("unet", "transformer", "transformer_2")
ENCODERS = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}


@dataclass(frozen=True)
class Call:
    """What a network was given, by the names of its arguments."""

    inputs: dict[str, Any]

    @property
    def latents(self) -> torch.Tensor:
        return self.inputs["sample"] if "sample" in self.inputs else self.inputs["hidden_states"]

    @property
    def timestep(self) -> float:
        return float(torch.as_tensor(self.inputs["timestep"]).flatten()[0])

    @property
    def text(self) -> torch.Tensor:
        return self.inputs["encoder_hidden_states"]


@dataclass
class Run:
    """The files of a request, and what the model was given to make them."""

    request: Request
    results: list[Result]
    calls: list[Call]
    texts: list[str]

    @property
    def result(self) -> Result:
        return self.results[0]

    @property
    def timesteps(self) -> list[float]:
        return [call.timestep for call in self.calls]

    @property
    def after_one_step(self) -> torch.Tensor:
        """The latents that the second step begins with, however many calls the first one took."""
        return next(call for call in self.calls if call.timestep != self.calls[0].timestep).latents[:1]

    @cached_property
    def pixels(self) -> np.ndarray:
        """What the first file shows: (frames, height, width, 3)."""
        path = self.result.path
        if path.suffix in (".png", ".jpg"):
            with Image.open(path) as image:
                return np.asarray(image.convert("RGB"))[np.newaxis]
        with av.open(path) as container:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


class WatchedEngine(Engine):
    """An engine whose networks and text encoders note what they are given."""

    calls: list[Call]
    texts: list[str]

    def watch(self) -> None:
        """Begin anew."""
        self.calls, self.texts = [], []

    def _load(self, weights: Weights) -> Any:
        pipe = super()._load(weights)
        for name in NETWORKS:
            if (network := getattr(pipe, name, None)) is not None:
                network.register_forward_pre_hook(self._note_call, with_kwargs=True)
        for name, tokenizer in ENCODERS.items():
            if (encoder := getattr(pipe, name, None)) is not None:
                encoder.register_forward_pre_hook(self._note_text(getattr(pipe, tokenizer)), with_kwargs=True)
        return pipe

    def _note_call(self, network: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.calls.append(Call(dict(signature(network.forward).bind(*args, **kwargs).arguments)))

    def _note_text(self, tokenizer: Any) -> Callable[..., None]:
        def note(encoder: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            ids = args[0] if args else kwargs["input_ids"]
            self.texts += tokenizer.batch_decode(ids, skip_special_tokens=True)

        return note


@dataclass
class Lab:
    """The smallest request of each mode, with changes. Runs are kept while the mode stays the same.

    `sides` makes the pictures of a type smaller than people may ask for.
    """

    demo_dir: Path
    folder: Path
    sides: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = WatchedEngine(self.folder / "no models", self.demo_dir, Options(device="cpu"))
        self._mode: tuple[str, str] | None = None
        self._runs: dict[str, Run] = {}

    def request(self, model: Model, mode: Mode, **changes: Any) -> Request:
        """Each mode has words of its own, so that none are remembered from another."""
        asked = {"model": model.id, "mode": mode.id, "prompt": f"a fox dances in the snow, {mode.id}", "seed": 7}
        asked |= {"width": SIDE, "height": SIDE, **SMALLEST[model.type], **IMAGES[mode.id], **changes}
        side = self.sides.get(model.type, SIDE)
        return parse(asked).replacing(**{name: side for name in ("width", "height") if name not in changes})

    def run(self, model: Model, mode: Mode, **changes: Any) -> Run:
        if self._mode != (model.id, mode.id):
            self._mode, self._runs = (model.id, mode.id), {}
        request = self.request(model, mode, **changes)
        key = json.dumps(request.to_json(), sort_keys=True)
        if key not in self._runs:
            self._runs[key] = self.again(request)
        return self._runs[key]

    def again(self, request: Request) -> Run:
        """The request, run whether it was before or not."""
        self.engine.watch()
        results = self.engine.run(
            request,
            picture=wan.PICTURES.__getitem__,
            out_dir=Path(mkdtemp(dir=self.folder)),
            on_progress=lambda progress: None,
            should_stop=lambda: False,
        )
        return Run(request, list(results), self.engine.calls, self.engine.texts)
