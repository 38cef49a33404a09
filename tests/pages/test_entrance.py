"""What is settled before any view is asked."""

import pytest

from .conftest import form_of


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "idna"])
def test_bodies_in_other_charsets_are_refused(mine, charset):
    answer = mine.post(
        "/generate/", b"prompt=%ff%fe", content_type=f"application/x-www-form-urlencoded; charset={charset}"
    )
    assert answer.status_code == 400


def test_who_was_sending_comes_back_to_the_studio(client, db):
    answer = client.post("/generate/", form_of("pony", "text2image"))
    assert answer.status_code == 302
    assert answer.headers["location"] == "/accounts/login/?next=/"


def test_who_was_reading_comes_back_to_the_page(client, db):
    assert client.get("/guide/").headers["location"] == "/accounts/login/?next=/guide/"
