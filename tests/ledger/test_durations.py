"""What the regression learns, with works whose times are known."""

import random
from math import exp

import pytest

from generation.durations import Durations, Work

STEP = 0.03


def work(model: str = "pony", device: str = "gpu", pixels: int = 1024, frames: int = 1, steps: int = 30) -> Work:
    sizes = (pixels * pixels, frames, steps, 1)
    here = f"{model} on {device}"
    return Work(steps * 0.4, sizes, ("real", model, here, f"{model} a", f"{model} a", f"{here} {sizes}"))


def truth(asked: Work) -> float:
    """A little for each run, the rest for steps and pixels."""
    pixels, frames, steps, _batch = asked.sizes
    return 0.5 + STEP * steps * frames * pixels / 2**20


def noisy(asked: Work, chance: random.Random, spread: float = 0.1) -> float:
    return truth(asked) * exp(chance.gauss(0, spread))


def some(chance: random.Random) -> Work:
    return work(pixels=chance.choice([512, 768, 1024]), steps=chance.choice([10, 20, 30, 50]))


def test_with_nothing_measured_the_guess_stands():
    found = Durations([]).range([work()])
    assert found.low == pytest.approx(12)
    assert 1.5 < found.high / found.low < 4


def test_one_measurement_moves_the_guess_and_many_replace_it():
    guess = Durations([]).range([work()]).low
    once = Durations([(work(), 1.4)]).range([work()]).low
    often = Durations([(work(), 1.4)] * 10).range([work()])
    assert 1.4 < once < guess
    assert often.low == pytest.approx(1.4, rel=0.1)
    assert often.high < 2


def test_what_was_never_measured_follows_from_what_was():
    chance = random.Random(1)
    measured = [(asked, noisy(asked, chance)) for asked in (some(chance) for _ in range(40)) if asked.sizes[2] != 50]
    asked = work(pixels=1024, steps=50)
    assert Durations(measured).range([asked]).low == pytest.approx(truth(asked), rel=0.2)


def test_the_very_same_work_counts_most():
    measured = [(work(steps=steps), truth(work(steps=steps))) for steps in (10, 20, 50)] * 5
    odd = work(steps=30)
    assert Durations([*measured, *[(odd, 3 * truth(odd))] * 8]).range([odd]).low == pytest.approx(
        3 * truth(odd), rel=0.25
    )


def test_devices_are_told_apart_and_either_may_get_the_work():
    fast, slow = work(device="gpu"), work(device="cpu")
    learned = Durations([(fast, 1.0)] * 8 + [(slow, 50.0)] * 8)
    assert learned.range([fast]).low == pytest.approx(1, rel=0.3)
    assert learned.range([slow]).low == pytest.approx(50, rel=0.3)
    either = learned.range([fast, slow])
    assert either.low < 20 < either.high


def test_another_model_learns_a_little_of_how_fast_the_machine_is():
    learned = Durations([(work("pony"), 1.0)] * 10)
    unknown = work("flux")
    assert 3 < learned.range([unknown]).low < 12


def test_a_run_that_stood_still_for_an_hour_changes_little():
    chance = random.Random(2)
    measured = [(work(), noisy(work(), chance)) for _ in range(15)]
    calm = Durations(measured).range([work()])
    disturbed = Durations([*measured, (work(), 3600.0)]).range([work()])
    assert disturbed.low == pytest.approx(calm.low, rel=0.15)


@pytest.mark.parametrize("spread", [0.05, 0.4])
def test_half_stay_below_the_lower_end_and_nine_of_ten_below_the_upper(spread):
    chance = random.Random(3)
    learned = Durations([(asked, noisy(asked, chance, spread)) for asked in (some(chance) for _ in range(80))])
    asked = [some(chance) for _ in range(400)]
    ranges, took = [learned.range([one]) for one in asked], [noisy(one, chance, spread) for one in asked]
    below_low = sum(time < found.low for found, time in zip(ranges, took, strict=True)) / len(asked)
    below_high = sum(time < found.high for found, time in zip(ranges, took, strict=True)) / len(asked)
    assert 0.4 <= below_low <= 0.6
    assert 0.8 <= below_high <= 0.95
