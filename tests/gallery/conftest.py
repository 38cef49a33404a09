import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from gallery import collecting, membership, services
from gallery.models import Collection, Output, Rating, Visibility
from gallery.urls import urlpatterns
from generation.engine.api import Result
from generation.models import Generation
from generation.request import parse
from tests.security.access_table import DECLARED

SKY = (90, 140, 200)
OF_AN_OUTPUT = [
    str(pattern.name) for pattern in urlpatterns if str(pattern.pattern).startswith("gallery/<uuid:output_id>")
]
CHANGING = {name for name in OF_AN_OUTPUT if DECLARED[name].get is None}
"""What is sent by POST."""
HTMX = {"HX-Request": "true"}
SHARED = "shared"


def address(name: str, output_id: uuid.UUID) -> str:
    """Of an output's URL, with something for whatever else it has to say."""
    asked: dict[str, Any] = {"output_id": output_id, "spec": "still-320", "number": 0}
    pattern = next(pattern for pattern in urlpatterns if pattern.name == name)
    return reverse(name, kwargs={key: asked[key] for key in pattern.pattern.converters})


@pytest.fixture
def media(settings, tmp_path) -> Path:
    """A folder for kept files, of this test alone."""
    folder = tmp_path / "media"
    folder.mkdir()
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return folder


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password="a-long-word-of-hers")


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob", password="a-long-word-of-his")


@pytest.fixture
def hers(ada, client) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def his(bob) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def ask(owner: User, **values: object) -> Generation:
    request = parse({"model": "pony", "mode": "text2image", "prompt": "a teapot on a hill", "seed": 7, **values})
    return Generation.objects.create(
        owner=owner, parameters=request.to_json(), model=request.model_id, mode=request.mode_id
    )


def painted(folder: Path, variant: int = 0, size: tuple[int, int] = (320, 240)) -> Result:
    """A result as the engine hands it over: a real PNG, described."""
    picture = Image.effect_noise(size, 40).convert("RGB")
    picture.paste(SKY, (0, 0, size[0], size[1] // 2))
    path = folder / f"{uuid.uuid4()}.png"
    picture.save(path)
    content = path.read_bytes()
    return Result(
        variant=variant,
        path=path,
        seed=7 + variant,
        width=size[0],
        height=size[1],
        frames=1,
        fps=0,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pixel_sha256=hashlib.sha256(picture.tobytes()).hexdigest(),
        seconds=1.5,
        poster=picture,
        receipt={"device": "cpu"},
    )


@pytest.fixture
def keep(tmp_path) -> Callable[..., Output]:
    """Asks, makes and stores: an output such as a worker would leave."""

    def keep(owner: User, **values: object) -> Output:
        generation = ask(owner, **values)
        return services.store(
            painted(tmp_path),
            owner_id=owner.pk,
            generation_id=generation.pk,
            parameters=generation.parameters,
            demo=True,
        )

    return keep


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def rows(db) -> Callable[..., list[Output]]:
    """Many outputs at once, without files, for what only reads the table."""

    def rows(owner: User, count: int, type: str = "image") -> list[Output]:
        return Output.objects.bulk_create(
            Output(
                owner=owner,
                type=type,
                model="pony" if type == "image" else "phr00t",
                mode=f"text2{type}",
                prompt=f"teapot {number}",
                parameters={"seed": number},
                receipt={},
                file=f"outputs/{number}",
                poster=f"posters/{number}",
                format="png" if type == "image" else "mp4",
                bytes=10,
                sha256=f"{number:064x}",
                pixel_sha256=f"{number:064x}",
                seed=number,
                width=512,
                height=512,
                frames=1 if type == "image" else 81,
                fps=0 if type == "image" else 16,
            )
            for number in range(count)
        )

    return rows


@pytest.fixture
def no_statistics(db) -> None:
    """SQLite plans as in a new database: what a test before this one had it count, with transactions of its own, is
    forgotten."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'")
        if cursor.fetchone() == (1,):
            cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")


@pytest.fixture
def herons(ada) -> Collection:
    return Collection.objects.create(owner=ada, title="Herons")


@pytest.fixture
def filled(ada, herons, rows) -> list[Output]:
    """Five private outputs in it, rated general, in their order."""
    outputs = rows(ada, 5)
    Output.objects.update(rating=Rating.GENERAL)
    collecting.add(herons, [output.pk for output in outputs])
    return list(membership.outputs_of(herons).order_by("place"))


def order(collection: Collection) -> list[uuid.UUID]:
    return list(membership.outputs_of(collection).order_by("place", "item").values_list("pk", flat=True))


def show(collection: Collection, way: str, *people: User) -> Collection:
    collection.visibility = Visibility.PRIVATE if way == SHARED else Visibility(way)
    collecting.save(collection)
    collection.shared_with.set(people if way == SHARED else [])
    return collection


def send(client: Client, name: str, collection: Collection, **values: object) -> int:
    return client.post(reverse(name, args=[collection.pk]), values).status_code
