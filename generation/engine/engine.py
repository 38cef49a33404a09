"""Runs requests: loads the model once, encodes the prompt once, draws and saves one variant after another."""

import hashlib
import json
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from generation.catalogue import Model, models
from generation.catalogue.faults import gettext_noop as _
from generation.engine import demo, libraries, loras, media, memory, previews, receipt, speed
from generation.engine.adapters import wear
from generation.engine.api import EngineError, OutOfMemory, Progress, Result, Stage, WeightsMissing
from generation.engine.cache import PromptCache, encoding_once
from generation.engine.fitting import Experience, pixels_of, smaller
from generation.engine.infotext import infotext
from generation.engine.loading import load
from generation.engine.meter import Meter
from generation.engine.options import AUTOMATIC, MemoryProfile, Options
from generation.engine.pipelines import family_of
from generation.engine.pipelines.family import Variant
from generation.engine.reporting import Reporter
from generation.engine.residency import Residency
from generation.engine.weights import Weights, find
from generation.request import Request

PROMPT_CACHE_BYTES = 256 * 2**20
"""Some 60 prompts of the largest text encoder, which makes 4 MiB of each."""

OUT_OF_MEMORY = _("There is not enough memory for this on this machine. Try a smaller size or fewer frames.")
TOO_MANY_FRAMES = _("There is not enough memory for so many frames on this machine. So many should fit:")
TOO_LARGE = _("There is not enough memory for this size on this machine. This one should fit:")

logger = logging.getLogger(__name__)


class Engine:
    """Models of one machine, kept warm between runs. One run at a time.

    Weights in `models_dir` are used where a model has them; otherwise the small ones that ship with the project, built
    in `demo_dir` when they are first needed. Raises EngineError if this machine cannot do what `options` ask for.
    """

    def __init__(self, models_dir: Path, demo_dir: Path, options: Options = AUTOMATIC) -> None:
        self.models_dir = models_dir
        self.demo_dir = demo_dir
        self.options = options
        self.device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = torch.bfloat16 if self.device.startswith("cuda") else torch.float32
        self._torch_device = torch.device(self.device)
        speed.check(options, self._torch_device, self.dtype)
        self._prompts = PromptCache(PROMPT_CACHE_BYTES)
        self._meter = Meter(self.device)
        libraries.log_like_us()
        self._residency = Residency(
            self._load, memory.memory_for_models(self._torch_device), evicted=self._prompts.forget
        )
        self._profiles: dict[Weights, MemoryProfile] = {}
        self._lowered: dict[Weights, MemoryProfile] = {}
        self._experience: defaultdict[Weights, Experience] = defaultdict(Experience)

    @property
    def loaded(self) -> list[str]:
        """Ids of the warm models."""
        return self._residency.loaded

    def readings(self) -> dict[str, Any]:
        """What was measured so far, ready for JSON: `step_seconds` by model, `memory_used_bytes`, `peak_bytes`, `loads`
        of models, and of the `prompt_cache` its `hits`, `misses` and `bytes`."""
        return {**self._meter.readings(), "loads": self._residency.loads, "prompt_cache": self._prompts.readings()}

    def unload(self) -> None:
        self._residency.clear()

    def run(
        self,
        request: Request,
        *,
        picture: Callable[[str], Image.Image],
        out_dir: Path,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        skip: Collection[int] = (),
    ) -> Iterator[Result]:
        """Make every variant of the request but those to `skip`, each given as soon as its file is whole in `out_dir`.

        `picture` gives a reference image by its hash: upright RGB. `should_stop` is asked at every step. Where memory
        runs out, what is unfinished is tried again with the next lower profile; the bits stay the same but for float8
        and tiles. Raises Stopped, with no file of the unfinished variant left, and EngineError if the run cannot be
        done.
        """
        request = request.with_drawn_seed()
        on_step = partial(self._meter.stepped, request.model_id)
        reporter = Reporter(request["batch_size"], on_progress, should_stop, on_step)
        weights = self._weights(request.model)
        unfinished = deque((index, seed) for index, seed in enumerate(request.seeds) if index not in skip)
        while unfinished:
            exhausted = None
            try:
                yield from self._make(request, weights, unfinished, picture, out_dir, reporter)
            except torch.OutOfMemoryError as error:
                exhausted = error.with_traceback(None)  # whose frames hold what filled the memory
            if exhausted:
                self._give_way(request, weights, exhausted)

    def _make(
        self,
        request: Request,
        weights: Weights,
        unfinished: deque[tuple[int, int]],
        picture: Callable[[str], Image.Image],
        out_dir: Path,
        reporter: Reporter,
    ) -> Iterator[Result]:
        """Make the unfinished variants, (index, seed), and take off what is done."""
        if not self._residency.holds(weights) or request["loras"]:
            reporter.stage(Stage.LOADING)
        pipe = self._residency.get(weights)
        try:
            family = family_of(request.model)
            worn = wear(pipe, request, self.models_dir)
            receipt.restart_peak(self.device)
            at_rest = memory.allocated(self._torch_device)
            encoding = partial(reporter.stage, Stage.ENCODING)
            remember = partial(self._prompts.get, weights, worn=worn.encoders, before=encoding)
            embeddings = family.encode(pipe, request, remember)
            pictures: dict[Hashable, Any] = {}
            while unfinished:
                index, seed = unfinished[0]
                reporter.variant = index
                variant = Variant(request, seed, picture, reporter.stage, reporter.stepped)
                with encoding_once(pipe.vae, pictures) if request["batch_size"] > 1 else nullcontext():
                    frames = family.draw(pipe, variant, embeddings)
                self._experience[weights].fitted(pixels_of(request), memory.taken_since(at_rest, pipe))
                reporter.stage(Stage.SAVING)
                single = request.for_variant(index)
                pixels = media.pixel_sha256(frames)
                path = _save(frames, single, out_dir / _name(single, pixels), reporter.check)
                seconds = reporter.lap()
                made_by = receipt.write(
                    single,
                    weights,
                    pipe,
                    device=self._torch_device,
                    dtype=self.dtype,
                    readings=family.read(pipe, request),
                    seconds=seconds,
                    loras=worn.receipt,
                )
                unfinished.popleft()
                yield _result(frames, pixels, path, single, index, seconds, made_by)
        finally:
            memory.release(pipe)

    def _give_way(self, request: Request, weights: Weights, exhausted: torch.OutOfMemoryError) -> None:
        """Let the model be loaded with a lower profile, or raise OutOfMemory with what would fit."""
        profile = self._profiles[weights]
        room = self._room(weights)
        self.unload()
        if profile.below and memory.offloads(self._torch_device):
            logger.warning("%s does not fit with the profile %s: now %s.", request.model.name, profile, profile.below)
            self._lowered[weights] = profile.below
            return
        pixels = pixels_of(request)
        most = self._experience[weights].most(pixels, room)
        suggestion = smaller(request, most)
        raise OutOfMemory(_advice(suggestion), suggestion) from exhausted

    def _room(self, weights: Weights) -> int | None:
        """Bytes of the device that a warm model's weights leave; None where that cannot be told."""
        free = memory.free_on(self._torch_device)
        if free is None or not self._residency.holds(weights):
            return None
        return free - memory.at_work(self._residency.get(weights), self._profiles[weights])

    def prepare(self, only: Collection[str] = ()) -> dict[str, Any]:
        """What can be run here, ready for JSON: `models` by id with whether each is a demo model, the names of `loras`
        by model, and `memory_bytes` of the device. With `only`, of these models alone.

        Demo models are put in their place now, so that the first request need not wait for it. A model whose weights
        are there but incomplete is left out, and the log says why. Raises EngineError where `only` names one that is
        not in the catalogue.
        """
        if unknown := set(only) - set(models()):
            raise EngineError(f"There is no model {', '.join(sorted(unknown))}.")
        offered = {}
        for model in models().values():
            if only and model.id not in only:
                continue
            try:
                offered[model.id] = {"demo": self._weights(model).demo}
            except EngineError as error:
                logger.error("%s cannot be used: %s", model.name, error)
        names = loras.available(self.models_dir)
        return {
            "models": offered,
            "loras": {model_id: names[model_id] for model_id in offered},
            "memory_bytes": memory.memory_of(self._torch_device),
        }

    def _weights(self, model: Model) -> Weights:
        weights = find(model, self.models_dir)
        if weights is None:
            demo.build(model, self.demo_dir / model.id)
            weights = find(model, self.demo_dir, demo=True)
        if weights is None:
            raise WeightsMissing(f"There are no weights of {model.name} in {self.models_dir}.")
        return weights

    def _load(self, weights: Weights) -> Any:
        """The pipeline at its place. A lower profile holds for as long as the model stays warm."""
        pipe = load(weights, family_of(weights.model).pipeline_class, dtype=self.dtype)
        lowered = self._lowered.pop(weights, None)
        profile = lowered or self._profile(weights, pipe)
        self._profiles[weights] = profile
        if memory.offloads(self._torch_device):
            self._residency.make_room(memory.Footprint(device=memory.at_work(pipe, profile)))
        memory.place(pipe, profile, self._torch_device, self.dtype)
        speed.apply(pipe, self.options)
        if profile is MemoryProfile.BALANCED:
            previews.learn(pipe.vae, self._torch_device)
            memory.release(pipe)
        return pipe

    def _profile(self, weights: Weights, pipe: Any) -> MemoryProfile:
        if self.options.memory:
            return self.options.memory
        free = memory.free_on(self._torch_device)
        if free is None:
            return MemoryProfile.FULL
        return memory.choose(memory.sizes_of(pipe), free, memory.HEADROOM[weights.model.type])


def _advice(suggestion: Mapping[str, Any] | None) -> str:
    if suggestion is None:
        return OUT_OF_MEMORY
    if "num_frames" in suggestion:
        return f"{TOO_MANY_FRAMES}\n{suggestion['num_frames']}"
    return f"{TOO_LARGE}\n{suggestion['width']} × {suggestion['height']}"


def _result(
    frames: np.ndarray,
    pixels: str,
    path: Path,
    single: Request,
    index: int,
    seconds: Mapping[Stage, float],
    made_by: dict[str, Any],
) -> Result:
    count, height, width, _channels = frames.shape
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Result(
        variant=index,
        path=path,
        seed=single["seed"],
        width=width,
        height=height,
        frames=count,
        fps=single.get("fps", 0),
        bytes=path.stat().st_size,
        sha256=sha256,
        pixel_sha256=pixels,
        seconds=sum(taken for stage, taken in seconds.items() if stage != Stage.LOADING),
        poster=Image.fromarray(frames[0]),
        receipt=made_by,
    )


def _name(single: Request, pixels: str) -> str:
    return f"{single.model_id}-{single.mode_id}-{single['seed']}-{pixels[:8]}.{single['output_format']}"


def _save(frames: np.ndarray, single: Request, path: Path, check: Callable[[], None]) -> Path:
    """Write the file under a hidden name and give it its own when it is whole and still wanted."""
    partial = path.with_name(f".{path.name}.part")
    embedded = media.Embedded(text=infotext(single), json=json.dumps(single.to_json(), ensure_ascii=False))
    try:
        media.save(frames, partial, single["output_format"], single.get("fps", 0), embedded, single.get("quality", 0))
        check()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
