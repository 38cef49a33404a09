from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from people.models import Profile, Role
from tests.browser.conftest import browser, open_page
from tests.pages.conftest import ask, make

__all__ = ["ask", "browser", "make", "media_files", "open_page"]

PASSWORD = "a-copper-teapot"


@pytest.fixture
def person(db) -> User:
    return User.objects.create_user("mira", password=PASSWORD)


@pytest.fixture
def moderator(db) -> User:
    user = User.objects.create_user("nadia", password=PASSWORD)
    Profile.objects.create(user=user, role=Role.MODERATOR)
    return user


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("olga", password=PASSWORD)


@pytest.fixture
def sign_in(db) -> Callable[..., Client]:
    """Somebody's browser, through the door that everybody takes."""

    def sign_in(user: User, password: str = PASSWORD) -> Client:
        client = Client()
        answer = client.post("/accounts/login/", {"login": user.username, "password": password})
        assert answer.status_code == 302, answer.content.decode()
        return client

    return sign_in


@pytest.fixture
def confirmed(sign_in) -> Callable[[User], Client]:
    """Somebody's browser, after they have given their password once more."""

    def confirmed(user: User) -> Client:
        client = sign_in(user)
        assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
        return client

    return confirmed


def media_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())
