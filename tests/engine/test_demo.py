"""The models that ship with the project: built whole, once, the same everywhere."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generation.catalogue import Model, models
from generation.engine.demo import build
from generation.engine.weights import find, hashes


def built(model: Model, place: Path) -> dict[str, str]:
    build(model, place / model.id)
    return hashes(find(model, place))


@pytest.mark.parametrize("model", models().values(), ids=models())
def test_the_same_bytes_every_time(model, tmp_path):
    first = built(model, tmp_path / "first")
    assert first
    assert first == built(model, tmp_path / "second")


def test_what_is_there_stays(tmp_path):
    pony = models()["pony"]
    folder = tmp_path / "pony"
    folder.mkdir()
    build(pony, folder)
    assert not list(folder.iterdir())


def test_several_may_build_at_once(tmp_path):
    pony = models()["pony"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: build(pony, tmp_path / "pony"), range(2)))
    assert [path.name for path in tmp_path.iterdir()] == ["pony"]
    assert find(pony, tmp_path)
