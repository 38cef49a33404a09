"""Consistent copies of the database, made while it is in use: SQLite's own backup, PostgreSQL's pg_dump."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.core.management import CommandError
from django.db import connection, connections
from django.db.backends.postgresql.client import DatabaseClient

NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


def is_empty() -> bool:
    return not connection.introspection.table_names()


def copy_to(path: Path) -> None:
    """One moment of the database, as a file. Raises CommandError."""
    if connection.vendor == "sqlite":
        with closing(_open(sqlite_path())) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
    else:
        _postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={path}")


def put_in_place(path: Path, aside: Path | None) -> None:
    """Make a copy the database. What stands there goes to the folder `aside`, if there is one; PostgreSQL drops it."""
    connections.close_all()
    if connection.vendor == "sqlite":
        database = sqlite_path()
        for old in database.parent.glob(f"{database.name}*"):  # with -wal and -shm, which are part of it
            if aside:
                shutil.move(old, aside)
            else:
                old.unlink()
        shutil.move(path, database)
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
        # What triggers call stays when their tables go.
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc "
            "WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype"
        )
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {function}")
    connections.close_all()
    _postgresql("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", path=path)


def sqlite_path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)


def _postgresql(tool: str, *options: str, path: Path | None = None) -> None:
    """Run one of PostgreSQL's own tools with the connection that Django would give to psql."""
    psql, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, name = psql[1:]
    command = [tool, *where, *options, f"--dbname={name}", *([str(path)] if path else [])]
    try:
        subprocess.run(command, env={**os.environ, **(environment or {})}, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise CommandError(f"{tool} is needed: install PostgreSQL's client tools of the server's version.") from None
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{tool} failed: {error.stderr.strip()}") from None
