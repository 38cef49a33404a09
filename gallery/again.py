"""What was made again: how near it came to its original, and what made the two different."""

from dataclasses import dataclass

from people.standing import Person

from . import access, receipts
from .comparing import Verdict
from .family import tells_no_more
from .models import Descent, How, Output


@dataclass(frozen=True)
class Again:
    """`verdict` is None until the two are compared; the figures are there where the pixels had to be."""

    original: Output
    verdict: Verdict | None
    environment: list[receipts.Difference]
    psnr: float | None = None
    worst: float | None = None
    worst_frame: int = 0

    @property
    def shows_difference(self) -> bool:
        return self.psnr is not None


def again(person: Person, seen: access.Seen) -> Again | None:
    """None for what is no re-run, or one of an original that is not there for this person, or that they would learn of
    what is kept back of it."""
    if seen.hidden or not seen.told.prompt:
        return None
    descent = Descent.objects.filter(child=seen.kept.pk, how=How.RERUN).select_related("parent__owner").first()
    found = access.look(person, descent.parent) if descent else None
    if found is None or found.hidden or not tells_no_more(seen, found):
        return None
    facts = seen.kept.again or {}
    return Again(
        found.output,
        _verdict(seen.kept, found.kept),
        receipts.differences(found.output.receipt, seen.output.receipt),
        **{name: facts[name] for name in ("psnr", "worst", "worst_frame") if name in facts},
    )


def _verdict(output: Output, original: Output) -> Verdict | None:
    if output.pixel_sha256 == original.pixel_sha256:
        return Verdict.IDENTICAL
    return Verdict(output.again["verdict"]) if output.again else None
