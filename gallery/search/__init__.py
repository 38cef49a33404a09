"""Finding: what people type (`language`), the words of outputs (`index`), and the rows that both lead to."""

from .index import write as reindex
from .query import Chip, Query, apply, read

__all__ = ["Chip", "Query", "apply", "read", "reindex"]
