"""Files and rows agree in the end: what a crash left without a row goes, what a row misses is said."""

import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.models import Output
from gallery.sweeping import PARTS, SAFE_AGE, Shelf, sweep

from .conftest import files_in
from .test_s3 import bucket  # noqa: F401

SHELVES = [Shelf(Output, "file", "outputs"), Shelf(Output, "poster", "posters")]
NOW = timedelta(0)


def sweep_all(safe_age: timedelta) -> tuple[int, list[str]]:
    swept = [sweep(shelf, part, safe_age) for shelf in SHELVES for part in range(PARTS)]
    return sum(part.orphans for part in swept), [name for part in swept for name in part.missing]


def age(folder, name: str, by: timedelta) -> None:
    then = (timezone.now() - by).timestamp()
    os.utime(folder / name, (then, then))


def test_what_no_row_names_goes_once_it_is_old(media, ada, keep):
    keep(ada)
    kept = files_in(media)
    for name in ("outputs/00/whole.png", "outputs/ff/half.png.part", "posters/7f/poster.webp"):
        default_storage.save(name, ContentFile(b"x"))
    young = default_storage.save("outputs/ff/young.png", ContentFile(b"x"))
    for name in set(files_in(media)) - {young}:
        age(media, name, SAFE_AGE + timedelta(minutes=1))

    assert sweep_all(SAFE_AGE) == (3, [])
    assert files_in(media) == sorted([*kept, young])


def test_a_row_without_its_file_is_told(media, ada, keep):
    output = keep(ada)
    (media / output.poster.name).unlink()
    assert sweep_all(NOW) == (0, [output.poster.name])


def test_an_output_that_is_deleted_meanwhile_is_no_finding(media, ada, keep, monkeypatch):
    output = keep(ada)
    listdir = type(default_storage._wrapped).listdir

    def deleted_just_before(storage, path):
        Output.objects.filter(pk=output.pk).delete()
        (media / output.file.name).unlink(missing_ok=True)
        (media / output.poster.name).unlink(missing_ok=True)
        return listdir(storage, path)

    monkeypatch.setattr(type(default_storage._wrapped), "listdir", deleted_just_before)
    assert sweep_all(NOW) == (0, [])


@pytest.mark.usefixtures("bucket")
def test_the_same_on_s3(ada, keep):
    output = keep(ada)
    stray = default_storage.save("outputs/ab/stray.png", ContentFile(b"x"))
    lost = keep(ada)
    default_storage.delete(lost.file.name)

    assert sweep(SHELVES[0], 0xAB, SAFE_AGE).orphans == 0
    assert sweep(SHELVES[0], 0xAB, NOW).orphans == 1
    assert not default_storage.exists(stray)
    part = int(lost.file.name.split("/")[1], 16)
    assert sweep(SHELVES[0], part, NOW).missing == [lost.file.name]
    assert default_storage.exists(output.file.name)
