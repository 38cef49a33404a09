"""Every change is a compare-and-set: what is late or second changes nothing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generation import ledger
from generation.engine.api import Progress, Stage
from generation.models import Generation, Preview, State

from .conftest import make_worker


def state_of(generation: Generation) -> str:
    return Generation.objects.get(pk=generation.pk).state


def expire(generation: Generation) -> None:
    Generation.objects.filter(pk=generation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_submit_writes_the_whole_request_with_its_seed_drawn(anna, request_):
    generation = ledger.submit(anna, request_)
    stored = Generation.objects.get(pk=generation.pk)
    assert stored.state == State.QUEUED
    assert stored.request.values == generation.request.values
    assert 0 <= stored.parameters["seed"] < 2**31
    mattering = {p.id for p in request_.model.parameters_for("text2image") if p.matters(request_.values)}
    assert mattering <= stored.parameters.keys()


def test_a_given_seed_stays(anna, request_):
    assert ledger.submit(anna, request_.replacing(seed=7)).parameters["seed"] == 7


def test_claims_are_in_order_and_each_is_given_once(anna, request_, worker):
    submitted = [ledger.submit(anna, request_) for _ in range(3)]
    claimed = [ledger.claim(worker) for _ in range(4)]
    assert [generation and generation.pk for generation in claimed] == [*(row.pk for row in submitted), None]


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_get_the_same(anna, request_):
    for _ in range(12):
        ledger.submit(anna, request_)
    workers = [make_worker(f"bench-{number}") for number in range(4)]
    taken, start = [], threading.Barrier(len(workers))

    def work_off(worker):
        start.wait()
        while generation := ledger.claim(worker):
            taken.append(generation.pk)
        connection.close()

    threads = [threading.Thread(target=work_off, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12


def test_a_beat_writes_progress_and_renews_the_lease(anna, request_, worker):
    ledger.submit(anna, request_)
    generation = ledger.claim(worker)
    expire(generation)
    assert ledger.beat(generation, Progress(Stage.DENOISING, step=3, steps=30))
    row = Generation.objects.get(pk=generation.pk)
    assert (row.stage, row.step, row.steps) == ("denoising", 3, 30)
    assert row.fraction == pytest.approx(0.135)
    assert row.lease_until > timezone.now()


@pytest.mark.parametrize("late", ["beat", "finish", "fail", "hand_back"])
def test_what_a_worker_thought_dead_says_is_not_heard(late, anna, request_, worker):
    ledger.submit(anna, request_)
    first = ledger.claim(worker)
    expire(first)
    assert ledger.recover(first)
    second = ledger.claim(make_worker("bench-2"))
    assert second.pk == first.pk
    assert not (ledger.fail(first, "late") if late == "fail" else getattr(ledger, late)(first))
    with pytest.raises(ledger.LeaseLost), ledger.holding(first):
        raise AssertionError("a lost lease must not be held")
    assert ledger.finish(second)
    assert state_of(second) == State.SUCCEEDED


def test_recover_takes_only_what_expired(anna, request_, worker):
    ledger.submit(anna, request_)
    generation = ledger.claim(worker)
    assert not ledger.recover(generation)
    assert state_of(generation) == State.RUNNING


def test_the_third_crash_is_the_last(anna, request_, worker):
    ledger.submit(anna, request_)
    for _ in range(ledger.MAX_CRASHES):
        generation = ledger.claim(worker)
        expire(generation)
        assert ledger.recover(generation)
    row = Generation.objects.get(pk=generation.pk)
    assert row.state == State.FAILED
    assert row.error == ledger.WORKER_LOST
    assert row.quarantined
    assert not ledger.retry(row)
    assert ledger.claim(worker) is None
    assert ledger.retry(row, by_operator=True)
    assert ledger.claim(worker).pk == row.pk


def test_handing_back_is_no_crash_and_keeps_the_place(anna, request_, worker):
    first, second = ledger.submit(anna, request_), ledger.submit(anna, request_)
    generation = ledger.claim(worker)
    assert ledger.hand_back(generation)
    again = ledger.claim(worker)
    assert again.pk == first.pk
    assert again.crashes == 0
    assert ledger.claim(worker).pk == second.pk


@pytest.mark.parametrize("running", [False, True])
def test_cancel_ends_at_once_and_its_worker_hears_of_it(running, anna, request_, worker):
    generation = ledger.submit(anna, request_)
    if running:
        generation = ledger.claim(worker)
        ledger.show(generation, b"jpeg")
    assert ledger.cancel(generation)
    assert state_of(generation) == State.CANCELLED
    assert not Preview.objects.exists()
    assert not ledger.cancel(generation)
    assert not ledger.beat(generation)
    assert ledger.claim(worker) is None


def test_retry_queues_what_ended_badly_and_nothing_else(anna, request_, worker):
    generation = ledger.submit(anna, request_)
    assert not ledger.retry(generation)
    generation = ledger.claim(worker)
    assert not ledger.retry(generation)
    ledger.fail(generation, "no")
    assert ledger.retry(generation)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.error, row.finished_at) == (State.QUEUED, "", None)
    again = ledger.claim(worker)
    ledger.finish(again)
    assert not ledger.retry(again)
