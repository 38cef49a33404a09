"""A prompt that a model does not read to its end says so before anything is made: in forms and on the command line."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from generation import ledger
from generation.catalogue import models
from generation.engine import demo
from generation.lengths import unread
from generation.models import Generation, State
from generation.request import parse
from tests.pages.conftest import form_of

LONG = ("a winding river under snowy mountains, " * 60)[:1999] + "."
CUTTING = ("flux", "anisora", "phr00t")
NOTES = {
    "en": r"it takes 5\d\d of \d{3,} tokens and leaves out the end",
    "ru": r"она прочтёт 5\d\d токенов из \d{3,}, без конца",
}
CASES = pytest.mark.parametrize(("model", "language"), [("flux", "en"), ("anisora", "ru"), ("phr00t", "en")])


@pytest.fixture(scope="module")
def demo_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    for model in models().values():
        demo.build(model, folder / model.id)
    return folder


@pytest.fixture(autouse=True)
def here(settings, demo_models, tmp_path):
    settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS = tmp_path / "none", demo_models


def cut(asked):
    """The texts that are told not to be read to their end."""
    return {id for id, message in unread(parse(asked)).items() if message}


@pytest.mark.parametrize("model", models())
def test_models_that_cut_say_so_of_each_text(model):
    cuts = {"prompt", "negative_prompt"} if model in CUTTING else set()
    assert cut({"model": model, "prompt": LONG, "negative_prompt": LONG}) == cuts
    assert cut({"model": model, "prompt": LONG}) == cuts - {"negative_prompt"}
    assert cut({"model": model, "prompt": "a fox"}) == set()


@CASES
def test_the_form_says_so_while_people_write_and_when_it_comes_back(client_of, person, media, model, language):
    client = client_of(person)
    mode = models()[model].modes[0].id
    typed = form_of(model, mode, prompt=LONG, seed="no number")
    for address in ("/estimate/", "/compose/", "/generate/"):
        page = client.post(address, typed, headers={"Accept-Language": language}).content.decode()
        (note,) = re.findall(r'<p class="unread"\s+id="id_prompt-reading"([^>]*)>(.*?)</p>', page, re.DOTALL)
        assert re.search(NOTES[language], note[1]), address
        assert "hidden" not in note[0]


@CASES
def test_the_command_line_says_so_before_it_submits(person, model, language, tmp_path, monkeypatch, capsys):
    """Nobody works here: what was submitted is cancelled while it waits."""
    monkeypatch.setattr("time.sleep", lambda seconds: ledger.cancel(Generation.objects.get()))
    words = {"model": model, "mode": models()[model].modes[0].id, "prompt": LONG, "out": tmp_path}
    with translation.override(language), pytest.raises(CommandError):
        call_command("generate", **words, queued=True)
    assert Generation.objects.get().state == State.CANCELLED
    first, *_rest = capsys.readouterr().err.splitlines()
    assert re.match("prompt: .*" + NOTES[language], first)
