"""MEDIAGEN_MEMORY and its like: what they become, and how a wrong one ends."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from generation.engine.api import EngineError
from generation.engine.options import AUTOMATIC, MemoryProfile, Options
from generation.worker import open_desk
from mediagen_site.env import engine_options

NAMES = ("DEVICE", "MEMORY", "FIRST_BLOCK_CACHE", "COMPILE", "ATTENTION")
UNABLE = Options(device="cpu", memory=MemoryProfile.LOW)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(f"MEDIAGEN_{name}", raising=False)


def test_nothing_set_asks_for_nothing():
    assert engine_options() == AUTOMATIC


def test_all_that_is_set_is_asked_for(monkeypatch):
    for name, value in zip(NAMES, ("cuda:1", "balanced", ".08", "1", "sage"), strict=True):
        monkeypatch.setenv(f"MEDIAGEN_{name}", value)
    assert engine_options() == Options("cuda:1", MemoryProfile.BALANCED, 0.08, True, "sage")
    monkeypatch.setenv("MEDIAGEN_MEMORY", "auto")
    assert engine_options().memory is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEVICE", "gpu"),
        ("DEVICE", "cuda:"),
        ("DEVICE", "cuda:٣"),
        ("MEMORY", "huge"),
        ("MEMORY", "FULL"),
        ("FIRST_BLOCK_CACHE", "0"),
        ("FIRST_BLOCK_CACHE", "-0.1"),
        ("FIRST_BLOCK_CACHE", "nan"),
        ("FIRST_BLOCK_CACHE", "0,1"),
        ("COMPILE", "yes"),
    ],
)
def test_a_wrong_value_stops_the_start_in_one_line(monkeypatch, name, value):
    monkeypatch.setenv(f"MEDIAGEN_{name}", value)
    with pytest.raises(ImproperlyConfigured) as stopped:
        engine_options()
    assert str(stopped.value).startswith(f"MEDIAGEN_{name}={value}: use ")
    assert "\n" not in str(stopped.value)


def test_generate_refuses_what_the_machine_cannot_do(settings, tmp_path):
    settings.MEDIAGEN_ENGINE = UNABLE
    with pytest.raises(CommandError, match=r"^MEDIAGEN_MEMORY=low needs a GPU") as refused:
        call_command("generate", model="pony", mode="text2image", prompt="a teapot", out=tmp_path)
    assert refused.value.returncode == 2


def test_so_does_a_worker(settings, monkeypatch):
    settings.MEDIAGEN_ENGINE = UNABLE
    with pytest.raises(EngineError):
        open_desk("bench-1")
    monkeypatch.setattr("django_rq.get_worker", lambda *args, name, **options: open_desk(name))
    with pytest.raises(CommandError, match=r"^MEDIAGEN_MEMORY=low needs a GPU") as refused:
        call_command("worker")
    assert refused.value.returncode == 2
