"""Files without a row, and rows without a file: what a crash between the two leaves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.storage import Storage
from django.db.models import Model, QuerySet
from django.utils import timezone

PARTS = 256
SAFE_AGE = timedelta(days=1)
"""A younger file may belong to a row that is about to be committed."""


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
class Swept:
    """How many files without a row went, and the files that rows name and nobody has."""

    orphans: int
    missing: list[str]


def sweep(shelf: Shelf, part: int, safe_age: timedelta = SAFE_AGE) -> Swept:
    """Look through one of the PARTS of a shelf: one listing and one query, however large the whole store is."""
    place = f"{shelf.folder}/{part:02x}/"
    # Rows first: a file that is stored meanwhile looks like an orphan, but a young one.
    named = set(shelf.rows(startswith=place).values_list(shelf.field, flat=True))
    stored = _listed(shelf.storage, place)
    orphans = [name for name in stored - named if _remove(shelf.storage, name, safe_age)]
    missing = [name for name in named - stored if shelf.rows(exact=name).exists()]
    return Swept(len(orphans), sorted(missing))


def _listed(storage: Storage, place: str) -> set[str]:
    try:
        _folders, names = storage.listdir(place)
    except FileNotFoundError:
        return set()
    return {place + name for name in names}


def _remove(storage: Storage, name: str, safe_age: timedelta) -> bool:
    try:
        if storage.get_modified_time(name) > timezone.now() - safe_age:
            return False
    except FileNotFoundError:
        return False  # somebody was faster
    storage.delete(name)
    return True
