"""Files without a row, and rows without a file: what a crash between the two leaves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.storage import Storage
from django.db.models import Model, QuerySet
from django.utils import timezone

PARTS = 256


@dataclass(frozen=True)
class Shelf:
    """Where one file field keeps its files: `folder/xx/name`, with two hexadecimal digits of a hash between."""

    model: type[Model]
    field: str
    folder: str

    @property
    def storage(self) -> Storage:
        return self.model._meta.get_field(self.field).storage  # type: ignore[union-attr]

    def rows(self, **lookup: Any) -> QuerySet[Any]:
        """Rows by what their file is called."""
        return self.model._default_manager.filter(**{f"{self.field}__{how}": name for how, name in lookup.items()})


@dataclass(frozen=True)
class Findings:
    """Files that no row names, which may be about to be named; and files that rows name and nobody has."""

    strays: set[str]
    missing: set[str]


def look(shelf: Shelf, part: int) -> Findings:
    """Look through one of the PARTS of a shelf: one listing and one query, however large the whole store is."""
    place = f"{shelf.folder}/{part:02x}/"
    named = set(shelf.rows(startswith=place).values_list(shelf.field, flat=True))
    stored = _listed(shelf.storage, place)
    missing = {name for name in named - stored if shelf.rows(exact=name).exists()}
    return Findings(stored - named, missing)


def age(shelf: Shelf, name: str) -> timedelta:
    """How long ago this file was written, by the clock; no time at all where it is gone meanwhile."""
    try:
        return timezone.now() - shelf.storage.get_modified_time(name)
    except FileNotFoundError:
        return timedelta(0)


def _listed(storage: Storage, place: str) -> set[str]:
    try:
        _folders, names = storage.listdir(place)
    except FileNotFoundError:
        return set()
    return {place + name for name in names}
