"""What a form says of a text's length is what the engine finds afterwards; and it needs no torch to say it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from diffusers.pipelines.wan.pipeline_wan import prompt_clean as cleaned_by_diffusers
from transformers import T5TokenizerFast

from generation.catalogue import Model, models
from generation.engine import demo
from generation.engine.foretelling import readings, tokenizer_folder
from generation.engine.pipelines import family_of
from generation.engine.tokens import T5_TOKENS, Reading, counter, prompt_clean
from generation.request import parse

RIVER = "a winding river under snowy mountains, " * 60
TEXTS = {
    "short": "a fox dances in the snow",
    "russian": "лиса танцует на снегу, тёплый свет, ёлки и далёкие горы. " * 14,
    "weighted": "a (copper:1.3) teapot, [steam], BREAK ((soft light)) \\(really\\) " * 12,
    "longest": RIVER[:1999] + ".",
    "one word": "x" * 2000,
    "other scripts": "龙🦊 ﷺ " * 300,
    "entities and lines": "a fox &amp;amp; a hill\n\n\tclose&nbsp;up, cafÃ© " * 40,
}
MODELS = pytest.mark.parametrize("model", models().values(), ids=lambda model: model.id)


@pytest.fixture(scope="module")
def pipes(demo_dir: Path):
    """The demo models, in memory as the engine has them and stored where a web server looks for them."""
    for model in models().values():
        demo.build(model, demo_dir / model.id)
    return {model.id: demo.draw(model) for model in models().values()}


def foretold(model: Model, values: Mapping[str, Any], folder: Path) -> dict[str, Reading]:
    found = tokenizer_folder(model, folder / "none", folder)
    assert found is not None
    return readings(model, values, found)


@MODELS
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_form_says_what_the_engine_reads(pipes, demo_dir, model, text):
    asked = {"model": model.id, "prompt": text, "negative_prompt": text[::-1]}
    if model.parameter("motion_score"):
        asked["motion_score"] = 4.5
    request = parse(asked)
    found = family_of(model).read(pipes[model.id], request)
    assert found.keys() == {"prompt", "negative_prompt"}
    if model.family == "sdxl":
        assert tokenizer_folder(model, demo_dir, demo_dir) is None
        assert all(reading.read == reading.tokens for reading in found.values())
    else:
        assert foretold(model, request.values, demo_dir) == found


def test_the_motion_score_takes_its_part_of_what_is_read(pipes, demo_dir):
    told = {}
    for name in ("phr00t", "anisora"):
        request = parse({"model": name, "prompt": TEXTS["longest"]})
        told[name] = foretold(request.model, request.values, demo_dir)["prompt"]
        assert told[name].read <= T5_TOKENS < told[name].tokens
    assert told["anisora"].tokens > told["phr00t"].tokens


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_counts_with_the_class_that_the_pipeline_names(pipes, demo_dir, tmp_path, text):
    """T5's own class, which the published weights name, makes its rules anew and spells nothing in bytes."""
    model = models()["phr00t"]
    shutil.copytree(demo_dir / model.id, tmp_path / model.id)
    index = tmp_path / model.id / "model_index.json"
    parts = json.loads(index.read_text()) | {"tokenizer": ["transformers", "T5TokenizerFast"]}
    index.write_text(json.dumps(parts))
    count = counter(T5TokenizerFast.from_pretrained(index.parent / "tokenizer"))
    told = foretold(model, {"prompt": text, "negative_prompt": ""}, tmp_path)
    assert told["prompt"].tokens == count(prompt_clean(text))


def test_another_tokenizer_in_its_place_is_read_anew(pipes, demo_dir, tmp_path):
    model = models()["flux"]
    shutil.copytree(demo_dir / model.id, tmp_path / model.id)
    values = {"prompt": "a fox", "negative_prompt": ""}
    assert foretold(model, values, tmp_path)["prompt"].tokens == len(pipes[model.id].tokenizer_2("a fox").input_ids)
    (tmp_path / model.id / "tokenizer_2" / "tokenizer.json").write_text("{ not a tokenizer")
    assert foretold(model, values, tmp_path) == {}


@MODELS
def test_a_machine_without_weights_says_nothing(tmp_path, model):
    assert tokenizer_folder(model, tmp_path, tmp_path) is None


def test_it_needs_no_torch(pipes, demo_dir):
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, demo_dir / "flux" / "tokenizer_2"], capture_output=True, text=True
    )
    tokens = len(pipes["flux"].tokenizer_2("a fox").input_ids)
    assert told.stdout.strip() == f"{tokens} tokens, torch: False", told.stderr


WITHOUT_TORCH = """
import sys
from pathlib import Path
from generation.catalogue import models
from generation.engine.foretelling import readings
told = readings(models()["flux"], {"prompt": "a fox", "negative_prompt": ""}, Path(sys.argv[1]))
print(told["prompt"].tokens, "tokens, torch:", "torch" in sys.modules)
"""


def test_texts_are_cleaned_as_diffusers_cleans_them():
    for text in (*TEXTS.values(), " \u2003a\x0bb\x1cc ", "&lt;b&gt; &amp;lt;", "ï¬\x81re", ""):
        assert prompt_clean(text) == cleaned_by_diffusers(text)
