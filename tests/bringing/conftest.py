import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.takeout import entries
from people.zipping import streamed
from tests.pages.conftest import ask

__all__ = ["ask"]


@pytest.fixture
def hers(person, client_of, media) -> Client:
    """The person's browser."""
    return client_of(person)


@pytest.fixture
def bring(hers) -> Callable[..., Any]:
    """Posts files by their names; returns the answer, whose context has the report."""

    def bring(**files: bytes) -> Any:
        return send(hers, {name.replace("_", "."): content for name, content in files.items()})

    return bring


def send(client: Client, files: dict[str, bytes]) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return client.post("/gallery/import/", {"files": sent})


def whys(answer: Any) -> list[str]:
    return [line.why for line in answer.context["report"].refused]


def zip_of(files: dict[str, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return buffer.getvalue()


def taken_out(owner: User) -> dict[str, bytes]:
    """A person's gallery as files of a zip, to be changed and packed again."""
    with zipfile.ZipFile(io.BytesIO(b"".join(streamed(entries.everything(owner))))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
