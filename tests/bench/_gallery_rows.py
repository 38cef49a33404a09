"""A gallery as it looks after two years: outputs of 200 people, some of whom made far more than others.

The rows are the same in every run and on every database. They go past the ORM, which would take hours.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models, transaction

from gallery import chores, stacks
from gallery.models import Favourite, Output, Rendition, Tag, Visibility, Words
from gallery.search import index, matching
from generation import catalogue
from generation.request import Faults, parse

PEOPLE = 200
FIRST = datetime(2024, 10, 1, tzinfo=UTC)
SPAN = timedelta(days=730)
CHUNK = 10_000
BATCH = 4
"""Every other request is a batch of so many."""
COMMON, RARE = "light", "heliotrope"
"""The first stands in every third prompt, the second in one of 10,000."""
SUBJECTS = (
    "fox",
    "robot",
    "teapot",
    "lighthouse",
    "harbour",
    "mountain",
    "violin",
    "glasshouse",
    "ballerina",
    "steamboat",
)
PLACES = (
    "at dawn",
    "in the rain",
    "under northern lights",
    "on a hill",
    "by the sea",
    "in deep snow",
    "in an old town",
    "at noon",
)
STYLES = ("watercolour", "oil", "etching", "photograph", "pastel", "mosaic", "gouache", "linocut")
ADJECTIVES = (
    "quiet",
    "golden",
    "dancing",
    "ancient",
    "paper",
    "silver",
    "laughing",
    "distant",
    "tiny",
    "wooden",
    "velvet",
    "curious",
)
RECEIPT = {
    "device": "NVIDIA H100 80GB HBM3",
    "versions": {"torch": "2.13.0", "diffusers": "0.42.1", "transformers": "5.23.0", "mediagen": "0.1.0"},
    "weights": {part: f"{part}-{'0' * 56}" for part in ("unet", "text_encoder", "vae")},
    "timings": {"load": 0.0, "encode": 0.12, "denoise": 14.31, "decode": 0.48, "save": 0.21},
}

Row = dict[str, Any]
"""The values of a row by its columns, as the database takes them."""


def fill(outputs: int) -> None:
    """Have the database hold so many outputs, with all that belongs to them. What is there is believed."""
    call_command("migrate", verbosity=0)
    if Output.objects.count() == outputs:
        analyze()
        return
    call_command("flush", verbosity=0, interactive=False)
    chance = random.Random(6)
    people = User.objects.bulk_create(User(username=f"person-{number:03}") for number in range(PEOPLE))
    tags = Tag.objects.bulk_create(Tag(owner=person, name=name) for person in people for name in ("draft", "print"))
    numbers = count(1)
    rows = _outputs(outputs, [person.pk for person in people], chance)
    with _in_a_hurry():
        while chunk := list(islice(rows, CHUNK)):
            with transaction.atomic():
                _load(Output, chunk)
                _load(Words, map(_words, chunk))
                _load(Rendition, (row for each in chunk for row in _renditions(each, numbers)))
    _order(people, tags, chance)
    analyze()


def analyze() -> None:
    """As `up` does on SQLite, and autovacuum on PostgreSQL."""
    chores.refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """SQLite keeps much in memory and forces nothing to the disk meanwhile."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if sqlite:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -2000000")
        yield
    connection.close()


def _load(model: type[models.Model], rows: Iterable[Row]) -> None:
    found = list(rows)
    columns, table = list(found[0]), model._meta.db_table
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in found:
                    copy.write_row(list(row.values()))
        else:
            places = ", ".join("?" * len(columns))
            cursor.connection.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",
                (list(row.values()) for row in found),
            )


def _row(instance: models.Model) -> Row:
    return {
        field.column: field.get_db_prep_save(getattr(instance, field.attname), connection)
        for field in instance._meta.concrete_fields
        if field.column and (not isinstance(field, models.AutoField) or instance.pk is not None)
    }


def _outputs(wanted: int, people: Sequence[int], chance: random.Random) -> Iterator[Row]:
    """In the order in which they were made. A batch is a stack, led by its last."""
    kinds = _kinds()
    weights = [1 / (rank + 10) for rank in range(len(people))]
    made = 0
    while made < wanted:
        kind, owner, prompt = chance.choice(kinds), chance.choices(people, weights)[0], _prompt(chance)
        size = min(BATCH if chance.random() < 0.5 else 1, wanted - made)
        stack = stacks.of(owner, {"prompt": prompt, "model": kind["model"], "mode": kind["mode"]})
        for variant in range(size):
            yield (
                kind
                | _own(kind, owner, prompt, chance)
                | {
                    "variant": variant,
                    "created_at": _moment(FIRST + SPAN * (made / wanted)),
                    "stack": stack.hex if stack else None,
                    "leads_stack": variant == size - 1,
                }
            )
            made += 1


def _own(kind: Row, owner: int, prompt: str, chance: random.Random) -> Row:
    """What no two outputs share."""
    digest, seed = f"{chance.getrandbits(256):064x}", chance.randrange(2**32)
    return {
        "id": digest[:32],
        "owner_id": owner,
        "prompt": prompt,
        "parameters": f'{{"prompt": "{prompt}", "seed": {seed}, {kind["parameters"]}',
        "file": f"outputs/{digest[:2]}/{digest[:32]}.{kind['format']}",
        "poster": f"posters/{digest[:2]}/{digest[:32]}.webp",
        "bytes": chance.randrange(500_000, 3_000_000),
        "sha256": digest,
        "pixel_sha256": digest[::-1],
        "seed": seed,
        "perceptual_hash": chance.getrandbits(64) - 2**63,
        "visibility": Visibility.PUBLIC.value if chance.random() < 0.03 else Visibility.PRIVATE.value,
    }


def _kinds() -> list[Row]:
    """A row for every model and mode that asks for no picture; its parameters lack their beginning."""
    found = []
    for model in catalogue.models().values():
        for mode in model.modes:
            try:
                request = parse({"model": model.id, "mode": mode.id, "prompt": "x"}).to_json()
            except Faults:
                continue
            found.append(_kind(request))
    return found


def _kind(request: dict[str, Any]) -> Row:
    video = request["type"] == "video"
    rest = {name: value for name, value in request.items() if name not in ("prompt", "seed")}
    prototype = Output(
        type=request["type"],
        model=request["model"],
        mode=request["mode"],
        receipt=RECEIPT,
        parameters={},
        format=request["output_format"],
        width=request["width"],
        height=request["height"],
        frames=81 if video else 1,
        fps=16 if video else 0,
        seconds=15.3,
        bytes=0,
        seed=0,
        thumbhash="HBkSHYSIeHiPiHh8eJd4eTN0EEQG",
        draw_at=None,
        rating="general",
        rated_by="classifier",
        created_at=FIRST,
        owner_id=0,
    )
    return _row(prototype) | {"parameters": json.dumps(rest).removeprefix("{")}


def _words(output: Row) -> Row:
    scopes = [matching.own(output["owner_id"])]
    scopes += [matching.OTHERS] if output["visibility"] == Visibility.PUBLIC else []
    terms = matching.terms({scope: [output["prompt"]] for scope in scopes})
    at = datetime.fromisoformat(output["created_at"]).replace(tzinfo=UTC)
    field = Words._meta.get_field("terms")
    return {
        "id": index.first_place(at),
        "output_id": output["id"],
        "terms": field.get_db_prep_value(terms, connection),
    }


def _renditions(output: Row, numbers: Iterator[int]) -> Iterator[Row]:
    widths = {"still-320": 320, "still-640": 640, "still-1280": min(1280, output["width"])}
    if output["type"] == "video":
        widths["preview-320"] = 320
    for spec, width in widths.items():
        yield {
            "id": next(numbers),
            "output_id": output["id"],
            "spec": spec,
            "format": "webp",
            "file": f"renditions/{output['id'][:2]}/{output['id']}-{spec}.webp",
            "width": width,
            "height": width,
            "bytes": 20_000,
            "created_at": output["created_at"],
        }


def _order(people: Sequence[User], tags: Sequence[Tag], chance: random.Random) -> None:
    """Each likes some of their own, and has put tags on some."""
    for person in people:
        ids = list(Output.objects.filter(owner=person).values_list("pk", flat=True))
        Favourite.objects.bulk_create(
            Favourite(person=person, output_id=id) for id in chance.sample(ids, len(ids) // 50)
        )
        through = Output.tags.through
        mine = [tag for tag in tags if tag.owner_id == person.pk]
        through.objects.bulk_create(
            through(output_id=id, tag=chance.choice(mine)) for id in chance.sample(ids, len(ids) // 20)
        )


def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def _prompt(chance: random.Random) -> str:
    words = [*chance.sample(ADJECTIVES, 3), chance.choice(SUBJECTS), chance.choice(PLACES)]
    words += [COMMON] if chance.random() < 0.33 else []
    words += [RARE] if chance.random() < 0.0001 else []
    return f"a {' '.join(words)}, {chance.choice(STYLES)}, number {chance.randrange(100_000)}"
