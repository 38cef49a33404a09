"""Tables of moderation, by subject."""

from .appeals import Appeal
from .audit import AppendOnly, AuditEntry
from .reports import WORDS_LIMIT, Report, Wrong

__all__ = ["WORDS_LIMIT", "Appeal", "AppendOnly", "AuditEntry", "Report", "Wrong"]
