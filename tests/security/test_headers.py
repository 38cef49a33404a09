"""What every answer says to browsers, and that what people gave or made can never act as a page."""

import pytest
from django.test import Client

from gallery.files import CONTENT_TYPES
from generation.catalogue import models
from generation.models import Generation, Preview, ReferenceImage
from mediagen_site import settings as site
from tests.conftest import image_bytes, png_bytes
from tests.pages.conftest import ask, files_in, form_of, keyframes, make, mine, upload

__all__ = ["ask", "make", "mine"]

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize("path", ["/", "/gallery/", "/guide/", "/accounts/login/", "/healthz", "/nothing-here"])
def test_every_answer_is_guarded(mine, path):
    answer = mine.get(path)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "camera=()" in answer["Permissions-Policy"]
    if answer["Content-Type"].startswith("text/html"):
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_what_is_no_page_of_ours_cannot_act_as_one(mine, person, make):
    output = make(person)
    mine.post("/generate/", form_of("pony", "image2image"))
    Preview.objects.create(generation=output.generation, jpeg=image_bytes("JPEG"))
    paths = {
        f"/gallery/{output.pk}/file": "image/png",
        f"/gallery/{output.pk}/download": "image/png",
        f"/gallery/{output.pk}/download?stripped=1": "image/png",
        f"/gallery/{output.pk}/poster": "image/webp",
        f"/gallery/{output.pk}.json": "application/json",
        f"/generations/{output.generation_id}/preview.jpg": "image/jpeg",
        f"/references/{ReferenceImage.objects.get().sha256}/": "image/png",
    }
    for path, type in paths.items():
        answer = mine.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, type), path
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'"), path
        assert answer["X-Content-Type-Options"] == "nosniff"
        if answer.streaming:
            b"".join(answer)


def test_every_format_that_is_made_has_its_type():
    offered = {
        option.value
        for model in models().values()
        for mode in model.modes
        for parameter in model.parameters_for(mode.id)
        if parameter.id == "output_format"
        for option in parameter.options
    }
    assert offered <= set(CONTENT_TYPES)
    assert all(type.startswith(("image/", "video/")) and "svg" not in type for type in CONTENT_TYPES.values())


def test_what_is_too_long_is_refused_before_it_is_read(mine, settings, media):
    settings.UPLOAD_TOTAL_MEGABYTES = 1
    big = bytes(1024 * 1024 + 1)
    answer = mine.post("/generate/", form_of("pony", "image2image", reference_image=upload(big)))
    assert answer.status_code == 413
    assert "At most 1 MB" in answer.content.decode()
    told = mine.post("/read/", {"file": upload(big)}, headers={"HX-Request": "true"})
    assert (told.status_code, told["HX-Retarget"]) == (413, ".toasts")
    assert files_in(media) == []


@pytest.mark.parametrize("length", ["9" * 400, "-1", "ten", "１０"])
def test_odd_lengths_break_nothing(client, length):
    assert client.generic("POST", "/accounts/login/", b"", CONTENT_LENGTH=length).status_code in (
        200,
        400,
        403,
        413,
        422,
    )


def test_many_big_pictures_together_are_refused(mine, settings, media):
    settings.UPLOAD_TOTAL_MEGAPIXELS = 1
    big = png_bytes(size=(800, 800))
    rows = keyframes((0, upload(big)), (8, upload(big)), (16, upload(big)))
    answer = mine.post("/generate/", form_of("anisora", "arbitrary", **rows))
    assert answer.status_code == 422
    assert "At most 1 megapixels in all images together" in answer.content.decode()
    assert not Generation.objects.exists()
    assert files_in(media) == []


def test_https_brings_hsts(db, settings):
    assert not site.SECURE_HSTS_SECONDS
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
    answer = Client().get("/healthz", secure=True)
    assert answer.headers.get("Strict-Transport-Security", "").startswith("max-age=31536000")


def test_the_language_can_be_chosen_before_signing_in(client, db):
    answer = client.post("/i18n/setlang/", {"language": "ru", "next": "/accounts/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert 'lang="ru"' in client.get("/accounts/login/").content.decode()


def test_the_rules_for_passwords_are_a_list_though_nothing_is_marked_safe(client, person):
    person.set_password("a-long-word-of-hers")
    person.save()
    client.force_login(person)
    assert "<ul><li>" in client.get("/accounts/password/change/").content.decode()
