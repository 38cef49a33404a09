"""The pages for what goes wrong stand without a request: Django gives some of them none."""

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_stands_alone(name):
    page = render_to_string(name)
    assert "<h1>" in page
    assert 'href="/"' in page


def test_a_wrong_address_looks_like_the_rest(client_of, person):
    answer = client_of(person).get("/gallery/nothing-here/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
