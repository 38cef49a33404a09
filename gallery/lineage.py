"""Where an output comes from, as far as whoever looks may know."""

from dataclasses import dataclass

from people.standing import Person

from . import access
from .models import Output


@dataclass(frozen=True)
class Origin:
    """`verdict` says whether an exact re-run gave the same pixels: "identical" or "different"; None for no re-run.

    The outputs are there where the person may see them.
    """

    remixed_from: Output | None = None
    rerun_of: Output | None = None
    verdict: str | None = None


def origin(person: Person, seen: access.Seen) -> Origin:
    """Nothing of what is told without its request."""
    made = seen.output.generation
    if made is None or not seen.told.prompt:
        return Origin()
    original = made.rerun_of
    verdict = None
    if original is not None:
        verdict = "identical" if original.pixel_sha256 == seen.output.pixel_sha256 else "different"
    return Origin(_if_seen(person, made.remixed_from), _if_seen(person, original), verdict)


def _if_seen(person: Person, output: Output | None) -> Output | None:
    found = access.look(person, output) if output else None
    return found.output if found else None
