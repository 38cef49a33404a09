"""What every parameter does, for each model and mode, at the smallest size that can be asked for."""

import tempfile
from pathlib import Path

from generation.catalogue import models
from tests.engine.truth.lab import Lab
from tests.engine.truth.matrix import every_parameter, measure
from tests.engine.truth.trial import Trial


def main() -> None:
    """Raises AssertionError if a cell would be empty or zero."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder) / "demo", Path(folder))
        effects = {
            (parameter.id, model.id, mode.id): measure(Trial(model, mode, parameter, lab))
            for model, mode, parameter in every_parameter()
        }
    for model in models().values():
        columns = [mode.id for mode in model.modes]
        print(f"\n{model.name:20}" + "".join(f"{name:>18}" for name in columns))
        for parameter in model.parameters:
            cells = [str(effects.get((parameter.id, model.id, name), "not shown")) for name in columns]
            print(f"{parameter.id:20}" + "".join(f"{cell:>18}" for cell in cells))
    print("\nlevels: mean difference of the pixels, of 255")
