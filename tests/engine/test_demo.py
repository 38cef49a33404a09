"""The models that ship with the project: built whole, once, the same everywhere."""

from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path

import pytest

from generation.catalogue import Model, models
from generation.engine.demo import SHIPPED, build
from generation.engine.weights import find, hashes

TRAINED = [model for model in models().values() if (SHIPPED / model.id).is_dir()]


def built(model: Model, place: Path) -> dict[str, str]:
    build(model, place / model.id)
    return hashes(find(model, place))


@pytest.mark.parametrize("model", models().values(), ids=models())
def test_the_same_bytes_every_time(model, tmp_path):
    first = built(model, tmp_path / "first")
    assert first
    assert first == built(model, tmp_path / "second")


@pytest.mark.parametrize("model", [each for each in models().values() if each not in TRAINED], ids=attrgetter("id"))
def test_what_was_drawn_stays(model, tmp_path):
    folder = tmp_path / model.id
    folder.mkdir()
    build(model, folder)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("model", TRAINED, ids=attrgetter("id"))
def test_what_was_trained_takes_its_place(model, tmp_path):
    folder = tmp_path / model.id
    folder.mkdir()
    build(model, folder)
    assert folder.resolve() == SHIPPED / model.id


def test_several_may_build_at_once(tmp_path):
    pony = models()["pony"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: build(pony, tmp_path / "pony"), range(2)))
    assert [path.name for path in tmp_path.iterdir()] == ["pony"]
    assert find(pony, tmp_path)
