"""Locks in SQL that is written by hand, for statements that stand between a submit and its first step."""

from django.db import connection


def for_update(skip_locked: bool = False) -> str:
    """What ends a SELECT that locks its rows. Nothing on SQLite, where a transaction has all of the database."""
    return connection.ops.for_update_sql(skip_locked=skip_locked) if connection.features.has_select_for_update else ""
