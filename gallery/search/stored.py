"""Where parameters are stored, and questions to them that Django has no lookups for. What was brought in may hold
anything there."""

from typing import Any

from django.db.models import BooleanField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

Compiled = tuple[str, tuple[Any, ...]]

COLUMNS = {
    **{name: name for name in ("type", "model", "mode", "seed", "width", "height", "fps", "rating")},
    "num_frames": "frames",
    "output_format": "format",
}
"""The operators that ask for a column. Every other one that a request can hold is asked of its stored parameters."""


class JsonType(Func):
    """The JSON type of a KeyTransform's value, by the database's own name for it."""

    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Compiled:
        (key,) = self.get_source_expressions()
        column, params, names = key.preprocess_lhs(compiler, connection)
        return f"JSON_TYPE({column}, %s)", (*params, "$" + "".join(f'."{name}"' for name in names))

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Compiled:
        return self.as_sql(compiler, connection, function="JSONB_TYPEOF", **context)


class HasLora(Func):
    """Whether parameters hold a LoRA of a name, in lower or upper case: HasLora(parameters, name)."""

    output_field = BooleanField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Compiled:
        return self._written(
            compiler,
            "EXISTS(SELECT 1 FROM JSON_EACH({}, '$.loras') AS lora WHERE LOWER("
            "JSON_EXTRACT(CASE lora.type WHEN 'object' THEN lora.value END, '$.name')) = LOWER({}))",
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Compiled:
        return self._written(
            compiler,
            "EXISTS(SELECT 1 FROM JSONB_PATH_QUERY({}, '$.loras[*]') AS lora WHERE LOWER(lora->>'name') = LOWER({}))",
        )

    def _written(self, compiler: SQLCompiler, template: str) -> Compiled:
        written = [compiler.compile(expression) for expression in self.get_source_expressions()]
        return template.format(*(sql for sql, _params in written)), tuple(p for _sql, params in written for p in params)
