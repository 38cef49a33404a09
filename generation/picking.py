"""A picture out of the gallery, as a form carries it: an output and, of a video, which of its frames."""

import re
from dataclasses import dataclass
from uuid import UUID

_TEXT = re.compile(r"([0-9a-fA-F-]{32,36})(?:#(\d{1,6}))?", re.ASCII)


@dataclass(frozen=True)
class Picked:
    """`frame` counts from 0; an image has no other."""

    output: UUID
    frame: int = 0

    @classmethod
    def read(cls, text: str) -> "Picked":
        """Raises ValueError."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise ValueError(text)
        return cls(UUID(found[1]), int(found[2] or 0))

    def __str__(self) -> str:
        return f"{self.output}#{self.frame}" if self.frame else str(self.output)
