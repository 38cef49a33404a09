"""A zip that is written while it is sent: memory does not grow with what is in it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import FileField, Model, QuerySet
from django.db.models.fields.files import FieldFile
from zipstream import ZipStream

CHUNK = 256 * 1024
ROWS = 100

Entry = tuple[str, bytes | Iterable[bytes]]
"""One file of an archive: its name, and its content or pieces of it."""
Row = TypeVar("Row", bound=Model)


def streamed(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The zip, piece by piece. Pictures and videos are stored as they are: they do not get smaller."""
    zip = ZipStream()
    for name, content in entries:
        zip.add(content, name)
        yield from zip.all_files()
    yield from zip.finalize()


def batches(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """By the key, each batch read whole: a slow download must not hold a cursor of the database."""
    rows = rows.order_by("pk")
    batch = list(rows[:ROWS])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:ROWS])


def facts(row: Model) -> dict[str, Any]:
    """A row by its columns; where its files lie here concerns nobody."""
    columns = (field for field in row._meta.concrete_fields if not isinstance(field, FileField))
    return {field.name: field.value_from_object(row) for field in columns}


def as_json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def kept(name: str, file: FieldFile) -> Iterator[Entry]:
    """A file that is lost here must not cost the person all the others."""
    if file.name and file.storage.exists(file.name):
        yield name, _pieces(file.storage.open(file.name))


def _pieces(stored: Any) -> Iterator[bytes]:
    # django-storages' file would first fetch a whole object into memory: S3 is asked for a stream instead.
    source = stored.obj.get()["Body"] if hasattr(stored, "obj") else stored
    try:
        while piece := source.read(CHUNK):
            yield piece
    finally:
        source.close()
