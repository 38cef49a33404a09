"""Our engine beside bare diffusers, PyAV and Pillow: the same calls in one process, in turn, on the demo models.

Machines have other work: so it is the time of the CPU that is compared, on one thread, in many short pairs of which
every second one is made the other way round. Of their ratios the median is told, and where it lies with 95 % certainty.
"""

import gc
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from containers import Embedded
from generation.catalogue import Keyframes, Model, models
from generation.engine import media
from generation.engine.api import Progress, Result, Stage
from generation.engine.engine import Engine
from generation.engine.options import Options
from generation.request import Request, parse

from . import _bare

PAIRS = 41
SIDES = {"image": 512, "video": 256}
FRAMES = 17
ENCODED_FRAMES, ENCODED_SIDE, ENCODED_PAIRS, FPS = 33, 512, 7, 16
SHORT = {"image": {"steps": 10}, "video": {"num_frames": FRAMES}}
PLAIN = {"sampler": {"pony": "Euler a", "flux": "Euler"}, "reference_strength": 1.0, "denoising_strength": 1.0}
NOT_STOCK = {("anisora", "text2video"), ("anisora", "arbitrary")}
"""What no stock pipeline does: there the stock call is one from a picture, of the same cost."""
WITHOUT_CFG = {"pony": {"cfg_scale": 1.0}, "anisora": {"guidance_scale": 1.0}}


class Bench:
    """A warm engine of demo models in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine(folder / "models", folder / "demo", Options(device="cpu"))
        rows, columns = np.mgrid[0:512, 0:512] // 2
        self.pictures = {
            type: Image.fromarray(np.stack([rows, columns, 255 - rows], axis=-1).astype(np.uint8)).resize((side, side))
            for type, side in SIDES.items()
        }

    def pipe(self, model: Model) -> Any:
        return self.engine._residency.get(self.engine._weights(model))

    def run(self, request: Request, on_progress: Callable[[Progress], None] = lambda progress: None) -> Result:
        (result,) = self.engine.run(
            request,
            picture=lambda sha256: self.pictures[request.type],
            out_dir=self.folder,
            on_progress=on_progress,
            should_stop=lambda: False,
        )
        return result

    def ours(self, request: Request) -> tuple[float, float, str]:
        """Seconds of denoising and of the whole, and the hash of the pixels."""
        gc.collect()
        denoising = Denoising()
        began = time.process_time()
        result = self.run(request, denoising)
        return denoising.seconds, time.process_time() - began, result.pixel_sha256

    def theirs(self, request: Request) -> tuple[float, float, str]:
        gc.collect()
        began = time.process_time()
        made = _bare.make(self.pipe(request.model), request, self.pictures[request.type])
        form = request["output_format"]
        _bare.save(made.pixels, self.folder / f"bare.{form}", form, request.get("fps", 0))
        return made.denoising, time.process_time() - began, media.pixel_sha256(made.pixels)


class Denoising:
    """Seconds from the beginning of the stage to its last step."""

    seconds = 0.0

    def __call__(self, progress: Progress) -> None:
        if progress.stage is Stage.DENOISING:
            if progress.step == 0:
                self._began = time.process_time()
            self.seconds = time.process_time() - self._began


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        print(f"medians of {PAIRS} pairs and their 95 % intervals; ratios are ours / bare diffusers")
        beside_diffusers(bench)
        prompt_cache(bench)
        negative_guidance(bench)
        encoding(bench)


def beside_diffusers(bench: Bench) -> None:
    print(f"\n{'model':9}{'mode':13}{'denoising':>22}{'whole':>22}{'ours/s':>8}{'bare/s':>8}  pixels")
    for model in models().values():
        for mode in model.modes:
            made_in_turn(bench, asked(model, mode.id, prompt="an owl"), 0)
            gc.freeze()  # what is warm now need not be looked through between the runs
            pairs = [made_in_turn(bench, asked(model, mode.id, prompt=f"a fox, {n}"), n) for n in range(PAIRS)]
            denoising, whole = (interval(ours[part] / bare[part] for ours, bare in pairs) for part in (0, 1))
            ours, bare = (median(pair[side][1] for pair in pairs) for side in (0, 1))
            if (model.id, mode.id) in NOT_STOCK:
                verdict = "no stock call"
            else:
                verdict = "the same" if all(ours[2] == bare[2] for ours, bare in pairs) else "DIFFERENT"
            row = f"{model.id:9}{mode.id:13}{denoising:>22}{whole:>22}{ours:8.2f}{bare:8.2f}  {verdict}"
            print(row, flush=True)


def made_in_turn(bench: Bench, request: Request, pair: int) -> tuple[Any, Any]:
    return in_turn(partial(bench.ours, request), partial(bench.theirs, request), pair)


def in_turn(ours: Callable[[], Any], bare: Callable[[], Any], pair: int) -> tuple[Any, Any]:
    """One pair, every second one the other way round."""
    if pair % 2:
        second = bare()
        return ours(), second
    return ours(), bare()


def prompt_cache(bench: Bench) -> None:
    print(f"\n{'model':9}{'text encoder calls, first':>26}{'another seed':>14}{'encoding/ms':>13}")
    for model in models().values():
        request = asked(model, model.modes[0].id, prompt="an owl", negative_prompt="fog", seed=1)
        counts, encoding = [], 0.0
        for each in (request, request.replacing(seed=2)):
            with counting_text_encoders(bench.pipe(model)) as calls:
                encoding += (
                    bench.run(each).receipt["seconds"].get("encoding prompt", 0)
                )  # there is no such stage on a hit
            counts.append(calls.counted["calls"])
        print(f"{model.id:9}{counts[0]:26}{counts[1]:14}{encoding * 1000:13.1f}")


class counting_text_encoders(ExitStack):
    """A context that counts the forward calls of a pipeline's text encoders."""

    def __init__(self, pipe: Any) -> None:
        super().__init__()
        self.counted: Counter[str] = Counter()
        for name in ("text_encoder", "text_encoder_2"):
            if encoder := pipe.components.get(name):
                hook = encoder.register_forward_hook(lambda *_: self.counted.update(["calls"]))
                self.callback(hook.remove)


def negative_guidance(bench: Bench) -> None:
    """Both prompts are encoded before, so that denoising alone is compared."""
    print(f"\n{'model':9}{'denoising with NAG / without':>30}")
    for model in models().values():
        plain = asked(model, model.modes[0].id, **WITHOUT_CFG.get(model.id, {}))
        avoiding = plain.replacing(negative_prompt="fog")
        pairs = [[bench.ours(request)[0] for request in (plain, avoiding)] for _ in range(PAIRS + 1)][1:]
        print(f"{model.id:9}{interval(avoided / alone for alone, avoided in pairs):>30}", flush=True)


def encoding(bench: Bench) -> None:
    frames = moving(ENCODED_FRAMES)
    print(f"\n{ENCODED_FRAMES} × {ENCODED_SIDE}²{'ours/s':>10}{'PyAV/s':>10}{'ratio':>7}{'ours/kB':>9}{'PyAV/kB':>9}")
    for form in ("mp4", "webm", "gif"):
        ours, bare = (bench.folder / f"{name}.{form}" for name in ("ours", "bare"))
        save_ours = partial(media.save, frames, ours, form, FPS, Embedded("a fox", "{}"))
        save_bare = partial(_bare.save, frames, bare, form, FPS)
        pairs = [in_turn(partial(timed, save_ours), partial(timed, save_bare), n) for n in range(ENCODED_PAIRS)]
        seconds = [median(pair[side] for pair in pairs) for side in (0, 1)]
        ratio = median(first / second for first, second in pairs)
        sizes = [path.stat().st_size // 1000 for path in (ours, bare)]
        print(f"{form:9}{seconds[0]:10.2f}{seconds[1]:10.2f}{ratio:7.2f}{sizes[0]:9}{sizes[1]:9}")


def asked(model: Model, mode: str, **values: Any) -> Request:
    """A request for what the stock pipelines can do, with a picture wherever one is wanted; videos smaller than people
    may ask for."""
    asked = {"model": model.id, "mode": mode, "prompt": "a fox dances in the snow", "seed": 7}
    asked |= {"width": 512, "height": 512, **SHORT[model.type]}
    for parameter in model.images_for(mode):
        asked[parameter.id] = [{"frame_index": 0, "image": "a" * 64}] if isinstance(parameter, Keyframes) else "a" * 64
    for parameter in model.parameters_for(mode):
        if parameter.id in PLAIN and (model.type == "video" or parameter.id == "sampler"):
            value = PLAIN[parameter.id]
            asked[parameter.id] = value[model.id] if isinstance(value, dict) else value
    side = SIDES[model.type]
    return parse(asked | values).replacing(width=side, height=side)


def moving(count: int) -> np.ndarray:
    """A landscape of soft hills that passes by, with a little grain: (count, side, side, 3)."""
    chance = np.random.default_rng(7)
    rows, columns = np.mgrid[0:ENCODED_SIDE, 0:ENCODED_SIDE]
    frames = np.empty((count, ENCODED_SIDE, ENCODED_SIDE, 3), np.uint8)
    for index in range(count):
        hills = np.sin((columns + 4 * index) / 60) * 60 + ENCODED_SIDE / 2
        soft = np.stack([rows / 2, np.where(rows > hills, 160, rows / 3), 255 - rows / 2], axis=-1)
        frames[index] = np.clip(soft + chance.normal(0, 4, soft.shape), 0, 255)
    return frames


def timed(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def interval(ratios: Iterable[float]) -> str:
    """The median, and the ratios between which the true one lies with 95 % certainty, however they are distributed."""
    ordered = sorted(ratios)
    rank = int(len(ordered) / 2 - 0.98 * len(ordered) ** 0.5)
    return f"{median(ordered):.3f} ({ordered[rank]:.3f}–{ordered[-1 - rank]:.3f})"
