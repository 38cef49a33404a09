"""Which pictures were made here and which somebody brought along, through everything that is made of them."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery import services
from gallery.models import Output
from generation import tasks, uploads
from generation.models import Generation, ReferenceImage
from generation.request import parse
from tests.conftest import png_bytes
from tests.gallery.conftest import painted

pytestmark = pytest.mark.usefixtures("media")


def uploaded(owner) -> ReferenceImage:
    return uploads.keep(owner, uploads.read_picture(io.BytesIO(png_bytes((80, 60)))))


def taken(owner, output: Output) -> ReferenceImage:
    return uploads.keep(owner, uploads.picture_of(output))


def made(owner, folder, *references: ReferenceImage) -> Output:
    """What a worker keeps of a generation with these references."""
    words = {"model": "pony", "mode": "text2image", "prompt": "a teapot", "seed": 7}
    if references:
        words |= {"mode": "image2image", "reference_image": references[0].sha256}
    request = parse(words)
    generation = Generation.objects.create(
        owner=owner, parameters=request.to_json(), model=request.model_id, mode=request.mode_id
    )
    return services.store(
        painted(folder),
        owner_id=owner.pk,
        generation_id=generation.pk,
        parameters=generation.parameters,
        demo=True,
        from_photograph=tasks._from_photograph(generation),
    )


def test_what_is_made_of_words_alone_and_all_that_follows_is_made_here(person, tmp_path):
    first = made(person, tmp_path)
    reference = taken(person, first)
    assert (reference.made_here, reference.rights_confirmed_at) == (True, None)
    assert not made(person, tmp_path, reference).from_photograph


def test_what_is_made_of_an_upload_stays_so_through_everything_made_of_it(person, tmp_path):
    upload = uploaded(person)
    assert not upload.made_here
    first = made(person, tmp_path, upload)
    assert first.from_photograph
    second = made(person, tmp_path, taken(person, first))
    assert second.from_photograph


def test_uploading_what_was_made_here_changes_nothing(person, tmp_path):
    reference = taken(person, made(person, tmp_path))
    with reference.file.open("rb") as file:
        again = uploads.keep(person, uploads.read_picture(io.BytesIO(file.read())))
    assert (again.pk, again.made_here) == (reference.pk, True)


def test_the_form_says_what_uploading_confirms_and_the_row_says_when(person, client_of):
    page = client_of(person).get("/", {"model": "pony", "mode": "image2image"}).content.decode()
    assert "By uploading it you confirm that you may use it." in page
    picture = SimpleUploadedFile("me.png", png_bytes((80, 60)), "image/png")
    words = {"type": "image", "model": "pony", "mode": "image2image", "prompt": "a fox", "reference_image": picture}
    assert client_of(person).post("/generate/", words).status_code == 303
    assert ReferenceImage.objects.get().rights_confirmed_at is not None
