"""Kept files from a host of their own: no cookie opens them there, a signed address does, and nothing else is there."""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gallery import sharing
from gallery.models import Output, Rating, Visibility
from mediagen_site import env, media_host
from tests.pages.conftest import ask, make  # noqa: F401

from . import asking

pytestmark = pytest.mark.django_db
HOST = "https://media.example.org"


@pytest.fixture(autouse=True)
def of_its_own(settings):
    settings.MEDIA_HOST = HOST
    settings.ALLOWED_HOSTS = ["testserver", "media.example.org"]


@pytest.fixture
def output(person, make) -> Output:  # noqa: F811
    return make(person)


def there(client: Client, address: str, method: str = "get"):
    parts = urlsplit(address)
    answer = getattr(client, method)(f"{parts.path}?{parts.query}", headers={"host": "media.example.org"})
    answer.sent = b"".join(answer) if answer.streaming else answer.content
    return answer


def sent_on(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.url.startswith(f"{HOST}{path.partition('?')[0]}?")
    return answer.url


def test_all_of_what_is_kept_is_among_them():
    assert {each.name for each in asking.endpoints()} >= media_host.KEPT


def test_who_may_have_it_is_sent_on_and_gets_it_without_a_cookie(output, person, client_of):
    path = reverse("output_download", args=[output.pk]) + "?stripped=1"
    address = sent_on(client_of(person), path)
    answer = there(Client(), address)
    assert answer.status_code == 200
    assert answer.sent.startswith(b"\x89PNG")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_a_page_lets_them_be_shown(client_of, person, settings):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"img-src": ["'self'", HOST]}}
    assert HOST in client_of(person).get("/gallery/")["Content-Security-Policy"]
    assert client_of(person).get("/gallery/")["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_cookie_opens_nothing_there(output, person, client_of):
    hers = client_of(person)
    for path in ("/", "/gallery/", "/admin/", reverse("output_file", args=[output.pk])):
        assert there(hers, path).status_code == 404
    assert there(hers, sent_on(hers, reverse("output_file", args=[output.pk])), "post").status_code == 404


def test_a_signature_opens_its_own_address_alone_and_not_for_long(output, person, client_of, make, monkeypatch):  # noqa: F811
    file, poster = (reverse(name, args=[output.pk]) for name in ("output_file", "output_poster"))
    address = sent_on(client_of(person), file)
    for wrong in (
        address.replace(file, poster),
        address.replace(str(output.pk), str(make(person).pk)),
        address.replace("?for=", "?stripped=1&for="),
        address.replace(f"for={person.pk}", f"for={person.pk + 1}"),
        f"{HOST}{reverse('gallery')}?{urlsplit(address).query}",
        address[:-1],
        f"{HOST}{file}?for=",
    ):
        assert there(Client(), wrong).status_code == 404
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + media_host.SECONDS + 2)
    assert there(Client(), address).status_code == 404


def test_what_is_taken_back_is_gone_there_at_once(output, person, other, client_of):
    Output.objects.filter(pk=output.pk).update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC)
    address = sent_on(client_of(other), reverse("output_file", args=[output.pk]))
    assert there(Client(), address).status_code == 200
    User.objects.filter(pk=other.pk).update(is_active=False)
    assert there(Client(), address).status_code == 404
    User.objects.filter(pk=other.pk).update(is_active=True)
    Output.objects.filter(pk=output.pk).update(visibility=Visibility.PRIVATE)
    assert there(Client(), address).status_code == 404


def test_who_is_signed_out_is_sent_to_sign_in_and_a_link_needs_nobody(output, client):
    assert client.get(reverse("output_file", args=[output.pk])).url.startswith("/accounts/login/")
    sharing.share(output, Visibility.LINK, shows_prompt=True, shows_references=False)
    Output.objects.filter(pk=output.pk).update(rating=Rating.GENERAL)
    output.refresh_from_db()
    path = reverse("shared_poster", args=[output.link_key])
    assert there(Client(), sent_on(client, path)).status_code == 200


def test_without_one_everything_comes_from_here(output, person, client_of, settings):
    settings.MEDIA_HOST = ""
    assert b"".join(client_of(person).get(reverse("output_file", args=[output.pk]))).startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong", ["media.example.org", "ftp://media.example.org", "https://media.example.org/files"])
def test_what_is_no_origin_stops_the_start(monkeypatch, wrong):
    monkeypatch.setenv("MEDIAGEN_MEDIA_HOST", wrong)
    with pytest.raises(ImproperlyConfigured, match="use an origin"):
        env.media_host()
