"""The whole catalogue on trial."""

from dataclasses import replace
from pathlib import Path

import pytest

from generation.catalogue import Mode, Model, Parameter, get_model
from tests.engine.truth.lab import Lab
from tests.engine.truth.matrix import TRUTHS, every_parameter, measure
from tests.engine.truth.trial import Trial


@pytest.fixture(scope="module")
def lab(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Drawn smaller than people may ask for: what is proven does not depend on the size."""
    return Lab(demo_dir, tmp_path_factory.mktemp("truth"), sides={"image": 256, "video": 128})


@pytest.mark.parametrize(
    ("model", "mode", "parameter"),
    [pytest.param(*each, id="-".join(part.id for part in each)) for each in every_parameter()],
)
def test_every_parameter_tells_the_truth(lab: Lab, model: Model, mode: Mode, parameter: Parameter) -> None:
    measure(Trial(model, mode, parameter, lab))


def test_every_truth_is_of_a_parameter() -> None:
    assert set(TRUTHS) == {parameter.id for _, _, parameter in every_parameter()}


def test_a_new_parameter_without_a_truth_fails_and_says_where_to_add_it(lab: Lab) -> None:
    model = get_model("pony")
    unproven = replace(model.parameters[0], id="mystery")
    with pytest.raises(AssertionError, match=r"mystery of pony in text2image: add 'mystery' to TRUTHS in .*matrix\.py"):
        measure(Trial(model, model.modes[0], unproven, lab))
