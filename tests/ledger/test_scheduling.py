"""Every rule of the policy, on candidates made by hand: whose turn it is, and why."""

from dataclasses import replace
from uuid import UUID

import pytest

from generation.forecasting import Busy, forecast
from generation.scheduling import POLICY, Candidate, Hand, Policy, Reason, choose, virtual_now
from tests.bench._day import Town
from tests.bench._disciplines import DISCIPLINES
from tests.bench.schedule import trial

NOW = 10_000.0
WARM = Hand("gpu", warm=frozenset({"pony"}), loaded_at=NOW - POLICY.stay_seconds)
FRESHLY_LOADED = replace(WARM, loaded_at=NOW - POLICY.stay_seconds + 1)


def waiting(number: int, model: str = "pony", *, had: float = 0.0, waited: float = 0.0, **facts) -> Candidate:
    given = {"owner": number, "seconds": 12.0, **facts}
    return Candidate(UUID(int=number), model=model, virtual_seconds=had, waiting_since=NOW - waited, **given)


def chosen(hand: Hand, *candidates: Candidate) -> tuple[int, Reason] | None:
    choice = choose(hand, candidates, NOW)
    return choice and (choice.candidate.id.int, choice.reason)


def test_nothing_waits():
    assert choose(WARM, [], NOW) is None


def test_who_had_least_is_next():
    assert chosen(WARM, waiting(1, had=100), waiting(2, had=50), waiting(3, had=70)) == (2, Reason.FAIR)


def test_of_those_who_had_the_same_who_waits_longest_is_next():
    patient = POLICY.patience_seconds
    assert chosen(WARM, waiting(1, waited=patient), waiting(2, waited=patient + 1)) == (2, Reason.FAIR)


def test_an_owners_own_order_counts_where_all_else_is_equal():
    first, second = waiting(2, owner=7, place=1.0), waiting(1, owner=7, place=2.0)
    assert chosen(WARM, second, first) == (2, Reason.FAIR)


def test_an_owners_own_order_counts_before_what_is_shorter_but_not_before_what_is_warm():
    long = waiting(1, "flux", owner=7, place=1.0, seconds=50)
    short = waiting(2, "phr00t", owner=7, place=2.0, seconds=5)
    assert chosen(WARM, long, short) == (1, Reason.FAIR)
    assert chosen(WARM, long, waiting(3, owner=7, place=3.0)) == (3, Reason.FAIR)


def test_short_work_goes_first_among_those_who_had_about_the_same():
    assert chosen(WARM, waiting(1, had=0, seconds=40), waiting(2, had=20, seconds=5)) == (2, Reason.FAIR)


def test_short_work_gets_no_further_ahead_than_its_bound():
    ahead = POLICY.short_seconds
    assert chosen(WARM, waiting(1, seconds=5000), waiting(2, had=ahead, seconds=1)) == (1, Reason.FAIR)
    assert chosen(WARM, waiting(1, seconds=5000), waiting(2, had=ahead - 2, seconds=1)) == (2, Reason.FAIR)


def test_long_work_that_waited_is_passed_by_no_shorter_work():
    long = waiting(1, had=20, seconds=40, waited=POLICY.patience_seconds)
    assert chosen(WARM, long, waiting(2, had=19, seconds=5)) == (1, Reason.FAIR)


def test_length_counts_by_weight_as_the_seconds_had_do():
    assert chosen(WARM, waiting(1, seconds=40, weight=4), waiting(2, seconds=20)) == (1, Reason.FAIR)


def test_the_warm_model_is_preferred_to_somebody_who_had_less():
    cold = waiting(1, "flux", waited=POLICY.patience_seconds - 1)
    assert chosen(WARM, cold, waiting(2, had=100)) == (2, Reason.WARM)


def test_patience_ends_the_preference_for_the_warm_model():
    cold = waiting(1, "flux", waited=POLICY.patience_seconds)
    assert chosen(WARM, cold, waiting(2, had=100)) == (1, Reason.OVERDUE)


def test_a_model_that_was_just_loaded_is_used_first():
    cold = waiting(1, "flux", waited=POLICY.patience_seconds)
    assert chosen(FRESHLY_LOADED, cold, waiting(2, had=100)) == (2, Reason.WARM)


def test_but_not_by_somebody_too_far_ahead():
    cold = waiting(1, "flux", waited=POLICY.patience_seconds)
    assert chosen(FRESHLY_LOADED, cold, waiting(2, had=POLICY.lead_seconds + 1)) == (1, Reason.OVERDUE)


def test_nobody_changes_the_model_for_who_is_not_more_entitled():
    cold = waiting(1, "flux", had=50, waited=1000)
    assert chosen(WARM, cold, waiting(2, had=20)) == (2, Reason.FAIR)


def test_where_nobody_wants_the_warm_model_another_is_loaded_at_once():
    assert chosen(FRESHLY_LOADED, waiting(1, "flux")) == (1, Reason.FAIR)


def test_urgent_is_next_whatever_is_warm_and_whoever_had_how_much():
    urgent = waiting(1, "flux", had=9000, urgent=True)
    assert chosen(FRESHLY_LOADED, waiting(2), urgent) == (1, Reason.URGENT)


def test_urgent_ones_keep_their_order_among_themselves():
    later, earlier = waiting(1, urgent=True, place=2.0), waiting(2, urgent=True, place=1.0)
    assert chosen(WARM, later, earlier) == (2, Reason.URGENT)


def test_a_worker_takes_only_what_it_can_run():
    able = replace(WARM, models=frozenset({"pony"}))
    assert chosen(able, waiting(1, "flux", urgent=True), waiting(2, had=500)) == (2, Reason.FAIR)
    assert chosen(able, waiting(1, "flux")) is None


@pytest.mark.parametrize(
    ("waiting", "started", "known", "expected"),
    [([30, 20], [50], [90], 20), ([], [50, 60], [90], 60), ([], [], [90, 10], 90), ([], [], [], 0)],
)
def test_a_newcomer_begins_where_those_who_wait_or_run_or_ran_stand(waiting, started, known, expected):
    assert virtual_now(waiting, started, known) == expected


def test_a_forecast_is_what_the_policy_will_do():
    rows = [waiting(1, "flux"), waiting(2, seconds=10), waiting(3, seconds=10), waiting(4, "anisora", seconds=10)]
    hands = [replace(FRESHLY_LOADED, models=frozenset({"pony", "flux"}))]
    found = forecast(rows, [Busy("gpu", 5.0), Busy("gone", 1.0)], hands, NOW, {"flux": 20.0})
    assert {
        row.int: (it.position, it.start_seconds, it.loading_seconds, it.end_seconds) for row, it in found.items()
    } == {
        2: (1, 5.0, 0.0, 15.0),
        3: (2, 15.0, 0.0, 25.0),
        1: (3, 25.0, 20.0, 57.0),
    }


def test_a_forecast_charges_people_as_it_goes():
    mine = [waiting(number, owner=1, seconds=10, place=number) for number in (1, 2)]
    found = forecast([*mine, waiting(3, owner=2, had=5, seconds=10)], [], [WARM], NOW)
    assert [row.int for row in sorted(found, key=lambda row: found[row].position)] == [1, 3, 2]


def test_where_nobody_works_nothing_can_be_told():
    assert forecast([waiting(1)], [], [], NOW) == {}


def test_bounds_are_the_policys():
    hasty = Policy(stay_seconds=0.0, patience_seconds=1.0)
    cold = waiting(1, "flux", waited=2.0)
    assert choose(FRESHLY_LOADED, [cold, waiting(2, had=5, waited=2.0)], NOW, hasty).reason == Reason.OVERDUE


def test_on_a_busy_day_it_is_fast_and_fair_and_nobody_is_forgotten():
    """A small version of `bench schedule`, whose days are longer and towns larger; the same each time."""
    town = Town(gpus=2, hours=6.0, people=20)
    fifo, ours = (trial(town, DISCIPLINES[name]()) for name in ("FIFO", "ours"))
    assert ours.work > 1.8 * fifo.work
    assert ours.jain > 0.95 > fifo.jain
    assert ours.longest_turn < 1200 < fifo.longest_turn
