"""A row and its files come and go together, whatever fails in between."""

import hashlib
import io
from contextlib import contextmanager

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, IntegrityError, transaction
from PIL import Image

from gallery import services
from gallery.models import Output

from .conftest import ask, files_in, painted

pytestmark = pytest.mark.django_db


def store(generation, result, **extra):
    return services.store(
        result,
        owner_id=generation.owner_id,
        generation_id=generation.pk,
        parameters=generation.parameters,
        demo=True,
        **extra,
    )


def test_a_stored_output_holds_the_file_and_all_facts(media, ada, tmp_path):
    generation = ask(ada)
    result = painted(tmp_path)

    output = Output.objects.get(pk=store(generation, result).pk)

    with output.file.open("rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == result.sha256 == output.sha256
    for fact in ("variant", "seed", "width", "height", "frames", "fps", "bytes", "pixel_sha256", "seconds", "receipt"):
        assert getattr(output, fact) == getattr(result, fact)
    assert (output.owner, output.generation) == (ada, generation)
    assert (output.type, output.model, output.mode) == ("image", "pony", "text2image")
    assert output.prompt == "a teapot on a hill"
    assert output.parameters == generation.parameters
    assert output.format == "png"
    assert output.demo
    assert len(files_in(media)) == 2


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1024, 768), (512, 384)), ((512, 1024), (512, 1024)), ((256, 256), (256, 256))],
)
def test_the_poster_is_a_webp_of_at_most_512_pixels_in_width(media, ada, tmp_path, size, expected):
    output = store(ask(ada), painted(tmp_path, size=size))

    with output.poster.open("rb") as file:
        poster = Image.open(io.BytesIO(file.read()))
    assert (poster.format, poster.size) == ("WEBP", expected)


def test_a_second_store_of_a_variant_returns_the_first_and_leaves_no_file(media, ada, tmp_path):
    generation = ask(ada)
    first = store(generation, painted(tmp_path))
    kept = files_in(media)

    second = store(generation, painted(tmp_path))

    assert second == first
    assert second.sha256 == first.sha256
    assert files_in(media) == kept
    assert store(generation, painted(tmp_path, variant=1)) != first


def test_no_file_stays_when_the_row_cannot_enter(media, ada, tmp_path):
    result = painted(tmp_path)
    nobody = ask(ada)
    nobody.owner_id = None

    with pytest.raises((IntegrityError, Output.DoesNotExist)):
        store(nobody, result)

    assert files_in(media) == []
    assert result.path.exists()


def test_no_file_stays_when_the_storage_fails_halfway(media, ada, tmp_path, monkeypatch):
    original = FileSystemStorage._save

    def full_disk(storage, name, content):
        saved = original(storage, name, content)
        if name.startswith("posters/"):
            raise OSError("No space left on device")
        return saved

    monkeypatch.setattr(FileSystemStorage, "_save", full_disk)
    with pytest.raises(OSError, match="No space"):
        store(ask(ada), painted(tmp_path))

    assert files_in(media) == []
    assert not Output.objects.exists()


def test_the_callers_transaction_decides_over_row_and_files(media, ada, tmp_path):
    @contextmanager
    def lost_in_the_end():
        with transaction.atomic():
            yield
            raise DatabaseError("the lease ran out")

    with pytest.raises(DatabaseError, match="lease"):
        store(ask(ada), painted(tmp_path), within=lost_in_the_end)

    assert files_in(media) == []
    assert not Output.objects.exists()


def test_the_callers_transaction_goes_on_when_the_variant_was_there(media, ada, tmp_path):
    generation = ask(ada)
    store(generation, painted(tmp_path))
    ended = []

    @contextmanager
    def ending():
        with transaction.atomic():
            yield
            ended.append(Output.objects.count())

    store(generation, painted(tmp_path), within=ending)

    assert ended == [1]


def test_delete_removes_the_files_only_once_it_is_committed(media, ada, keep, django_capture_on_commit_callbacks):
    output = keep(ada)
    kept = files_in(media)

    with django_capture_on_commit_callbacks() as callbacks:
        services.delete(output)
    assert files_in(media) == kept

    for callback in callbacks:
        callback()
    assert files_in(media) == []
    assert not Output.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_delete_that_is_rolled_back_keeps_the_files(media, ada, keep):
    output = keep(ada)
    kept = files_in(media)

    with transaction.atomic():
        services.delete(output)
        transaction.set_rollback(True)

    assert Output.objects.count() == 1
    assert files_in(media) == kept


def test_the_files_go_with_their_owners_account(media, ada, keep, django_capture_on_commit_callbacks):
    keep(ada)

    with django_capture_on_commit_callbacks(execute=True):
        ada.delete()

    assert files_in(media) == []


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_refuses_does_not_bring_the_row_back(media, ada, keep, monkeypatch, caplog):
    output = keep(ada)

    def refuse(storage, name):
        raise PermissionError(name)

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    services.delete(output)

    assert not Output.objects.exists()
    assert output.file.name in caplog.text
    assert output.poster.name in caplog.text


def test_describe_says_what_the_contract_lists(media, ada, keep):
    output = keep(ada)

    facts = services.describe(output)

    assert set(facts) == {
        *("id", "url", "seed", "width", "height", "frames", "fps", "bytes", "sha256", "pixel_sha256", "receipt"),
    }
    assert facts["url"] == f"/gallery/{output.pk}/file"
    assert facts["sha256"] == output.sha256
