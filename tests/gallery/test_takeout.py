"""Several outputs as one zip: what is in it for whom, and that it never grows in memory."""

import io
import json
import tracemalloc
import uuid
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image

from gallery.models import Output, Rating, Visibility
from gallery.takeout import entries
from gallery.takeout.records import Kind, is_genuine
from generation import uploads
from generation.models import Generation, Grid
from people.zipping import streamed
from tests.bringing.world import AXES, made, picture

from .test_s3 import bucket  # noqa: F401


def zipped(client: Client, *outputs: Output) -> zipfile.ZipFile:
    answer = client.post("/gallery/zip/", {"outputs": [str(output.pk) for output in outputs]})
    assert answer.status_code == 200
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def record(archive: zipfile.ZipFile) -> dict:
    (name,) = (name for name in archive.namelist() if name.startswith("outputs/") and name.endswith(".json"))
    return json.loads(archive.read(name))


@pytest.fixture
def upload(ada, media):
    return uploads.keep(ada, uploads.read_picture(picture("teal")))


@pytest.fixture
def hers_of_a_picture(ada, upload, tmp_path) -> Output:
    return made(ada, tmp_path, "png", 7, mode="image2image", reference_image=upload.sha256, prompt="a secret heron")


def show(output: Output, **how: object) -> None:
    Output.objects.filter(pk=output.pk).update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC, **how)


def test_one_comes_with_its_record_and_the_picture_it_started_from_once(ada, hers, hers_of_a_picture, upload, tmp_path):
    other = made(ada, tmp_path, "png", 8, mode="image2image", reference_image=upload.sha256)
    archive = zipped(hers, hers_of_a_picture, other)
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == len(set(names)) == 1 + 2 * 2 + 2
    with upload.file.open("rb") as file:
        assert archive.read(f"references/{upload.sha256}.png") == file.read()
    first = json.loads(archive.read(next(name for name in names if "heron-7" in name and name.endswith(".json"))))
    with hers_of_a_picture.file.open("rb") as file:
        assert archive.read(first["file"]) == file.read()
    assert first["parameters"] == hers_of_a_picture.parameters
    assert first["receipt"] == hers_of_a_picture.receipt
    assert (first["owner"], first["seed"], first["sha256"]) == ("ada", 7, hers_of_a_picture.sha256)
    assert is_genuine(Kind.OUTPUT, first, ada)


def test_the_grid_comes_with_a_cell_of_it_for_its_owner_alone(ada, hers, his, hers_of_a_picture, tmp_path):
    grid = Grid.objects.create(owner=ada, parameters=hers_of_a_picture.parameters, axes=AXES)
    Generation.objects.filter(outputs=hers_of_a_picture).update(grid=grid, cell=2)
    archive = zipped(hers, hers_of_a_picture, made(ada, tmp_path, "png", 8))
    assert json.loads(archive.read(f"grids/{grid.pk}.json"))["axes"] == AXES
    cells = [json.loads(archive.read(name)).get("grid") for name in archive.namelist() if name.endswith(".json")]
    assert {"id": str(grid.pk), "cell": 2} in cells
    show(hers_of_a_picture)
    theirs = zipped(his, hers_of_a_picture)
    assert str(grid.pk) not in str([theirs.namelist(), record(theirs)])


def test_what_is_signed_for_one_person_is_not_for_another_and_not_when_changed(ada, bob, hers, hers_of_a_picture):
    said = record(zipped(hers, hers_of_a_picture))
    assert not is_genuine(Kind.OUTPUT, said, bob)
    assert not is_genuine(Kind.OUTPUT, {**said, "owner": "bob"}, bob)
    assert not is_genuine(Kind.OUTPUT, {**said, "pixel_sha256": "0" * 64}, ada)
    assert not is_genuine(Kind.OUTPUT, {name: value for name, value in said.items() if name != "signature"}, ada)


@pytest.mark.parametrize(
    ("prompt", "references", "tells_file"), [(True, True, True), (True, False, False), (False, False, False)]
)
def test_of_others_one_gets_what_they_tell(his, hers_of_a_picture, upload, prompt, references, tells_file):
    Output.objects.filter(pk=hers_of_a_picture.pk).update(notes="For me alone.")
    show(hers_of_a_picture, shows_prompt=prompt, shows_references=references)
    archive = zipped(his, hers_of_a_picture)
    said = record(archive)
    whole = b"".join(archive.read(name) for name in archive.namelist()) + "".join(archive.namelist()).encode()
    assert said["owner"] == "ada"
    assert "signature" not in said
    assert b"For me alone" not in whole
    assert (b"heron" in whole) == prompt
    assert (f"references/{upload.sha256}.png" in archive.namelist()) == references
    assert (upload.sha256.encode() in whole) == references
    with hers_of_a_picture.file.open("rb") as file:
        assert (archive.read(said["file"]) == file.read()) == tells_file
    picture = Image.open(io.BytesIO(archive.read(said["file"])))
    with hers_of_a_picture.file.open("rb") as file:
        assert picture.tobytes() == Image.open(file).tobytes()


def test_what_others_keep_is_404_also_among_ones_own(ada, bob, hers, his, media, tmp_path):
    hidden, own = made(ada, tmp_path, "png", 1), made(bob, tmp_path, "png", 2)
    for ids in ([hidden.pk], [own.pk, hidden.pk], [own.pk, uuid.uuid4()], ["x"], [""]):
        assert his.post("/gallery/zip/", {"outputs": [str(id) for id in ids]}).status_code == 404
    show(hidden)
    assert len(zipped(his, own, hidden).namelist()) == 5
    Output.objects.filter(pk=hidden.pk).update(rating=Rating.UNRATED)
    assert his.post("/gallery/zip/", {"outputs": [str(hidden.pk)]}).status_code == 404


def test_a_closed_stack_comes_whole(ada, hers, media, tmp_path):
    outputs = [made(ada, tmp_path, "png", seed) for seed in (1, 2, 3)]
    stack = uuid.uuid4()
    Output.objects.filter(pk__in=[output.pk for output in outputs]).update(stack=stack)
    for stacks, count in (("closed", 3), ("", 1)):
        answer = hers.post("/gallery/zip/", {"outputs": str(outputs[-1].pk), "stacks": stacks})
        archive = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
        assert sum(name.endswith(".png") for name in archive.namelist()) == count


def test_nothing_chosen_or_too_much_is_said(hers, db):
    for ids, said in (([], "at least one"), ([str(uuid.uuid4()) for _ in range(1001)], "at most 1000")):
        answer = hers.post("/gallery/zip/", {"outputs": ids}, follow=True)
        assert said in answer.content.decode()


def test_everything_is_ones_own_alone(ada, bob, hers, his, media, tmp_path):
    hers_own, theirs = made(ada, tmp_path, "png", 1), made(bob, tmp_path, "png", 2)
    show(theirs)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(hers.get("/gallery/everything.zip"))))
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert str(hers_own.pk).encode() in whole
    assert str(theirs.pk).encode() not in whole


def test_of_what_is_withheld_its_owner_gets_the_facts_alone(ada, hers, media, tmp_path):
    output = made(ada, tmp_path, "png", 1)
    Output.objects.filter(pk=output.pk).update(withheld="policy", rating=Rating.EXPLICIT)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(hers.get("/gallery/everything.zip"))))
    assert record(archive)["file"] is None
    assert not [name for name in archive.namelist() if name.endswith(".png")]


def test_a_parent_that_is_not_shown_any_more_is_not_told_of(ada, bob, hers, his, media, tmp_path):
    parent = made(ada, tmp_path, "png", 1)
    child = made(bob, tmp_path, "png", 2, parents=[(parent.pk, "remix")])
    assert record(zipped(his, child))["parents"] == []
    show(parent)
    assert record(zipped(his, child))["parents"] == [{"how": "variant", "id": str(parent.pk), "sha256": parent.sha256}]


def test_memory_does_not_grow_with_rows_or_files(ada, rows, media, tmp_path, django_assert_max_num_queries):
    stored = made(ada, tmp_path, "png", 1)
    rows(ada, 600)
    Output.objects.update(file=stored.file.name)
    Path(stored.file.path).write_bytes(bytes(40_000))
    tracemalloc.start()
    with django_assert_max_num_queries(60):
        size = sum(map(len, streamed(entries.everything(ada))))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 600 * 40_000
    assert peak < 5_000_000


@pytest.mark.usefixtures("bucket")
def test_a_zip_out_of_a_bucket(ada, hers, tmp_path):
    output = made(ada, tmp_path, "mp4", 3)
    archive = zipped(hers, output)
    with output.file.open("rb") as file:
        assert archive.read(record(archive)["file"]) == file.read()


def test_every_format_can_be_stripped(ada, bob, his, media, tmp_path):
    for number, format in enumerate(("png", "jpg", "mp4", "webm", "gif")):
        output = made(ada, tmp_path, format, number, prompt="a secret heron")
        show(output, shows_prompt=False)
        archive = zipped(his, output)
        assert b"heron" not in archive.read(record(archive)["file"])
