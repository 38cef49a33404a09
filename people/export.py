"""All that is here of a person: what this room knows, and what others add who keep something of theirs."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User

from . import notices
from .signals import taken_out
from .standing import profile
from .zipping import Entry, as_json, batches, facts, streamed


def archive(user: User) -> Iterator[bytes]:
    """The zip, piece by piece."""
    return streamed(_entries(user))


def _entries(user: User) -> Iterator[Entry]:
    yield "profile.json", as_json(_about(user))
    yield "notices.json", as_json([{**facts(row), "text": notices.text(row)} for row in notices.of(user)])
    for generations in batches(user.generations.all()):
        for generation in generations:
            yield f"generations/{generation.pk}.json", as_json(facts(generation))
    for _receiver, entries in taken_out.send(sender=User, person=user):
        yield from cast(Iterable[Entry], entries)


def _about(user: User) -> dict[str, Any]:
    """The account, without what opens it."""
    return {
        "username": user.get_username(),
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
        "profile": facts(profile(user)),
        "email": list(EmailAddress.objects.filter(user=user).values("email", "verified")),
        "sign_in": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
        "sessions": list(UserSession.objects.filter(user=user).values("ip", "user_agent", "created_at")),
    }
