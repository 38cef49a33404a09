"""Files and rows agree in the end: what a crash left without a row goes, what a row misses is said."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.models import Output
from gallery.sweeping import PARTS, Shelf, age, look

from .test_s3 import bucket  # noqa: F401

SHELVES = [Shelf(Output, "file", "outputs"), Shelf(Output, "poster", "posters")]


def look_at_all() -> tuple[set[str], set[str]]:
    found = [look(shelf, part) for shelf in SHELVES for part in range(PARTS)]
    return set.union(*(each.strays for each in found)), set.union(*(each.missing for each in found))


def test_what_no_row_names_is_found_and_how_old_it_is(media, ada, keep):
    keep(ada)
    strays = {"outputs/00/whole.png", "outputs/ff/half.png.part", "posters/7f/poster.webp"}
    for name in strays:
        default_storage.save(name, ContentFile(b"x"))
    then = (timezone.now() - timedelta(hours=3)).timestamp()
    os.utime(media / "outputs/00/whole.png", (then, then))

    assert look_at_all() == (strays, set())
    assert timedelta(hours=3) <= age(SHELVES[0], "outputs/00/whole.png") < timedelta(hours=4)
    assert age(SHELVES[0], "outputs/ff/half.png.part") < timedelta(hours=1)
    assert age(SHELVES[0], "outputs/ff/gone.png") == timedelta(0)


def test_a_row_without_its_file_is_told(media, ada, keep):
    output = keep(ada)
    (media / output.poster.name).unlink()
    assert look_at_all() == (set(), {output.poster.name})


def test_an_output_that_is_deleted_meanwhile_is_no_finding(media, ada, keep, monkeypatch):
    output = keep(ada)
    listdir = type(default_storage._wrapped).listdir

    def deleted_just_before(storage, path):
        Output.objects.filter(pk=output.pk).delete()
        (media / output.file.name).unlink(missing_ok=True)
        (media / output.poster.name).unlink(missing_ok=True)
        return listdir(storage, path)

    monkeypatch.setattr(type(default_storage._wrapped), "listdir", deleted_just_before)
    assert look_at_all() == (set(), set())


@pytest.mark.usefixtures("bucket")
def test_the_same_on_s3(ada, keep):
    output = keep(ada)
    stray = default_storage.save("outputs/ab/stray.png", ContentFile(b"x"))
    lost = keep(ada)
    default_storage.delete(lost.file.name)

    assert stray in look(SHELVES[0], 0xAB).strays
    assert age(SHELVES[0], stray) < timedelta(hours=1)
    part = int(lost.file.name.split("/")[1], 16)
    assert look(SHELVES[0], part).missing == {lost.file.name}
    assert default_storage.exists(output.file.name)
