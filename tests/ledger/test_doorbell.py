"""The bell says that there is work; without it nothing is lost."""

import socket
import time

import pytest
from redis import Redis

from generation import doorbell, ledger
from generation.models import Generation, State
from generation.reconcile import reconcile
from tests.valkey import valkey_at

from .conftest import make_worker


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    with valkey_at(tmp_path_factory.mktemp("valkey") / "v.sock") as url:
        yield url


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Another test's Redis that was away says nothing about this one's."""
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)


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


def test_only_the_first_submit_waits_for_a_redis_that_does_not_answer(
    settings, anna, request_, django_capture_on_commit_callbacks
):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        for _ in range(3):
            with django_capture_on_commit_callbacks(execute=True):
                ledger.submit(anna, request_)
        mute.setblocking(False)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()  # nobody else asked


def test_a_redis_that_was_away_is_asked_again(settings, tmp_path, bell, monkeypatch):
    url, settings.REDIS_URL = settings.REDIS_URL, f"unix://{tmp_path}/nobody.sock"
    assert not bell.ring()
    settings.REDIS_URL = url
    assert not bell.ring()
    monkeypatch.setattr(doorbell, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(doorbell, "_silent_until", time.monotonic())
    assert bell.ring()


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
def test_the_reconciler_rings_once_for_each_worker_that_could_have_work(bell, anna, request_, workers):
    for _ in range(3):
        ledger.submit(anna, request_)
    for number in range(workers):
        make_worker(f"bench-{number}")
    assert bell.pending() == 0
    rings = min(3, max(1, workers))
    assert reconcile().rung == rings
    assert bell.pending() == rings
    assert reconcile().rung == 0
