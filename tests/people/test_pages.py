"""Every page of people and of django-allauth opens, for who may open it, in both languages."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people.models import JoinRequest, Profile, Role

OWN = [
    *("/account/", "/account/delete/", "/accounts/password/change/", "/accounts/sessions/", "/accounts/logout/"),
    *("/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/"),
    "/accounts/reauthenticate/",
]
MODERATORS = ["/people/", "/people/?q=mira", "/people/invitations/"]
ENTRANCE = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/"]
LANGUAGES = ["en", "ru"]


@pytest.fixture
def hers(person, client_of) -> Client:
    person.set_password("a-copper-teapot")
    person.save()
    return client_of(person)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", OWN)
def test_a_person_opens_their_pages(hers, settings, path, language):
    settings.MATURE = True
    hers.post("/accounts/reauthenticate/", {"password": "a-copper-teapot"})
    answer = hers.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.content.decode()


@pytest.mark.parametrize("path", [path for path in OWN if path != "/accounts/logout/"] + MODERATORS)
def test_strangers_are_sent_to_sign_in(client, db, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/accounts/login/")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ENTRANCE)
def test_strangers_open_the_entrance(client, db, path, language):
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", MODERATORS)
def test_members_do_not_look_after_people(hers, path):
    assert hers.get(path).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_moderators_open_the_people_pages(person, other, hers, language):
    Profile.objects.create(user=person, role=Role.MODERATOR)
    asking = User.objects.create_user("vera", is_active=False)
    JoinRequest.objects.create(user=asking, words="I paint teapots.")
    for path in (*MODERATORS, f"/people/{other.pk}/"):
        answer = hers.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200
    assert "I paint teapots." in hers.get("/people/").content.decode()
    assert hers.get(f"/people/{asking.pk}/").status_code == 404


def test_the_list_asks_no_more_for_more_people(person, hers):
    Profile.objects.create(user=person, role=Role.MODERATOR)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            hers.get("/people/")
        return len(asked)

    before = queries()
    for number in range(20):
        user = User.objects.create_user(f"fox{number}")
        Profile.objects.create(user=user)
        JoinRequest.objects.create(user=User.objects.create_user(f"owl{number}", is_active=False), words="Hello.")
    assert queries() == before
