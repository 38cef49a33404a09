"""Leases of the dead come back, and no clock that can be set decides who is dead."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from gallery.models import Output
from generation import ledger, queries, reconcile
from generation.models import Generation, ReferenceImage, State, Worker
from generation.uploads import keep, read_picture
from tests.conftest import png_bytes


@pytest.fixture
def running(anna, request_, worker) -> Generation:
    ledger.submit(anna, request_)
    return ledger.claim(worker)


@pytest.fixture
def later(monkeypatch):
    """Moves the one clock that cannot be set."""
    passed = [1000.0]
    monkeypatch.setattr(reconcile.time, "monotonic", lambda: passed[0])

    def later(seconds: float) -> None:
        passed[0] += seconds

    return later


def clock_is_set(monkeypatch, by: timedelta) -> None:
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + by)


def test_a_lease_that_nobody_renews_comes_back_after_as_long_as_it_lasts(running, later):
    reconciler = reconcile.Reconciler()
    assert reconciler.round().recovered == 0
    later(settings.LEASE_SECONDS - 1)
    assert reconciler.round().recovered == 0
    later(1)
    assert reconciler.round().recovered == 1
    row = Generation.objects.get(pk=running.pk)
    assert (row.state, row.crashes) == (State.QUEUED, 1)


def test_a_lease_that_is_renewed_stays(running, later):
    reconciler = reconcile.Reconciler()
    for _ in range(5):
        assert reconciler.round().recovered == 0
        later(settings.LEASE_SECONDS / 2)
        assert ledger.beat(running)


@pytest.mark.parametrize("by", [timedelta(hours=5), timedelta(hours=-5)])
def test_a_clock_that_is_set_takes_no_work_from_the_living_and_leaves_none_with_the_dead(
    running, later, monkeypatch, by
):
    reconciler = reconcile.Reconciler()
    reconciler.round()
    clock_is_set(monkeypatch, by)
    later(settings.LEASE_SECONDS / 2)
    assert reconciler.round().recovered == 0
    assert ledger.beat(running)
    later(settings.LEASE_SECONDS / 2)
    assert reconciler.round().recovered == 0
    later(settings.LEASE_SECONDS)
    assert reconciler.round().recovered == 1


def test_who_renews_between_the_look_and_the_recovery_keeps_the_work(running, anna):
    stale = Generation.objects.get(pk=running.pk)
    assert ledger.beat(running)
    assert not ledger.recover_silent(stale)
    assert ledger.finish(running)


def test_after_the_database_was_away_leases_are_observed_anew(running, later):
    reconciler = reconcile.Reconciler()
    reconciler.round()
    later(settings.LEASE_SECONDS * 2)
    reconciler.forget()
    assert reconciler.round().recovered == 0


def test_by_hand_the_clock_decides_and_the_whole_storage_is_swept(running, anna, media, caplog):
    Generation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    kept = keep(anna, read_picture(io.BytesIO(png_bytes())))
    for folder in ("outputs", "posters", "references"):
        (media / folder / "ab").mkdir(parents=True, exist_ok=True)
        (media / folder / "ab" / "stray").write_bytes(b"half")
    lost = Output.objects.bulk_create(
        [
            Output(
                owner=anna,
                parameters={},
                receipt={},
                file="outputs/ff/gone.png",
                poster="",
                bytes=1,
                seed=1,
                width=1,
                height=1,
            )
        ]
    )
    repairs = reconcile.reconcile(safe_age=timedelta(0))
    assert (repairs.recovered, repairs.orphans, repairs.missing) == (1, 3, 1)
    assert lost[0].file.name in caplog.text
    assert [path.name for path in media.rglob("*") if path.is_file()] == [kept.file.name.rpartition("/")[2]]
    assert ReferenceImage.objects.get() == kept


def test_round_by_round_every_part_of_the_storage_has_its_turn(db, media, later):
    reconciler = reconcile.Reconciler()
    for shelf in reconcile.SHELVES:
        for part in ("00", "7f", "ff"):
            (media / shelf.folder / part).mkdir(parents=True)
            (media / shelf.folder / part / "stray").write_bytes(b"half")
    assert sum(reconciler.round().orphans for _ in reconcile.PARTS) == 0
    later(reconcile.STRAY_SECONDS)
    assert sum(reconciler.round().orphans for _ in reconcile.PARTS) == 3 * len(reconcile.SHELVES)
    assert not list(media.rglob("stray"))


def test_a_clock_that_is_set_takes_no_file_that_is_about_to_be_named(db, media, later, monkeypatch):
    reconciler = reconcile.Reconciler()
    (media / "outputs" / "ab").mkdir(parents=True)
    (media / "outputs" / "ab" / "young").write_bytes(b"whole")
    for _ in range(2):
        assert sum(reconciler.round().orphans for _ in reconcile.PARTS) == 0
        clock_is_set(monkeypatch, timedelta(days=3))
        later(reconcile.STRAY_SECONDS / 2)
    assert (media / "outputs" / "ab" / "young").exists()


@pytest.mark.parametrize("by", [timedelta(hours=5), timedelta(hours=-5)])
def test_workers_live_by_the_clock_of_the_database(worker, monkeypatch, by):
    Worker.objects.update(seen_at=Now())
    clock_is_set(monkeypatch, by)
    assert queries.live_workers().get() == worker
    assert reconcile.reconcile().buried == 0
    Worker.objects.update(seen_at=Now() - 5 * timedelta(seconds=settings.LEASE_SECONDS))
    assert not queries.live_workers().exists()
    assert reconcile.reconcile().buried == 1
