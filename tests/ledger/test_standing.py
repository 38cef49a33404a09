"""Positions, ranges and reasons, from real rows and the real policy."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import ledger, line
from generation.models import Generation, State
from generation.promises import calibration
from generation.reasons import Reason
from generation.request import parse
from generation.standing import estimate, standing
from tests.ledger.conftest import make_worker


@pytest.fixture
def bert(db) -> User:
    return User.objects.create_user("bert")


def asked(model: str = "pony", **values):
    mode = "text2image" if model in ("pony", "flux") else "text2video"
    return parse({"model": model, "mode": mode, "prompt": "a teapot on a hill", **values})


def warm(worker, *models: str):
    worker.warm_models = list(models)
    worker.save()
    return worker


def test_on_an_idle_warm_worker_it_starts_at_once(anna, worker):
    warm(worker, "pony")
    found = estimate(anna, asked())
    assert found.starts_at_once
    assert (found.ahead, found.why.reason) == (0, Reason.STARTING)
    assert found.work.low == pytest.approx(12)
    assert found.ends_in.low == pytest.approx(12, rel=0.01)
    assert found.ends_in.high > 15


def test_on_an_idle_cold_worker_the_model_loads_first(anna, worker):
    found = estimate(anna, asked())
    assert found.starts_at_once
    assert found.why.reason == Reason.LOADING
    assert found.ends_in.low > 12 + 10


def test_behind_others_it_says_how_many_and_when(anna, bert, worker):
    warm(worker, "pony")
    first = ledger.submit(bert, asked())
    second = ledger.submit(anna, asked())
    assert standing(first).position == 1
    found = standing(second)
    assert (found.position, found.why.reason, found.why.count) == (2, Reason.AHEAD, 1)
    assert found.starts_in.low == pytest.approx(12, abs=1)
    assert found.ends_in.low == pytest.approx(24, abs=1)
    assert found.starts_in.low < found.starts_in.high < found.ends_in.high
    ledger.cancel(first)
    assert standing(second).position == 1


def test_what_runs_keeps_the_next_waiting(anna, bert, worker):
    warm(worker, "pony")
    ledger.submit(bert, asked())
    running = ledger.claim(worker)
    waiting = ledger.submit(anna, asked())
    assert standing(running).position is None
    assert standing(running).ends_in.low == pytest.approx(12, abs=1)
    found = standing(waiting)
    assert (found.position, found.why.reason) == (1, Reason.BUSY)
    assert found.starts_in.low == pytest.approx(12, abs=1)
    Generation.objects.filter(pk=running.pk).update(stage="loading")
    running.refresh_from_db()
    assert standing(running).why.reason == Reason.LOADING


def test_who_had_less_goes_first(anna, bert, worker):
    warm(worker, "pony")
    mine = [ledger.submit(anna, asked(seed=seed)) for seed in range(3)]
    ledger.claim(worker)
    theirs = ledger.submit(bert, asked())
    assert [standing(generation).position for generation in (mine[1], theirs, mine[2])] == [1, 2, 3]
    found = standing(mine[2])
    assert (found.why.reason, found.why.count) == (Reason.FAIR, 2)


def test_the_warm_model_goes_first(anna, bert, worker):
    warm(worker, "pony")
    mine = ledger.submit(anna, asked("flux"))
    theirs = ledger.submit(bert, asked("pony", steps=50))
    worker.loaded_at = timezone.now()
    worker.save()
    assert [standing(generation).position for generation in (theirs, mine)] == [1, 2]
    assert standing(mine).why.reason == Reason.WARM


def test_a_paused_queue_says_so(anna, worker):
    mine = ledger.submit(anna, asked())
    ledger.pause()
    assert standing(mine).why.reason == Reason.PAUSED
    promised = estimate(anna, asked())
    assert (promised.why.reason, promised.starts_at_once) == (Reason.PAUSED, False)
    ledger.resume()
    assert standing(mine).why.reason == Reason.LOADING


def test_without_a_worker_the_place_is_known_and_the_reason_told(anna):
    mine = ledger.submit(anna, asked())
    found = standing(mine)
    assert (found.position, found.why.reason) == (1, Reason.NO_WORKER)
    assert not found.starts_at_once


def test_a_model_that_no_worker_has(anna, worker, django_capture_on_commit_callbacks):
    worker.capabilities = {"models": {"pony": {"demo": True}}}
    worker.save()
    with django_capture_on_commit_callbacks(execute=True):
        mine = ledger.submit(anna, asked("flux"))
    mine.refresh_from_db()
    found = standing(mine)
    assert (found.position, found.starts_in, found.ends_in) == (None, None, None)
    assert (found.why.reason, found.why.model) == (Reason.NOT_OFFERED, "flux")
    assert (mine.promised_low, mine.forecast_seconds) == (None, 0)


def test_loras_that_no_worker_has(anna, worker):
    worker.capabilities = {"models": {"pony": {}}, "loras": {"pony": ["ink"]}}
    worker.save()
    lacking = ledger.submit(anna, asked(loras=[{"name": "gold", "weight": 1}]))
    runnable = ledger.submit(anna, asked(loras=[{"name": "ink", "weight": 1}]))
    assert (standing(lacking).position, standing(lacking).why.reason) == (None, Reason.NO_LORAS)
    assert standing(runnable).position == 1


def test_at_the_limit_one_waits_for_ones_own(anna, worker, settings):
    settings.MAX_RUNNING = 1
    make_worker("bench-2")
    ledger.submit(anna, asked())
    ledger.claim(worker)
    mine = ledger.submit(anna, asked())
    found = standing(mine)
    assert (found.why.reason, found.why.count) == (Reason.LIMIT, 1)


def test_what_a_drained_worker_would_do_is_not_promised(anna, worker):
    ledger.drain(worker)
    warm(make_worker("bench-2"), "pony")
    ledger.submit(anna, asked())
    assert standing(ledger.submit(anna, asked())).starts_in.low == pytest.approx(12, abs=1)


def test_far_behind_the_place_is_told_about(anna, worker, monkeypatch):
    warm(worker, "pony")
    monkeypatch.setattr(line, "LOOK_AHEAD", 5)
    mine = [ledger.submit(anna, asked(seed=seed)) for seed in range(12)]
    now = timezone.now()
    for number, generation in enumerate(mine):
        generation.created_at = now - timedelta(seconds=60 - number)
        generation.save(update_fields=["created_at"])
    assert [standing(generation).position for generation in mine[:5]] == [1, 2, 3, 4, 5]
    assert 6 <= standing(mine[6]).position <= standing(mine[11]).position == 12
    assert standing(mine[11]).starts_in.low > 100


def test_a_process_looks_once_in_a_moment_however_many_ask(anna, bert, worker, settings, monkeypatch):
    mine = [ledger.submit(anna, asked()) for _ in range(3)]
    settings.FORECAST_SECONDS = settings.TIMING_SECONDS = 60
    monkeypatch.setattr("generation.standing.line_with", fresh := line.line_with)
    monkeypatch.setattr(line, "line", line.Remembered(line._look, "FORECAST_SECONDS"))
    fresh(mine)
    with CaptureQueriesContext(connection) as queries:
        assert [standing(generation).position for generation in mine] == [1, 2, 3]
    assert not queries
    newer = ledger.submit(bert, asked())
    assert standing(newer).position is not None


def test_a_longer_queue_costs_no_more_queries(anna, worker):
    mine = ledger.submit(anna, asked())
    with CaptureQueriesContext(connection) as short:
        standing(mine)
    for _ in range(8):
        ledger.submit(anna, asked())
    with CaptureQueriesContext(connection) as long:
        standing(mine)
    assert len(long) == len(short)


def test_a_submit_keeps_what_it_promised_and_the_end_tells_how_that_held(
    anna, worker, django_capture_on_commit_callbacks
):
    warm(worker, "pony")
    with django_capture_on_commit_callbacks(execute=True):
        mine = ledger.submit(anna, asked())
    mine.refresh_from_db()
    assert mine.estimated_seconds == pytest.approx(12)
    assert mine.estimated_seconds < mine.estimated_seconds_high
    assert timezone.now() < mine.promised_low < mine.promised_high
    assert mine.forecast_seconds == pytest.approx(12, rel=0.1)
    claimed = ledger.claim(worker)
    assert claimed.device == worker.device
    ledger.finish(claimed)
    everything, pony = calibration()
    assert (everything.model, pony.model) == ("", "pony")
    assert (pony.count, pony.before_low, pony.before_high) == (1, 1.0, 1.0)
    Generation.objects.update(
        created_at=timezone.now() - timedelta(hours=1), promised_low=timezone.now() - timedelta(1)
    )
    assert calibration()[0].before_low == 0


def test_what_is_promised_after_it_was_taken_does_not_count_itself_as_ahead(anna, worker):
    warm(worker, "pony")
    mine = ledger.submit(anna, asked())
    assert ledger.claim(worker) == mine
    assert estimate(anna, asked()).why.reason == Reason.BUSY
    assert estimate(anna, asked(), mine.pk).starts_at_once


def test_nothing_ended_nothing_to_calibrate(db):
    assert calibration() == []


def test_retried_it_is_promised_anew(anna, worker, django_capture_on_commit_callbacks):
    warm(worker, "pony")
    mine = ledger.submit(anna, asked())
    Generation.objects.update(state=State.FAILED, promised_low=None, promised_high=None)
    with django_capture_on_commit_callbacks(execute=True):
        ledger.retry(mine)
    mine.refresh_from_db()
    assert mine.promised_low is not None
