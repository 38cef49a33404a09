import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from PIL import Image

from moderation import append_only
from moderation.models import Appeal, AuditEntry
from tests.postgres import Postgres, postgres, programs

LONG = ("stack", "chaos", "engine")
"""Rooms whose files take minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: where several processes share them, none is left alone with one at the end."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(autouse=True)
def log_that_can_be_emptied(request) -> Iterator[None]:
    """A test with transactions of its own ends by emptying all tables, which the triggers of the log do not allow."""
    mark = request.node.get_closest_marker("django_db")
    transactional = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not (transactional or (mark and mark.kwargs.get("transaction"))):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    if AuditEntry.objects.exists():
        Appeal.objects.all().delete()
        append_only.unguard(connection, AuditEntry._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {AuditEntry._meta.db_table}")
        append_only.guard(connection, AuditEntry._meta.db_table)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    """One server for all tests that want a database of their own in it."""
    if programs() is None:
        pytest.skip("wants a PostgreSQL server")
    with postgres() as server:
        yield server


@pytest.fixture
def person(db) -> User:
    return User.objects.create_user("mira")


@pytest.fixture
def other(db) -> User:
    return User.objects.create_user("oleg")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def media(settings, tmp_path) -> Path:
    """A folder for kept files, of this test alone."""
    folder = tmp_path / "media"
    folder.mkdir()
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return folder


def image_bytes(format: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """A small gradient as a file of this format."""
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def png_bytes(size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    return image_bytes("PNG", size, **options)
