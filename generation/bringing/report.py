"""What became of everything that somebody brought."""

from dataclasses import dataclass, field
from uuid import UUID

NAME_CHARACTERS = 120


@dataclass(frozen=True)
class Line:
    """One file: its name as it can stand on a page, the output that it is here, or why it did not come in."""

    name: str
    output: UUID | None = None
    why: str = ""


@dataclass
class Report:
    """`restored` was there, in the trash, and is out of it now. `left` counts what time or number did not allow:
    whoever sends the same again goes on there. `claimed` counts what came in by a record of ours that this site did not
    sign for this person."""

    came: list[Line] = field(default_factory=list)
    restored: list[Line] = field(default_factory=list)
    there: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)
    left: int = 0
    claimed: int = 0

    @property
    def in_vain(self) -> bool:
        return bool(self.refused) and not (self.came or self.restored or self.there)


def legible(name: str) -> str:
    """A file's name without what cannot be printed; the end, which tells more, where it is long."""
    plain = "".join(character if character.isprintable() else "\ufffd" for character in name)
    return plain if len(plain) <= NAME_CHARACTERS else f"…{plain[1 - NAME_CHARACTERS :]}"
