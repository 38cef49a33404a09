"""One folder of demo models and one warm engine for all tests of the engine."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.engine.api import Result
from generation.engine.engine import Engine
from generation.engine.options import Options
from generation.request import parse


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo models are built, each when it is first used."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def engine(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A warm engine that has only the demo models."""
    return Engine(tmp_path_factory.mktemp("models"), demo_dir, Options(device="cpu"))


@pytest.fixture(scope="session")
def landscape() -> Image.Image:
    """A reference picture with a shape and a colour gradient, 640 × 480."""
    rows, columns = np.mgrid[0:480, 0:640]
    sun = np.hypot(rows - 160, columns - 400) < 90
    red = np.where(sun, 250, columns * 255 // 639)
    return Image.fromarray(np.stack([red, rows * 255 // 479, np.where(sun, 40, 160)], axis=-1).astype(np.uint8))


@pytest.fixture(scope="session")
def picture(landscape: Image.Image) -> Callable[[str], Image.Image]:
    """Gives the landscape for whatever hash a request names."""
    return lambda sha256: landscape


@pytest.fixture
def make(engine: Engine, picture: Callable[[str], Image.Image], tmp_path: Path) -> Callable[..., list[Result]]:
    """Runs what is asked on the warm engine, all variants."""

    def run(**asked: object) -> list[Result]:
        results = engine.run(
            parse(asked),
            picture=picture,
            out_dir=tmp_path,
            on_progress=lambda progress: None,
            should_stop=lambda: False,
        )
        return list(results)

    return run
