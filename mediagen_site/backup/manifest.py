"""What an archive says of itself, and whether it fits this installation."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from generation import __version__

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`files`: whether kept files are in the archive; a bucket keeps its own. `migrations` are "app.name"."""

    format: int
    version: str
    made_at: str
    database: str
    files: bool
    migrations: list[str]

    @classmethod
    def of_now(cls) -> "Manifest":
        applied = MigrationRecorder(connection).applied_migrations()
        migrations = sorted(f"{app}.{name}" for app, name in applied)
        made_at = timezone.now().isoformat(timespec="seconds")
        return cls(FORMAT, __version__, made_at, connection.vendor, keeps_files(), migrations)

    def to_text(self) -> str:
        return json.dumps(asdict(self), indent=2)

    def objection(self) -> str:
        """Why this installation cannot take the archive; empty where it can."""
        if self.format != FORMAT:
            return f"Its format is {self.format}; this MediaGen ({__version__}) reads {FORMAT}."
        known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
        if newer := [migration for migration in self.migrations if migration not in known]:
            return f"It is of MediaGen {self.version}, which is newer than this one: {newer[0]} is not known here."
        if self.database != connection.vendor:
            return f"It holds a {self.database} database; set DATABASE_URL to one instead of {connection.vendor}."
        if self.files != keeps_files():
            return (
                "It holds files, but MEDIAGEN_STORAGE names a bucket."
                if self.files
                else ("Its files are in a bucket: set MEDIAGEN_STORAGE to it.")
            )
        return ""


def read(text: str) -> Manifest:
    """Raises ValueError for what is none of ours."""
    values: Mapping[str, Any] = json.loads(text)
    try:
        return Manifest(**values)
    except TypeError as error:
        raise ValueError(str(error)) from error


def keeps_files() -> bool:
    """Whether kept files lie in a folder here rather than in a bucket."""
    return isinstance(default_storage, FileSystemStorage)
