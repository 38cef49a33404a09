"""One variable says how e-mail is sent."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from mediagen_site import env


def test_without_it_none_is_sent(monkeypatch):
    monkeypatch.delenv("MEDIAGEN_EMAIL_URL", raising=False)
    assert not env.sends_email()
    assert env.email() == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


def test_a_server_elsewhere_is_spoken_to_over_tls(monkeypatch):
    monkeypatch.setenv("MEDIAGEN_EMAIL_URL", "smtp://me%40here:p%2Fw@mail.example.org?from=mediagen@example.org")
    asked = env.email()
    assert (asked["EMAIL_HOST"], asked["EMAIL_PORT"], asked["EMAIL_USE_TLS"]) == ("mail.example.org", 587, True)
    assert (asked["EMAIL_HOST_USER"], asked["EMAIL_HOST_PASSWORD"]) == ("me@here", "p/w")
    assert asked["DEFAULT_FROM_EMAIL"] == "mediagen@example.org"


def test_smtps_is_tls_from_the_start(monkeypatch):
    monkeypatch.setenv("MEDIAGEN_EMAIL_URL", "smtps://mail.example.org?from=mediagen@example.org")
    asked = env.email()
    assert (asked["EMAIL_PORT"], asked["EMAIL_USE_SSL"], asked["EMAIL_USE_TLS"]) == (465, True, False)


@pytest.mark.parametrize(
    "url",
    ["mail.example.org", "http://here?from=a@b", "smtp://?from=a@b", "smtp://here", "smtp://here:99999?from=a@b"],
)
def test_what_makes_no_sense_stops_the_start(monkeypatch, url):
    monkeypatch.setenv("MEDIAGEN_EMAIL_URL", url)
    with pytest.raises(ImproperlyConfigured, match="MEDIAGEN_EMAIL_URL"):
        env.email()
