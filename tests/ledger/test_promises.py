"""A simulated day in small: promised ranges hold, and learning makes them hold."""

import pytest

from tests.bench._day import Town
from tests.bench._promising import day, score


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(gpus=1, hours=10, people=20, load=0.35, flood=0.05, seed=2)


def test_promised_ranges_hold_for_eight_to_nineteen_of_twenty(town):
    ended = day(town)
    assert len(ended) > 400
    found = score(ended)
    assert 0.4 <= found.before_low <= 0.6
    assert 0.8 <= found.before_high <= 0.95
    assert found.error < 0.2


def test_without_learning_they_do_not(town):
    assert score(day(town, learns=False)).before_low > 0.7
