"""What an engine tells of its work: the pace of its steps, its cache, its memory."""

import pytest

from generation.engine.engine import Engine
from generation.engine.meter import Meter
from generation.engine.options import Options
from generation.request import parse

ASKED = {
    "model": "pony",
    "mode": "text2image",
    "prompt": "a teapot",
    "seed": 7,
    "steps": 10,
    "width": 512,
    "height": 512,
}


def test_the_pace_follows_the_latest_steps():
    meter = Meter("cpu")
    meter.stepped("pony", 1.0)
    assert meter.readings()["step_seconds"] == {"pony": 1.0}
    for _ in range(30):
        meter.stepped("pony", 0.1)
        meter.stepped("flux", 2.0)
    assert meter.readings()["step_seconds"] == {"pony": pytest.approx(0.1, abs=0.01), "flux": 2.0}


def test_an_engine_reads_what_its_runs_did(demo_dir, tmp_path, picture):
    engine = Engine(tmp_path, demo_dir, Options(device="cpu"))
    assert engine.readings()["step_seconds"] == {}
    assert engine.readings()["loads"] == 0
    for seed in (1, 2):
        run = {"picture": picture, "out_dir": tmp_path, "on_progress": lambda _: None, "should_stop": lambda: False}
        list(engine.run(parse({**ASKED, "seed": seed}), **run))
    readings = engine.readings()
    assert readings["loads"] == 1
    assert 0 < readings["step_seconds"]["pony"] < 10
    assert readings["prompt_cache"]["hits"] == readings["prompt_cache"]["misses"] > 0
    assert 0 < readings["memory_used_bytes"] <= readings["peak_bytes"]
