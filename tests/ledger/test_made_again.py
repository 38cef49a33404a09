"""Make again, through ledger, worker and gallery: every model in every mode gives the same pixels once more."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from gallery import comparing
from gallery.models import How, Output
from generation import ledger, tasks, uploads
from generation.catalogue import Image, Keyframes, Parameter, models
from generation.engine.api import Result
from generation.engine.engine import Engine
from generation.engine.options import Options
from generation.models import Generation, State
from generation.request import Request, parse
from tests.conftest import png_bytes

PAIRS = [(model.id, mode.id) for model in models().values() for mode in model.modes]
LEAST = {"width": 512, "height": 512, "steps": 10, "num_frames": 16}
LESS = {"width": 128, "height": 128, "steps": 2}


class QuickEngine(Engine):
    """Makes less of a request than people may ask for: whether it comes out the same does not depend on that."""

    def run(self, request: Request, **words: Any) -> Iterator[Result]:
        return super().run(request.replacing(**LESS), **words)


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Engine:
    return QuickEngine(tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("demo"), Options(device="cpu"))


@pytest.fixture
def desk(engine, worker) -> tasks.Desk:
    return tasks.Desk(worker, engine)


def small(model: str, mode: str, sha256: str) -> Request:
    """The least that can be asked for."""
    asked: dict[str, object] = {"model": model, "mode": mode, "prompt": "a red circle", "seed": 7}
    for parameter in models()[model].parameters_for(mode):
        asked |= _value(parameter, sha256)
    return parse(asked)


def _value(parameter: Parameter, sha256: str) -> dict[str, object]:
    if isinstance(parameter, Image):
        return {parameter.id: sha256}
    if isinstance(parameter, Keyframes):
        return {parameter.id: [{"frame_index": 8, "image": sha256}]}
    return {parameter.id: LEAST[parameter.id]} if parameter.id in LEAST and not parameter.fixed else {}


def made(desk: tasks.Desk) -> Output:
    generation = ledger.claim(desk.worker)
    assert generation is not None
    tasks.work(desk, generation)
    done = Generation.objects.get(pk=generation.pk)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    return done.outputs.get()


@pytest.mark.parametrize(("model", "mode"), PAIRS)
def test_every_model_and_mode_made_again_is_identical(anna, client, desk, media, model, mode):
    reference = uploads.keep(anna, uploads.read_picture(io.BytesIO(png_bytes((80, 60)))))
    ledger.submit(anna, small(model, mode, reference.sha256))
    first = made(desk)
    client.force_login(anna)
    assert client.post(f"/gallery/{first.pk}/rerun/").status_code == 303
    again = made(desk)
    assert again.parameters == first.parameters
    assert again.pixel_sha256 == first.pixel_sha256
    assert list(again.ancestry.values_list("parent", "how")) == [(first.pk, How.RERUN)]
    assert comparing.compare_next() == again
    again.refresh_from_db()
    assert again.again == {"verdict": "identical"}
