"""What the ledger's timings say of the next request."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import timing
from generation.models import Generation, State
from generation.request import parse


@pytest.fixture
def measured(anna):
    """Leaves generations as workers left them: how long they loaded and worked."""

    def measured(seconds, count=1, loading=0.0, device="gpu", **values):
        request = parse({"model": "pony", "mode": "text2image", "prompt": "a teapot", "seed": 1, **values})
        now = timezone.now()
        rows = [
            Generation(
                owner=anna,
                state=State.SUCCEEDED,
                parameters=request.to_json(),
                model=request.model_id,
                mode=request.mode_id,
                device=device,
                loading_seconds=loading,
                worked_seconds=seconds,
                started_at=now - timedelta(seconds=seconds + loading + 100),
                finished_at=now + timedelta(milliseconds=number),
            )
            for number in range(count)
        ]
        Generation.objects.bulk_create(rows)
        return request

    return measured


def test_before_anything_ran_the_formula_stands(db, request_):
    assert timing.expected(request_).low == pytest.approx(12)


def test_what_ran_here_replaces_the_formula(measured):
    request = measured(2.0, count=12)
    found = timing.expected(request, ["gpu"])
    assert found.low == pytest.approx(2, rel=0.1)
    assert found.high < 3


def test_loading_is_learned_apart(measured):
    request = measured(2.0, count=6, loading=40.0)
    assert timing.expected(request, ["gpu"]).low == pytest.approx(2, rel=0.2)
    assert timing.loading("pony", ["gpu"]).low == pytest.approx(40, rel=0.2)
    assert timing.loading("flux", ["gpu"]).low < 40


def test_a_device_has_its_own_times(measured):
    request = measured(2.0, count=8)
    measured(60.0, count=8, device="cpu")
    assert timing.expected(request, ["gpu"]).low == pytest.approx(2, rel=0.4)
    assert timing.expected(request, ["cpu"]).low == pytest.approx(60, rel=0.4)


def test_larger_takes_longer_and_a_part_of_the_steps_shorter(measured):
    request = measured(2.0, count=12, width=512, height=512)
    assert timing.expected(request.replacing(width=1024, height=1024)).low > 5
    repaint = measured(2.0, count=12, mode="image2image", reference_image="0" * 64, denoising_strength=0.8)
    assert timing.expected(repaint.replacing(denoising_strength=0.2)).low < 1.2


def test_what_an_older_catalogue_asked_is_passed_over(measured):
    request = measured(2.0, count=12)
    Generation.objects.update(parameters={"model": "gone"})
    assert timing.expected(request).low == pytest.approx(12)


def test_a_long_history_costs_as_many_queries_and_each_goes_by_an_index(measured):
    measured(2.0)
    with CaptureQueriesContext(connection) as short:
        timing._learn()
    measured(2.0, count=300)
    with CaptureQueriesContext(connection) as long:
        timing._learn()
    assert len(long) == len(short)
    asked = Generation.objects.filter(state=State.SUCCEEDED, model="pony", mode="text2image").order_by("-finished_at")
    assert "generation_timings" in asked[:16].explain()
    loads = Generation.objects.filter(state=State.SUCCEEDED, model="pony", loading_seconds__gt=0)
    assert "generation_loadings" in loads.order_by("-finished_at")[:16].explain()


def test_a_process_learns_once_in_a_while(measured, settings, monkeypatch):
    settings.TIMING_SECONDS = 60
    monkeypatch.setattr(timing, "_learned", timing.Remembered(timing._learn, "TIMING_SECONDS"))
    request = measured(2.0, count=12)
    first = timing.expected(request)
    measured(9.0, count=30)
    with CaptureQueriesContext(connection) as queries:
        assert timing.expected(request) == first
    assert not queries
    settings.TIMING_SECONDS = 0
    assert timing.expected(request).low > 2 * first.low


def test_a_running_one_is_told_by_its_own_pace_more_and_more(anna, request_):
    now = timezone.now()
    running = Generation(
        owner=anna,
        model="pony",
        started_at=now - timedelta(seconds=10),
        estimated_seconds=12,
        estimated_seconds_high=15,
    )
    assert timing.remaining(running).low == pytest.approx(2, abs=0.2)
    running.fraction = 0.1  # at this pace, 100 s in all
    assert 10 < timing.remaining(running).low < 30
    running.fraction = 0.9
    assert timing.remaining(running).low == pytest.approx(1.1, abs=0.2)


def test_while_it_loads_all_of_the_work_is_to_come(anna, request_):
    running = Generation(owner=anna, model="pony", stage="loading", started_at=timezone.now(), estimated_seconds=12)
    assert timing.remaining(running).low == pytest.approx(timing.LOADING_GUESS + 12, abs=1)
