"""How much one person may ask for."""

import pytest
from django.utils import timezone

from generation import ledger, limits
from generation.catalogue import Invalid
from generation.models import Generation, Share


def test_without_limits_anything_goes(anna, request_):
    for _ in range(5):
        ledger.submit(anna, request_)


def test_no_more_may_wait_than_the_site_allows(anna, request_, settings):
    settings.MAX_QUEUED = 2
    for _ in range(2):
        ledger.submit(anna, request_)
    with pytest.raises(Invalid, match="2 of yours are waiting, and 2 may"):
        ledger.submit(anna, request_)
    assert Generation.objects.count() == 2


def test_somebody_else_is_not_bound_by_what_anna_has_waiting(anna, request_, settings, django_user_model):
    settings.MAX_QUEUED = 1
    ledger.submit(anna, request_)
    ledger.submit(django_user_model.objects.create_user("boris"), request_)


def test_a_limit_of_ones_own_counts_before_the_sites(anna, request_, settings):
    settings.MAX_QUEUED = 1
    Share.objects.create(owner=anna, max_queued=0)
    for _ in range(3):
        ledger.submit(anna, request_)


def test_what_a_day_holds_is_counted_with_what_still_waits(anna, request_, settings):
    settings.GPU_SECONDS_A_DAY = 30
    assert request_.estimate_seconds() == 12
    ledger.submit(anna, request_)
    ledger.submit(anna, request_)
    with pytest.raises(Invalid, match="Of your 30 seconds in 24 hours, 24 are used or spoken for"):
        ledger.submit(anna, request_)


def test_what_was_spent_yesterday_is_forgotten(anna, request_, settings):
    settings.GPU_SECONDS_A_DAY = 30
    done = ledger.submit(anna, request_)
    Generation.objects.filter(pk=done.pk).update(
        state="failed", gpu_seconds=28, finished_at=timezone.now() - limits.DAY / 2
    )
    with pytest.raises(Invalid):
        ledger.submit(anna, request_)
    Generation.objects.filter(pk=done.pk).update(finished_at=timezone.now() - limits.DAY * 1.01)
    ledger.submit(anna, request_)


def test_trying_again_is_bound_by_the_same_limits_but_not_for_an_operator(anna, request_, settings):
    settings.MAX_QUEUED = 1
    cancelled = ledger.submit(anna, request_)
    ledger.cancel(cancelled)
    ledger.submit(anna, request_)
    with pytest.raises(Invalid):
        ledger.retry(cancelled)
    assert ledger.retry(cancelled, by_operator=True)


def test_what_is_quarantined_an_operator_alone_queues_again(anna, request_):
    generation = ledger.submit(anna, request_)
    Generation.objects.filter(pk=generation.pk).update(state="failed", quarantined=True)
    assert not ledger.retry(generation)
    assert ledger.retry(generation, by_operator=True)
    generation.refresh_from_db()
    assert not generation.quarantined


@pytest.mark.parametrize(("announced", "refused"), [({}, False), ({"models": {"flux": {}}}, True)])
def test_what_no_worker_can_run_is_refused_where_the_operator_says_so(
    anna, request_, worker, settings, announced, refused
):
    worker.capabilities = announced
    worker.save()
    ledger.submit(anna, request_)  # kept: somebody may come who can
    settings.UNRUNNABLE = "refuse"
    if refused:
        with pytest.raises(Invalid, match="No worker that can run Pony V6 XL"):
            ledger.submit(anna, request_)
    else:
        ledger.submit(anna, request_)


def test_loras_that_no_worker_has_are_refused_too(anna, request_, worker, settings):
    settings.UNRUNNABLE = "refuse"
    worker.capabilities = {"models": {"pony": {}}, "loras": {"pony": ["ink"]}}
    worker.save()
    ledger.submit(anna, request_.replacing(loras=[{"name": "ink", "weight": 0.8}]))
    with pytest.raises(Invalid, match="No worker that has ink, wax for Pony V6 XL"):
        ledger.submit(anna, request_.replacing(loras=[{"name": name, "weight": 0.8} for name in ("wax", "ink")]))
