"""One archive of a whole site, made while it runs, and the way back.

The database is copied first and the files after it: a file is written before its row and never changes, so all that the
copied rows speak of is there, but for what was deleted meanwhile. Those rows go when the archive is restored.
"""

from .making import make
from .restoring import Restored, restore

__all__ = ["Restored", "make", "restore"]
