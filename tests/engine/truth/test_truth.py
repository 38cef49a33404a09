"""The whole catalogue on trial."""

from pathlib import Path

import pytest

from generation.catalogue import Mode, Model, Parameter
from tests.engine.truth.lab import Lab
from tests.engine.truth.matrix import TRUTHS, every_parameter, measure
from tests.engine.truth.trial import Trial


@pytest.fixture(scope="module")
def lab(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Videos are drawn smaller than people may ask for: what is proven does not depend on the size."""
    return Lab(demo_dir, tmp_path_factory.mktemp("truth"), sides={"video": 128})


@pytest.mark.parametrize(
    ("model", "mode", "parameter"),
    [pytest.param(*each, id="-".join(part.id for part in each)) for each in every_parameter()],
)
def test_every_parameter_tells_the_truth(lab: Lab, model: Model, mode: Mode, parameter: Parameter) -> None:
    measure(Trial(model, mode, parameter, lab))


def test_every_truth_is_of_a_parameter() -> None:
    assert set(TRUTHS) == {parameter.id for _, _, parameter in every_parameter()}
