"""The world of the access matrix: an owner's things, and everybody who may ask for them."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client

from gallery.models import Collection, Output, Rating, Rendition, SavedSearch, Visibility
from generation.models import Grid, Preview, ReferenceImage
from moderation.models import Appeal, AuditEntry
from people import joining, notices
from people.models import JoinRequest, Profile, Role
from tests.conftest import image_bytes
from tests.pages.conftest import ask, form_of, make, mine
from tests.security.access_table import DECLARED

__all__ = ["ask", "make", "mine"]


PASSWORD = "a-long-word-of-theirs"


@dataclass
class World:
    """`cookies` of everybody, by who they are; `arguments` of URLs, by endpoint, with "" for all others."""

    people: dict[str, User]
    cookies: dict[str, str]
    arguments: dict[str, dict[str, Any]]
    output: Output


@pytest.fixture
def world(db, settings, make, ask) -> World:
    settings.JOINING, settings.MATURE = "open", True
    people = {
        name: User.objects.create_user(name, password=PASSWORD) for name in ("owner", "member", "shared", "moderator")
    }
    people["operator"] = User.objects.create_superuser("operator", password=PASSWORD)
    Profile.objects.create(user=people["moderator"], role=Role.MODERATOR)
    cookies = {"anonymous": "", "link": "", **{name: _cookies(user) for name, user in people.items()}}
    return World(people, cookies, _arguments(people, make), Output.objects.get())


def _cookies(user: User) -> str:
    client = Client()
    client.force_login(user)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def _arguments(people: dict[str, User], make: Any) -> dict[str, dict[str, Any]]:
    owner = people["owner"]
    client = Client()
    client.force_login(owner)
    assert client.post("/generate/", form_of("pony", "image2image")).status_code == 303
    waiting = owner.generations.get()
    Preview.objects.create(generation=waiting, jpeg=image_bytes("JPEG"))
    output = make(owner)
    Output.objects.filter(pk=output.pk).update(
        rating=Rating.GENERAL, visibility=Visibility.LINK, link_key=uuid.uuid4(), shows_references=False
    )
    output.refresh_from_db()
    output.shared_with.add(people["shared"])
    still = Rendition(output=output, spec="still-320", format="webp", width=64, height=48)
    content = image_bytes("WEBP")
    still.bytes = len(content)
    still.file.save("still", ContentFile(content))
    entry = AuditEntry.objects.create(by_id=people["moderator"].pk, act="withheld", person_id=owner.pk)
    collection = Collection.objects.create(
        owner=owner, title="Herons", visibility=Visibility.LINK, link_key=uuid.uuid4(), cover=output
    )
    collection.items.create(output=output)
    collection.shared_with.add(people["shared"])
    asking = User.objects.create_user("asking", is_active=False)
    JoinRequest.objects.create(user=asking, words="Let me in.")
    invitation, _token = joining.invite(people["moderator"], Role.MEMBER, 1, 7)
    notices.tell(owner, "Hello")
    things = {
        "generation_id": waiting.pk,
        "output_id": output.pk,
        "number": 0,
        "spec": still.spec,
        "grid_id": Grid.objects.create(
            owner=owner, parameters=waiting.parameters, axes=[{"parameter": "steps", "values": [10, 20]}]
        ).pk,
        "sha256": ReferenceImage.objects.get().sha256,
        "key": output.link_key,
        "user_id": people["member"].pk,
        "entry_id": entry.pk,
        "appeal_id": Appeal.objects.create(act=entry, person=owner, words="No.").pk,
        "invitation_id": invitation.pk,
        "session_id": UserSession.objects.create(user=owner, session_key="k", ip="127.0.0.1", user_agent="").pk,
        "notice_id": owner.notices.get().pk,
        "tag_id": owner.tags.create(name="heron").pk,
        "collection_id": collection.pk,
        "search_id": SavedSearch.objects.create(owner=owner, name="Foxes", query="fox").pk,
    }
    other = {
        "pk": 1,
        "id": owner.pk,
        "object_id": owner.pk,
        "content_type_id": 1,
        "url": "auth/nothing-here",
        "token": "a",
    }
    names = {"app_label": "gallery", "uidb36": "1"}
    by_collection_link = {"key": collection.link_key}
    return {
        "": things | other | names,
        **{name: by_collection_link for name in DECLARED if "collection_link" in name},
        "join_request": {"user_id": asking.pk},
        "account_confirm_email": {"key": "a"},
        "account_reset_password_from_key": {"key": "a-b"},
    }
