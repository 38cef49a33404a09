"""Finding: what people type (`language`), the words of outputs (`index`), and the rows that both lead to."""

from .index import write as reindex
from .panel import Panel, panel
from .query import Chip, Query, apply, read
from .stretches import page

__all__ = ["Chip", "Panel", "Query", "apply", "page", "panel", "read", "reindex"]
