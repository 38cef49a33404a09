from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery import sharing
from gallery.models import Output, Rating, Visibility
from people.models import Profile, Role
from tests.pages.conftest import ask, make

__all__ = ["ask", "make"]


@pytest.fixture
def moderator(db) -> User:
    user = User.objects.create_user("mona")
    Profile.objects.create(user=user, role=Role.MODERATOR)
    return user


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def hers(moderator, client_of) -> Client:
    """The moderator's browser."""
    return client_of(moderator)


@pytest.fixture
def shown(person, make) -> Callable[..., Output]:
    """An output of the person's that everybody sees."""

    def shown(owner: User = person, **facts: object) -> Output:
        output = make(owner)
        sharing.share(output, Visibility.PUBLIC, shows_prompt=True, shows_references=False)
        Output.objects.filter(pk=output.pk).update(**{"rating": Rating.GENERAL, **facts})
        output.refresh_from_db()
        return output

    return shown
