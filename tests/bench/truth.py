"""What every parameter does, for each model and mode, at the smallest size that can be asked for."""

import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from generation.catalogue import models
from tests.engine.truth.lab import Lab
from tests.engine.truth.matrix import every_parameter, measure
from tests.engine.truth.trial import Trial

Pair = tuple[str, str]
Effects = dict[str, str]


def main() -> None:
    """Raises AssertionError if a cell would be empty or zero."""
    began = time.perf_counter()
    pairs = [(model.id, mode.id) for model in models().values() for mode in model.modes]
    with tempfile.TemporaryDirectory() as folder, processes() as pool:
        effects = dict(zip(pairs, pool.map(partial(measured, folder=Path(folder)), pairs), strict=True))
    show(effects)
    count = sum(map(len, effects.values()))
    print(f"\n{count} effects in {time.perf_counter() - began:.0f} s; levels: mean difference of the pixels, of 255")


def processes() -> ProcessPoolExecutor:
    """One for each core, of a single thread: threads that share their cores with other programs wait for each other."""
    return ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), torch.set_num_threads, (1,))


def measured(pair: Pair, folder: Path) -> Effects:
    """What the parameters of a mode do, by their ids; each is told as it is found."""
    lab = Lab(folder / "demo", Path(tempfile.mkdtemp(dir=folder)))
    effects = {}
    for model, mode, parameter in every_parameter():
        if (model.id, mode.id) == pair:
            began = time.perf_counter()
            effects[parameter.id] = str(measure(Trial(model, mode, parameter, lab)))
            spent = time.perf_counter() - began
            print(f"{model.id} in {mode.id}: {parameter.id} {effects[parameter.id]} ({spent:.1f} s)", flush=True)
    return effects


def show(effects: dict[Pair, Effects]) -> None:
    for model in models().values():
        modes = [mode.id for mode in model.modes]
        print(f"\n{model.name:20}" + "".join(f"{mode:>18}" for mode in modes))
        for parameter in model.parameters:
            cells = [effects[model.id, mode].get(parameter.id, "not shown") for mode in modes]
            print(f"{parameter.id:20}" + "".join(f"{cell:>18}" for cell in cells))
