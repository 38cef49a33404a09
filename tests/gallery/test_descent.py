"""What was made from what: written down as an output is kept."""

import importlib
import io
import uuid

import pytest
from django.apps import apps

from gallery import services
from gallery.models import Descent, How, Output
from generation import tasks, uploads
from generation.models import Generation
from tests.conftest import png_bytes

from .conftest import ask, painted

pytestmark = pytest.mark.usefixtures("media")


def made(owner, folder, generation: Generation | None = None, variant: int = 0) -> Output:
    """What a worker keeps of a generation."""
    generation = generation or ask(owner)
    return services.store(
        painted(folder, variant),
        owner_id=owner.pk,
        generation_id=generation.pk,
        parameters=generation.parameters,
        demo=True,
        parents=tasks._parents(generation),
    )


def parents(child: Output) -> list[tuple[uuid.UUID, str]]:
    return sorted(child.ancestry.values_list("parent", "how"), key=lambda row: row[1])


def test_a_remix_and_a_rerun_are_children_of_what_they_came_from(ada, tmp_path):
    first = made(ada, tmp_path)
    remix = ask(ada, steps=12)
    remix.remixed_from = first
    rerun = ask(ada)
    rerun.rerun_of = first
    assert parents(first) == []
    assert parents(made(ada, tmp_path, remix)) == [(first.pk, How.REMIX)]
    assert parents(made(ada, tmp_path, rerun)) == [(first.pk, How.RERUN)]


def test_a_remix_with_another_seed_or_batch_alone_is_a_variant_also_of_somebody_elses(ada, bob, tmp_path):
    first = made(ada, tmp_path)
    for asked in (ask(ada, seed=8), ask(bob, seed=8, batch_size=2)):
        asked.remixed_from = first
        assert parents(made(asked.owner, tmp_path, asked)) == [(first.pk, How.VARIANT)]
    unchanged = ask(ada)
    unchanged.remixed_from = first
    assert parents(made(ada, tmp_path, unchanged)) == [(first.pk, How.REMIX)]


def test_whoever_uses_a_picture_of_an_output_makes_its_child(ada, tmp_path):
    source = made(ada, tmp_path)
    taken = uploads.keep(ada, uploads.picture_of(source))
    upload = uploads.keep(ada, uploads.read_picture(io.BytesIO(png_bytes((80, 60)))))
    assert (taken.taken_from, upload.taken_from) == (source, None)
    child = made(ada, tmp_path, ask(ada, mode="image2image", reference_image=taken.sha256))
    assert parents(child) == [(source.pk, How.REFERENCE)]
    frames = {"model": "anisora", "mode": "arbitrary"}
    rows = [{"frame_index": 0, "image": taken.sha256}, {"frame_index": 9, "image": upload.sha256}]
    both = ask(ada, **frames, keyframes=rows)
    both.remixed_from = source
    assert parents(made(ada, tmp_path, both)) == [(source.pk, How.REFERENCE), (source.pk, How.REMIX)]


def test_a_picture_taken_from_an_output_and_uploaded_again_still_comes_from_it(ada, tmp_path):
    source = made(ada, tmp_path)
    taken = uploads.keep(ada, uploads.picture_of(source))
    with taken.file.open("rb") as file:
        again = uploads.keep(ada, uploads.read_picture(io.BytesIO(file.read())))
    assert (again.pk, again.taken_from) == (taken.pk, source)


def test_every_variant_is_a_child_and_a_late_second_result_adds_nothing(ada, tmp_path):
    first = made(ada, tmp_path)
    remix = ask(ada, batch_size=2)
    remix.remixed_from = first
    for variant in (0, 1, 1):
        made(ada, tmp_path, remix, variant)
    assert first.offspring.count() == 2


def test_a_parent_that_is_gone_is_left_out(ada, tmp_path):
    generation = ask(ada)
    there = made(ada, tmp_path)
    child = services.store(
        painted(tmp_path),
        owner_id=ada.pk,
        generation_id=generation.pk,
        parameters=generation.parameters,
        demo=True,
        parents=[(uuid.uuid4(), How.REMIX), (there.pk, How.REFERENCE)],
    )
    assert parents(child) == [(there.pk, How.REFERENCE)]


def test_deleting_a_parent_leaves_its_child(ada, tmp_path):
    first = made(ada, tmp_path)
    remix = ask(ada)
    remix.remixed_from = first
    child = made(ada, tmp_path, remix)
    services.delete(first)
    assert Output.objects.get() == child
    assert not Descent.objects.exists()


def test_the_migration_finds_the_parents_of_what_is_there(ada, tmp_path, monkeypatch):
    migration = importlib.import_module("gallery.migrations.0007_descents")
    first = made(ada, tmp_path)
    for number in range(3):
        Generation.objects.filter(pk=ask(ada).pk).update(remixed_from=first)
        rerun = ask(ada)
        Generation.objects.filter(pk=rerun.pk).update(rerun_of=first)
        made(ada, tmp_path, rerun, number)
    Descent.objects.all().delete()
    monkeypatch.setattr(migration, "BATCH", 2)
    migration.write(apps, None)
    assert list(Descent.objects.values_list("parent", "how")) == [(first.pk, How.RERUN)] * 3
