"""Triggers that let a table of the database grow and not change, on SQLite and PostgreSQL.

A later migration that alters such a table sets them anew: SQLite makes the table again and forgets its triggers.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "this table is append-only"


def guard(connection: BaseDatabaseWrapper, table: str) -> None:
    """From now on whoever updates or deletes a row of the table gets an error."""
    _execute(connection, _guards(connection.vendor, table))


def unguard(connection: BaseDatabaseWrapper, table: str) -> None:
    """The way back of the migration."""
    _execute(connection, _unguards(connection.vendor, table))


def _guards(vendor: str, table: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        yield (
            f"CREATE TRIGGER {table}_grows BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _unguards(vendor: str, table: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield f"DROP TRIGGER {table}_grows ON {table}"
        yield f"DROP FUNCTION {table}_refuse()"
        return
    for act in ("update", "delete"):
        yield f"DROP TRIGGER {table}_no_{act}"


def _execute(connection: BaseDatabaseWrapper, statements: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
