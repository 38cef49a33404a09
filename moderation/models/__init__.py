"""Tables of moderation, by subject."""

from .appeals import Appeal
from .audit import AppendOnly, AuditEntry
from .refusals import Refusal, Where
from .reports import WORDS_LIMIT, Report, Wrong
from .terms import Term

__all__ = ["WORDS_LIMIT", "Appeal", "AppendOnly", "AuditEntry", "Refusal", "Report", "Term", "Where", "Wrong"]
