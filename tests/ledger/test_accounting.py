"""What a share is charged: the estimate at the claim, the truth at the end, and nobody for loading."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from generation import ledger
from generation.engine.api import Progress, Stage
from generation.models import Generation, Share, State, Turn

from .conftest import make_worker
from .test_ledger import expire


@pytest.fixture
def bert(db) -> User:
    return User.objects.create_user("bert")


@pytest.fixture
def clock(monkeypatch):
    """The worker's own clock, which moves when it is told to."""

    class Clock:
        seconds = 1000.0

        def monotonic(self) -> float:
            return self.seconds

    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock.monotonic)
    return clock


def spent(owner: User) -> float:
    return Share.objects.get(owner=owner).virtual_seconds


def submitted(owner: User, request, seconds: float = 10.0) -> Generation:
    generation = ledger.submit(owner, request)
    Generation.objects.filter(pk=generation.pk).update(estimated_seconds=seconds)
    return generation


def working(generation: Generation) -> bool:
    return ledger.beat(generation, Progress(Stage.DENOISING, step=1, steps=10))


def fail(generation: Generation) -> bool:
    return ledger.fail(generation, "no")


def cancel(generation: Generation) -> bool:
    working(generation)
    return ledger.cancel(generation)


def lose(generation: Generation) -> bool:
    working(generation)
    expire(generation)
    return ledger.recover(generation)


def test_the_estimate_is_charged_at_the_claim_by_weight(anna, request_, worker):
    submitted(anna, request_)
    Share.objects.filter(owner=anna).update(weight=2.0)
    assert spent(anna) == 0
    claimed = ledger.claim(worker)
    assert spent(anna) == 5
    assert Generation.objects.get(pk=claimed.pk).charged_seconds == 10


@pytest.mark.parametrize("end", [ledger.finish, fail, cancel, ledger.hand_back, lose])
def test_however_an_attempt_ends_its_owner_is_charged_what_it_took(end, anna, request_, worker, clock):
    submitted(anna, request_)
    Share.objects.filter(owner=anna).update(weight=2.0)
    claimed = ledger.claim(worker)
    clock.seconds += 7
    assert end(claimed)
    row = Generation.objects.get(pk=claimed.pk)
    assert (row.gpu_seconds, row.charged_seconds) == (7, 0)
    assert spent(anna) == 3.5


def test_gpu_seconds_are_of_all_attempts(anna, request_, worker, clock):
    submitted(anna, request_)
    for seconds in (7, 5):
        claimed = ledger.claim(worker)
        clock.seconds += seconds
        assert ledger.hand_back(claimed)
    assert Generation.objects.get().gpu_seconds == spent(anna) == 12


def test_loading_is_charged_to_nobody(anna, request_, worker, clock):
    submitted(anna, request_)
    claimed = ledger.claim(worker)
    clock.seconds += 30
    claimed.loading_seconds = 30
    clock.seconds += 4
    assert ledger.finish(claimed)
    assert Generation.objects.get().gpu_seconds == spent(anna) == 4


def test_who_cancels_while_the_model_loads_pays_nothing(anna, request_, worker, clock):
    submitted(anna, request_)
    claimed = ledger.claim(worker)
    ledger.beat(claimed, Progress(Stage.LOADING))
    clock.seconds += 20
    assert ledger.beat(claimed)
    assert ledger.cancel(claimed)
    assert spent(anna) == 0


def test_who_cancels_what_waits_pays_nothing(anna, request_, worker):
    assert ledger.cancel(submitted(anna, request_))
    assert spent(anna) == 0
    assert ledger.claim(worker) is None


def test_an_end_that_comes_late_is_charged_once(anna, request_, worker, clock):
    submitted(anna, request_)
    first = ledger.claim(worker)
    clock.seconds += 3
    assert lose(first)
    clock.seconds += 100
    assert not ledger.finish(first)
    assert spent(anna) == 3


def test_what_is_undone_with_its_transaction_is_not_charged(anna, request_, worker, clock):
    submitted(anna, request_)
    claimed = ledger.claim(worker)
    clock.seconds += 7
    with transaction.atomic():
        ledger.finish(claimed)
        transaction.set_rollback(True)
    assert spent(anna) == 10
    assert Generation.objects.get().state == State.RUNNING


def test_a_newcomer_begins_where_those_who_wait_stand(anna, bert, request_):
    submitted(anna, request_)
    Share.objects.filter(owner=anna).update(virtual_seconds=500)
    Turn.objects.update(virtual_seconds=500)
    submitted(bert, request_)
    assert spent(bert) == 500


def test_a_newcomer_begins_where_those_who_run_stood_when_nobody_waits(anna, bert, request_, worker):
    submitted(anna, request_)
    Share.objects.filter(owner=anna).update(virtual_seconds=500)
    ledger.claim(worker)
    submitted(bert, request_)
    assert (spent(anna), spent(bert)) == (510, 500)


def test_what_people_had_while_nobody_else_wanted_it_counts_no_more(anna, bert, request_, worker):
    Share.objects.create(owner=anna, virtual_seconds=9000)
    submitted(bert, request_)
    submitted(anna, request_)
    assert spent(anna) == spent(bert) == 9000


def test_who_comes_back_ahead_of_all_stays_there(anna, bert, request_):
    submitted(anna, request_)
    Share.objects.create(owner=bert, virtual_seconds=700)
    submitted(bert, request_)
    assert (spent(anna), spent(bert)) == (0, 700)


def test_turns_always_say_what_the_shares_say(anna, bert, request_, worker, clock):
    for owner in (anna, bert, anna, bert, anna):
        submitted(owner, request_)
    running = [ledger.claim(worker), ledger.claim(make_worker("bench-2"))]
    clock.seconds += 4
    ledger.finish(running[0])
    ledger.hand_back(running[1])
    assert Turn.objects.count() == 2
    assert all(turn.virtual_seconds == turn.owner.share.virtual_seconds for turn in Turn.objects.all())
