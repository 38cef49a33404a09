"""The words by which outputs are found: SQLite's FTS5 and PostgreSQL's full text hold the same ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from .output import Output

FTS = "gallery_words_fts"
Compiled = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Terms:
    """`placed` stand in their order, so that phrases are found; `loose` are just there. None holds blanks or quotes."""

    placed: Sequence[str]
    loose: Sequence[str]


class TermsField(models.Field):
    """Written and asked (`matches`), and never read."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Terms, connection: BaseDatabaseWrapper, prepared: bool = False) -> str:
        if connection.vendor == "postgresql":
            return _tsvector(value)
        return " ".join([*value.placed, *value.loose])


@TermsField.register_lookup
class Matches(models.Lookup):
    """Whether the terms fulfil an expression in the words of the database at hand (search.matching)."""

    lookup_name = "matches"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> Compiled:
        return "%s", (value.written(connection.vendor),)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Compiled:
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        value, params = self.process_rhs(compiler, connection)
        return f'{alias}."id" IN (SELECT rowid FROM {FTS} WHERE {FTS} MATCH {value})', tuple(params)  # noqa: S608

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Compiled:
        terms, params = self.process_lhs(compiler, connection)
        value, asked = self.process_rhs(compiler, connection)
        return f"{terms} @@ {value}::tsquery", (*params, *asked)


class Words(models.Model):
    """What is written of one output. The `id` rises with the time at which the output was made (search.index)."""

    id = models.BigAutoField(primary_key=True)
    output = models.OneToOneField(Output, models.CASCADE, related_name="words", verbose_name=_("output"))
    terms = TermsField()

    class Meta:
        verbose_name = _("words of an output")
        verbose_name_plural = _("words of outputs")

    def __str__(self) -> str:
        return str(self.output_id)


def _tsvector(terms: Terms) -> str:
    places: dict[str, list[int]] = {}
    for place, term in enumerate(terms.placed, 1):
        places.setdefault(term, []).append(place)
    placed = (f"'{term}':{','.join(map(str, found))}" for term, found in places.items())
    return " ".join([*placed, *(f"'{term}'" for term in terms.loose)])
