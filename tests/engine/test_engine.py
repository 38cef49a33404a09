"""A run from request to files: stages, variants, stopping, and the same bits whatever ran before."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from generation.catalogue import get_model, models
from generation.engine import demo
from generation.engine.api import EngineError, Stage, Stopped, WeightsMissing
from generation.engine.engine import OUT_OF_MEMORY, Engine
from generation.engine.options import Options
from generation.engine.pipelines.sdxl import Sdxl
from generation.engine.receipt import driver_version
from generation.request import parse

TEXT = {"model": "pony", "mode": "text2image", "prompt": "a teapot", "seed": 7, "steps": 10}
TEXT |= {"width": 512, "height": 512}
SIDES = {"width": 128, "height": 128}
"""Smaller than people may ask for: the course of a run does not depend on it."""
SMALL = parse(TEXT).replacing(**SIDES)
ROOT = Path(__file__).resolve().parents[2]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class Watcher:
    """Notes all progress, and asks to stop after `last` reports."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.seen = []

    def __call__(self, progress):
        self.seen.append(progress)

    def should_stop(self) -> bool:
        return self.last is not None and len(self.seen) >= self.last

    @property
    def stages(self) -> list[Stage]:
        """Each stage as it begins."""
        stages = [progress.stage for progress in self.seen]
        return [stage for n, stage in enumerate(stages) if n == 0 or stages[n - 1] != stage]


@pytest.fixture
def watch(engine, picture, tmp_path):
    def run(watcher: Watcher, request=SMALL, engine=engine):
        return engine.run(
            request, picture=picture, out_dir=tmp_path, on_progress=watcher, should_stop=watcher.should_stop
        )

    return run


def test_stages_and_steps_are_told_in_order(watch, demo_dir, tmp_path):
    watcher = Watcher()
    list(watch(watcher, SMALL.replacing(batch_size=2), Engine(tmp_path, demo_dir, Options(device="cpu"))))
    once = [Stage.DENOISING, Stage.DECODING, Stage.SAVING]
    assert watcher.stages == [Stage.LOADING, Stage.ENCODING, *once, *once]
    steps = [(each.variant, each.step) for each in watcher.seen if each.step]
    assert steps == [(variant, step) for variant in range(2) for step in range(1, 11)]
    fractions = [each.fraction for each in watcher.seen]
    assert fractions == sorted(fractions)


def test_previews_come_closer_to_the_picture(watch):
    (result,) = watch(watcher := Watcher(), parse(TEXT))
    shown = [progress.preview() for progress in watcher.seen if progress.preview]
    final = np.asarray(result.poster.resize(shown[0].size)).astype(int)
    away = [np.abs(np.asarray(each) - final).mean() for each in shown]
    assert len(away) == 10
    assert away[-1] < 14 < away[0] / 2


def test_variants_have_the_seeds_that_make_them_alone(make):
    together = make(**{**TEXT, "batch_size": 3, "seed": 2**31 - 2})
    assert [result.seed for result in together] == [2**31 - 2, 2**31 - 1, 0]
    for result in together:
        (alone,) = make(**{**TEXT, "seed": result.seed})
        assert alone.pixel_sha256 == result.pixel_sha256
        assert alone.sha256 == result.sha256


def test_a_variant_is_given_before_the_next_is_made(watch, tmp_path):
    results = watch(watcher := Watcher(), SMALL.replacing(batch_size=2))
    first = next(results)
    assert first.path.parent == tmp_path
    assert first.path.is_file()
    assert {progress.variant for progress in watcher.seen} == {0}
    results.close()
    assert names(tmp_path) == [first.path.name]


@pytest.mark.parametrize("last", [1, 2, 5, 11, 12, 13])
def test_stopping_leaves_no_file_and_the_next_run_as_it_was(watch, demo_dir, tmp_path, last):
    """Stops after encoding, at steps, at decoding and at saving."""
    (expected,) = watch(Watcher())
    expected.path.unlink()
    with pytest.raises(Stopped):
        list(watch(watcher := Watcher(last)))
    assert len(watcher.seen) == last
    assert names(tmp_path) == []
    (result,) = watch(Watcher())
    assert result.pixel_sha256 == expected.pixel_sha256


def test_stopping_keeps_finished_variants(watch, tmp_path):
    results = watch(Watcher(20), SMALL.replacing(batch_size=2))
    first = next(results)
    with pytest.raises(Stopped):
        next(results)
    assert names(tmp_path) == [first.path.name]


def test_a_warm_engine_a_new_one_and_another_process_give_the_same_bits(make, watch, demo_dir, tmp_path):
    make(**{**TEXT, "sampler": "DPM++ SDE Karras", "clip_skip": 4, "negative_prompt": "blurred", "seed": 1})
    (warm,) = make(**TEXT)
    (new,) = watch(Watcher(), parse(TEXT), Engine(tmp_path, demo_dir, Options(device="cpu")))
    script = """
import json, sys, torch
from pathlib import Path
from generation.engine.engine import Engine
from generation.engine.options import Options
from generation.request import parse
asked, demo, out, threads = json.loads(sys.argv[1])
torch.set_num_threads(threads)
run = Engine(Path(out), Path(demo), Options(device="cpu")).run(
    parse(asked), picture=None, out_dir=Path(out), on_progress=lambda progress: None, should_stop=lambda: False)
print(next(run).pixel_sha256)
"""
    argument = json.dumps([TEXT, str(demo_dir), str(tmp_path), torch.get_num_threads()])
    done = subprocess.run(
        [sys.executable, "-c", script, argument], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert {warm.pixel_sha256, new.pixel_sha256, done.stdout.strip()} == {warm.pixel_sha256}
    assert done.stderr == ""


def test_models_that_alternate_are_loaded_once(watch, demo_dir, tmp_path):
    fresh = Engine(tmp_path, demo_dir, Options(device="cpu"))
    short = {"image": {"steps": 10}, "video": {"num_frames": 16}}
    loaded = []
    for model in [*models().values()] * 2:
        asked = {"model": model.id, "mode": model.modes[0].id, "prompt": "a teapot", "width": 512, "height": 512}
        list(watch(watcher := Watcher(), parse(asked | short[model.type]).replacing(**SIDES), fresh))
        loaded += [model.id] * (Stage.LOADING in watcher.stages)
    assert loaded == list(models())
    assert sorted(fresh.loaded) == sorted(models())
    fresh.unload()
    assert fresh.loaded == []


def test_the_receipt_tells_what_made_the_file(engine, make):
    engine.unload()  # what was encoded before would be at hand
    (result,) = make(**{**TEXT, "seed": 9})
    receipt = json.loads(json.dumps(result.receipt))
    assert parse(receipt["request"]).to_json() == parse({**TEXT, "seed": 9}).to_json()
    assert receipt["seed"] == 9
    assert receipt["model"] == "pony"
    assert receipt["demo"] is True
    assert receipt["dtype"] == "float32"
    assert receipt["versions"]["torch"] == torch.__version__
    assert receipt["versions"]["cuda"] == torch.version.cuda
    assert {len(sha256) for sha256 in receipt["weights"]["sha256"].values()} == {64}
    assert receipt["references"] == []
    tokens = len(demo.draw(get_model("pony")).tokenizer("a teapot", add_special_tokens=False).input_ids)
    assert receipt["prompt"] == {"text": "a teapot", "tokens": tokens, "read": tokens}
    assert "negative_prompt" not in receipt
    assert receipt["attention"] == "native"
    assert receipt["threads"] == torch.get_num_threads()
    assert receipt["peak_memory"]["of"] == "process"
    assert 10**8 < receipt["peak_memory"]["bytes"] < 10**11
    assert set(receipt["seconds"]) >= {"encoding prompt", "denoising", "decoding", "saving"}
    spent = sum(taken for stage, taken in receipt["seconds"].items() if stage != "loading")
    assert result.seconds == pytest.approx(spent, abs=0.01)


@pytest.mark.parametrize(
    ("model", "ends", "read"),
    [("pony", "winding, winding,", None), ("flux", "winding, winding,", 512), ("anisora", "in the video.", 512)],
)
def test_the_receipt_tells_how_much_of_a_prompt_was_read(make, capfd, model, ends, read):
    long = "a fox, " + "winding, " * 219 + "winding,"
    short = {"steps": 10} if model != "anisora" else {"num_frames": 16}
    size = {"width": 512, "height": 512}
    (result,) = make(model=model, mode=models()[model].modes[0].id, prompt=long, negative_prompt="fog", **size, **short)
    prompt = result.receipt["prompt"]
    assert prompt["text"].endswith(ends)
    assert prompt["tokens"] > 600
    assert prompt["read"] == (read or prompt["tokens"])
    negative = result.receipt["negative_prompt"]
    assert negative["text"] == "fog"
    assert negative["read"] == negative["tokens"] > 0
    assert capfd.readouterr().err == ""


def test_the_receipt_tells_what_was_made_of_emphasis(make):
    (result,) = make(**{**TEXT, "prompt": r"a ((red)) [fox] \(animal\) BREAK (rain:1.3)"})
    assert result.receipt["prompt"]["text"] == r"a (red:1.21)(fox:0.9091) \(animal\) BREAK (rain:1.3)"


def test_the_receipt_names_the_pictures_that_were_used(make):
    (result,) = make(**{**TEXT, "mode": "image2image", "reference_image": "a" * 64})
    assert result.receipt["references"] == ["a" * 64]


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n", "535.104.05"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build\n", "550.54.15"),
        ("something else", None),
    ],
)
def test_the_version_of_the_driver_is_read(told, version):
    assert driver_version(told) == version


def test_the_file_carries_its_request(make):
    (_, second) = make(**{**TEXT, "batch_size": 2})
    with Image.open(second.path) as image:
        assert "Seed: 8" in image.text["parameters"]
        assert parse(json.loads(image.text["mediagen"])).to_json() == second.receipt["request"]


def test_a_seed_is_drawn_where_none_was_given(make):
    (one,), (other,) = (make(**{**TEXT, "seed": -1}) for _ in range(2))
    assert one.seed != other.seed
    assert one.receipt["request"]["seed"] == one.seed


def test_incomplete_weights_are_told(watch, demo_dir, tmp_path):
    models_dir = tmp_path / "models"
    (models_dir / "pony").mkdir(parents=True)
    (models_dir / "pony" / "pony.safetensors").write_bytes(b"")
    with pytest.raises(WeightsMissing, match="Pony V6 XL"):
        list(watch(Watcher(), engine=Engine(models_dir, demo_dir, Options(device="cpu"))))


def test_a_machine_that_is_too_small_says_so_and_frees_what_it_holds(watch, demo_dir, tmp_path, monkeypatch):
    def exhaust(*arguments):
        raise torch.OutOfMemoryError

    small = Engine(tmp_path, demo_dir, Options(device="cpu"))
    monkeypatch.setattr(Sdxl, "draw", exhaust)
    with pytest.raises(EngineError, match=OUT_OF_MEMORY):
        list(watch(Watcher(), engine=small))
    assert small.loaded == []


def test_it_offers_what_can_be_run_and_leaves_out_what_is_broken(tmp_path):
    broken = tmp_path / "models" / "flux"
    broken.mkdir(parents=True)
    (broken / "flux1-dev.safetensors").write_bytes(b"")  # and no config beside it
    engine = Engine(tmp_path / "models", tmp_path / "demo")
    offered = engine.prepare(only=["pony", "flux"])
    assert offered["models"] == {"pony": {"demo": True}}
    assert offered["loras"] == {"pony": []}
    assert offered["memory_bytes"] > 2**30
    with pytest.raises(EngineError, match="There is no model fluxx"):
        engine.prepare(only=["fluxx"])
