"""One generation from the claim to the kept files, with a real engine."""

import errno
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.utils import timezone

from gallery.models import Output
from generation import ledger, tasks
from generation.engine.api import OutOfMemory
from generation.engine.engine import Engine
from generation.engine.options import Options
from generation.models import Generation, Preview, State
from generation.request import parse


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return Engine(tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("demo"), Options(device="cpu"))


@pytest.fixture
def desk(engine, worker):
    return tasks.Desk(worker, engine)


@pytest.fixture
def small():
    return parse(
        {
            "model": "pony",
            "mode": "text2image",
            "prompt": "a teapot on a sunny table",
            "width": 512,
            "height": 512,
            "steps": 10,
            "seed": 5,
        }
    )


def claimed(anna, request, worker) -> Generation:
    ledger.submit(anna, request)
    return ledger.claim(worker)


def when(monkeypatch, step, act):
    """Let `act` happen as the ledger hears of this step."""
    beat = ledger.beat

    def beat_and_act(generation, progress=None):
        answer = beat(generation, progress)
        if progress is not None and progress.step == step:
            act()
        return answer

    monkeypatch.setattr(ledger, "beat", beat_and_act)


def test_every_variant_is_kept_with_its_own_seed(anna, desk, small):
    generation = claimed(anna, small.replacing(batch_size=2), desk.worker)
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.fraction, row.error) == (State.SUCCEEDED, 1.0, "")
    outputs = list(row.outputs.order_by("variant"))
    assert [output.seed for output in outputs] == [5, 6]
    assert outputs[0].pixel_sha256 != outputs[1].pixel_sha256
    for output in outputs:
        assert output.parameters == {**small.to_json(), "seed": output.seed}
        assert output.owner == anna
        assert output.demo
        assert not Preview.objects.exists()


def test_a_variant_alone_is_the_same_picture_as_in_its_batch(anna, desk, small):
    tasks.work(desk, claimed(anna, small.replacing(batch_size=2), desk.worker))
    tasks.work(desk, claimed(anna, small.replacing(seed=6), desk.worker))
    in_batch, alone = Output.objects.filter(seed=6)
    assert in_batch.pixel_sha256 == alone.pixel_sha256


def test_cancelled_in_the_middle_it_stops_at_the_next_step_and_leaves_nothing(anna, desk, small, monkeypatch):
    generation = claimed(anna, small.replacing(steps=30), desk.worker)
    when(monkeypatch, 4, lambda: ledger.cancel(generation))
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert row.state == State.CANCELLED
    assert row.step == 4
    assert not Output.objects.exists()
    assert not list((settings.MEDIAGEN_HOME / "scratch").glob("mediagen-*"))


def test_after_a_cancel_the_warm_model_draws_what_a_fresh_one_draws(anna, desk, small, monkeypatch, engine):
    with monkeypatch.context() as patch:
        generation = claimed(anna, small.replacing(steps=30), desk.worker)
        when(patch, 4, lambda: ledger.cancel(generation))
        tasks.work(desk, generation)
    tasks.work(desk, claimed(anna, small, desk.worker))
    engine.unload()
    tasks.work(desk, claimed(anna, small, desk.worker))
    warm, fresh = Output.objects.all()
    assert warm.pixel_sha256 == fresh.pixel_sha256


def test_a_leaving_worker_hands_back(anna, desk, small, monkeypatch):
    generation = claimed(anna, small.replacing(steps=30), desk.worker)
    when(monkeypatch, 4, desk.leaving.set)
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.worker, row.crashes) == (State.QUEUED, None, 0)
    assert not Output.objects.exists()


def test_a_lost_lease_keeps_nothing(anna, desk, small, monkeypatch):
    generation = claimed(anna, small, desk.worker)
    when(monkeypatch, 10, lambda: Generation.objects.filter(pk=generation.pk).update(attempt=9))
    tasks.work(desk, generation)
    assert not Output.objects.exists()
    assert Generation.objects.get(pk=generation.pk).state == State.RUNNING


def test_while_it_runs_there_is_a_preview(anna, desk, small, monkeypatch):
    monkeypatch.setattr(tasks, "PREVIEW_SECONDS", 0)
    shown = []
    show = ledger.show
    monkeypatch.setattr(ledger, "show", lambda generation, jpeg: (shown.append(jpeg), show(generation, jpeg)))
    tasks.work(desk, claimed(anna, small, desk.worker))
    assert len(shown) >= 10
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in shown)
    assert shown[0] != shown[-1]
    assert not Preview.objects.exists()


def test_a_picture_that_is_gone_fails_with_a_word_for_the_person(anna, desk):
    request = parse(
        {"model": "pony", "mode": "image2image", "prompt": "a teapot", "reference_image": "0" * 64, "seed": 1}
    )
    generation = claimed(anna, request, desk.worker)
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert row.state == State.FAILED
    assert row.error


def test_what_does_not_fit_fails_with_what_would(anna, desk, monkeypatch):
    video = parse({"model": "anisora", "mode": "text2video", "prompt": "a fox dances", "num_frames": 161, "seed": 1})
    generation = claimed(anna, video, desk.worker)

    def too_large(*args, **kwargs):
        raise OutOfMemory("There is not enough memory for so many frames on this machine.", {"num_frames": 81})

    monkeypatch.setattr(desk.engine, "run", too_large)
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.suggestion) == (State.FAILED, {"num_frames": 81})
    assert "so many frames" in row.error


def test_an_interrupted_batch_goes_on_where_it_was(anna, desk, small, monkeypatch):
    generation = claimed(anna, small.replacing(batch_size=3), desk.worker)
    kept = []

    def interrupted(generation, request, result, last):
        if kept:
            raise ledger.LeaseLost
        kept.append(keep(generation, request, result, last))

    keep = tasks._keep
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "_keep", interrupted)
        tasks.work(desk, generation)
    first = Output.objects.get()
    Generation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert ledger.recover(Generation.objects.get())

    drawn = []
    monkeypatch.setattr(tasks, "_keep", lambda *words: (drawn.append(words[2].variant), keep(*words)))
    tasks.work(desk, ledger.claim(desk.worker))
    assert drawn == [1, 2]
    assert Generation.objects.get().state == State.SUCCEEDED
    assert [output.variant for output in Output.objects.order_by("variant")] == [0, 1, 2]
    assert Output.objects.get(variant=0) == first


def test_a_full_disk_is_told_and_leaves_nothing_half(anna, desk, small, media, monkeypatch):
    generation = claimed(anna, small, desk.worker)
    save = FileSystemStorage._save

    def full(storage, name, content):
        save(storage, name, content)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.error) == (State.FAILED, tasks.DISK_FULL)
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert not list((settings.MEDIAGEN_HOME / "scratch").glob("mediagen-*"))


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_as_the_work_ends_costs_no_work(anna, desk, small, monkeypatch):
    generation = claimed(anna, small, desk.worker)
    holding, refused = ledger.holding, []

    def away_at_first(generation):
        if len(refused) < 2:
            refused.append(generation)
            raise OperationalError("the connection was closed")
        return holding(generation)

    monkeypatch.setattr(ledger, "holding", away_at_first)
    monkeypatch.setattr("generation.patience.PAUSE_SECONDS", 0.01)
    tasks.work(desk, generation)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.attempt, row.outputs.count(), len(refused)) == (State.SUCCEEDED, 1, 1, 2)
