"""Failed truths show the values that they compared."""

import pytest

MODULES = ("pictures", "shape", "steering", "words", "matrix")

pytest.register_assert_rewrite(*(f"tests.engine.truth.{module}" for module in MODULES))
