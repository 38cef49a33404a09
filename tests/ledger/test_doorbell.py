"""The bell says that there is work; without it nothing is lost."""

import time

import pytest
from redis import Redis

from generation import doorbell, ledger
from generation.models import Generation, State
from generation.reconcile import reconcile
from tests.valkey import valkey_at


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    with valkey_at(tmp_path_factory.mktemp("valkey") / "v.sock") as url:
        yield url


@pytest.fixture
def bell(settings, valkey):
    settings.REDIS_URL = valkey
    Redis.from_url(valkey).flushall()
    return doorbell


def test_a_submit_rings_once_and_carries_no_data(bell, anna, request_, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ledger.submit(anna, request_)
    assert bell.pending() == 1
    (job,) = bell.queue().jobs
    assert (job.func_name, job.args, job.kwargs) == ("generation.tasks.answer", [], {})
    assert job.serializer.__name__ == "JSONSerializer"


def test_without_redis_a_submit_succeeds_at_once(
    settings, tmp_path, anna, request_, django_capture_on_commit_callbacks
):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        generation = ledger.submit(anna, request_)
    assert time.monotonic() - started < 2 * doorbell.PATIENCE_SECONDS
    assert doorbell.pending() is None
    assert Generation.objects.get(pk=generation.pk).state == State.QUEUED


def test_the_reconciler_rings_for_what_lost_its_bell(bell, anna, request_, worker):
    for _ in range(3):
        ledger.submit(anna, request_)
    assert bell.pending() == 0
    assert reconcile().rung == 3
    assert bell.pending() == 3
    assert reconcile().rung == 0
