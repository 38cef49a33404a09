"""What is limited answers 429 in time, says when to come back, and loses nothing."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from generation.models import Generation
from mediagen_site import env
from mediagen_site.models import CacheEntry
from tests.pages.conftest import ask, form_of, make, mine, upload

__all__ = ["ask", "make", "mine"]


@pytest.fixture
def once(settings):
    """Each of these is allowed once a minute."""
    settings.ACCOUNT_RATE_LIMITS = dict.fromkeys(("submit", "read"), "1/m/user")


def test_a_submit_too_many_gives_the_form_back_as_it_was(mine, once):
    assert mine.post("/generate/", form_of()).status_code == 303
    answer = mine.post("/generate/", form_of(prompt="a second teapot", steps="33"))
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    page = answer.content.decode()
    assert "too often" in page
    assert "a second teapot" in page
    assert 'value="33"' in page
    assert Generation.objects.count() == 1


@pytest.mark.parametrize(("path", "fields"), [("/generate/", form_of()), ("/read/", {"file": upload()})])
def test_htmx_is_told_in_a_message_and_keeps_its_form(mine, once, path, fields):
    mine.post(path, form_of() if path == "/generate/" else {"file": upload()})
    answer = mine.post(path, fields, headers={"HX-Request": "true"})
    assert answer.status_code == 429
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == (".toasts", "beforeend")
    assert answer.content.decode().startswith('<p class="toast" data-level="error">')


def test_one_person_does_not_use_up_the_others_share(mine, once, other, client_of):
    mine.post("/generate/", form_of())
    assert client_of(other).post("/generate/", form_of()).status_code == 303


def test_passwords_cannot_be_tried_without_end(client, person, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key"}
    person.set_password("a-long-word-of-hers")
    person.save()
    for _attempt in range(3):
        client.post("/accounts/login/", {"login": "mira", "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": "mira", "password": "a-long-word-of-hers"})
    assert "_auth_user_id" not in client.session
    assert "Too many failed login attempts" in answer.content.decode()


def test_counting_asks_no_redis(mine, once, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert mine.post("/read/", {"file": upload()}).status_code == 422
    assert mine.post("/read/", {"file": upload()}).status_code == 429


def test_the_cache_keeps_forgets_and_adds_but_once(db):
    assert cache.add("lock", True, 10)
    assert not cache.add("lock", False, 10)
    assert cache.get("lock") is True
    assert cache.delete("lock")
    assert cache.get("lock", "gone") == "gone"
    cache.set("history", [1.5, 2.5], None)
    assert cache.get("history") == [1.5, 2.5]
    assert cache.touch("history", 100)
    cache.set("ended", 1, -1)
    assert cache.get("ended") is None
    assert not cache.touch("ended")
    assert cache.add("ended", 2, 10)
    assert cache.incr("ended") == 3
    assert cache.incr("ended", 4) == cache.get("ended") == 7
    cache.set("ended", 1, -1)
    with pytest.raises(ValueError, match="ended"):
        cache.incr("ended")
    cache.clear()
    assert not CacheEntry.objects.exists()


def test_pages_are_counted_until_their_time_is_up(mine, other, client_of, settings):
    settings.ACCOUNT_RATE_LIMITS = {"search": "2/m/user,3/h/user"}

    def search(client=mine):
        return client.get("/gallery/?q=fox").status_code

    assert [search(), search(), search()] == [200, 200, 429]
    assert search(client_of(other)) == 200
    CacheEntry.objects.filter(expires_at__lt=timezone.now() + timedelta(minutes=2)).update(expires_at=timezone.now())
    assert [search(), search()] == [200, 429]
    CacheEntry.objects.update(expires_at=timezone.now())
    assert [search(), search(), search()] == [200, 200, 429]


def test_what_has_expired_goes_with_the_next_that_is_set(db):
    cache.set("a", 1, 60)
    CacheEntry.objects.update(expires_at=timezone.now())
    cache.set("b", 2)
    assert CacheEntry.objects.count() == 1


def test_operators_change_and_lift_limits(monkeypatch):
    monkeypatch.setenv("MEDIAGEN_RATE_LIMITS", "submit=5/m/user,9/h/ip read=off")
    limits = env.rate_limits(submit="60/m/user", read="30/m/user", search="1/m/user")
    assert limits == {"submit": "5/m/user,9/h/ip", "read": "", "search": "1/m/user"}


@pytest.mark.parametrize("text", ["submit", "submit=", "submit=0/m/user", "submit=5/m", "sumbit=5/m/user", "submit=x"])
def test_a_wrong_limit_stops_the_start(monkeypatch, text):
    monkeypatch.setenv("MEDIAGEN_RATE_LIMITS", text)
    with pytest.raises(ImproperlyConfigured, match="MEDIAGEN_RATE_LIMITS"):
        env.rate_limits(submit="60/m/user")
