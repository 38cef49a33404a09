"""All that is here of a person, as a zip that is written while it is sent: memory does not grow with the gallery."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import FileField, Model
from django.db.models.fields.files import FieldFile
from django.db.models.manager import Manager
from zipstream import ZipStream

from . import notices
from .standing import profile

CHUNK = 256 * 1024
ROWS = 100

Row = TypeVar("Row", bound=Model)


def archive(user: User) -> Iterator[bytes]:
    """The zip, piece by piece. Pictures and videos are stored as they are: they do not get smaller."""
    zip = ZipStream()
    for name, content in _entries(user):
        zip.add(content, name)
        yield from zip.all_files()
    yield from zip.finalize()


def _entries(user: User) -> Iterator[tuple[str, bytes | Iterable[bytes]]]:
    """Every file of the archive: its name, and its content or pieces of it."""
    yield "profile.json", _json(_about(user))
    yield "notices.json", _json([{**facts(row), "text": notices.text(row)} for row in notices.of(user)])
    for generation in _rows(user.generations):
        yield f"generations/{generation.pk}.json", _json(facts(generation))
    for output in _rows(user.outputs):
        name = f"outputs/{output.created_at:%Y-%m-%d}-{output.pk}"
        yield f"{name}.json", _json(facts(output))
        yield from _file(f"{name}.{output.format}", output.file)
    for reference in _rows(user.reference_images):
        yield f"references/{reference.sha256}.json", _json(facts(reference))
        yield from _file(f"references/{reference.sha256}.png", reference.file)


def facts(row: Model) -> dict[str, Any]:
    """A row by its columns; where its files lie here concerns nobody."""
    columns = (field for field in row._meta.concrete_fields if not isinstance(field, FileField))
    return {field.name: field.value_from_object(row) for field in columns}


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


def _rows(rows: Manager[Row]) -> Iterator[Row]:
    """By the key, a batch at a time, each read whole: a slow download must not hold a cursor of the database."""
    batch = list(rows.order_by("pk")[:ROWS])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__gt=batch[-1].pk).order_by("pk")[:ROWS])


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def _file(name: str, file: FieldFile) -> Iterator[tuple[str, Iterable[bytes]]]:
    """A file that is lost here must not cost the person all the others."""
    if file.name and file.storage.exists(file.name):
        yield name, _pieces(file)


def _pieces(file: FieldFile) -> Iterator[bytes]:
    with file.open("rb") as content:
        yield from content.chunks(CHUNK)
