"""What was made again, compared with its original: once, off any request, and kept with it.

Pixels as the model gave them are compared by their hash. Where those differ, the kept files are read, so a lossy format
adds its own noise to what is measured.
"""

import logging
from enum import StrEnum

from django.db.models import QuerySet

from . import frames, measuring
from .models import Descent, How, Output

logger = logging.getLogger(__name__)

NEAR_DB = 30.0
"""From this PSNR on a re-run is called near: the same picture, with differences that one has to look for."""


class Verdict(StrEnum):
    IDENTICAL = "identical"
    NEAR = "near"
    DIFFERENT = "different"
    UNREADABLE = "unreadable"
    """One of the files is gone or broken."""


def due() -> QuerySet[Descent]:
    """Re-runs that nobody has compared yet, the oldest first."""
    waiting = Descent.objects.filter(how=How.RERUN, child__again__isnull=True)
    return waiting.select_related("child", "parent").order_by("pk")


def compare_next() -> Output | None:
    """Compare what has waited for longest; None where nothing does."""
    descent = due().first()
    if descent is None:
        return None
    compare(descent.child, descent.parent)
    return descent.child


def compare(output: Output, original: Output) -> Verdict:
    """Judge a re-run and write that into `again`: `verdict`, and where pixels were compared, `psnr`, `worst` and
    `worst_frame`."""
    verdict, measured = _judged(output, original)
    facts = {"verdict": verdict, **measured}
    Output.objects.filter(pk=output.pk, again__isnull=True).update(again=facts)
    output.again = facts
    return verdict


def _judged(output: Output, original: Output) -> tuple[Verdict, dict[str, float]]:
    if output.pixel_sha256 == original.pixel_sha256:
        return Verdict.IDENTICAL, {}
    if _shape(output) != _shape(original):
        return Verdict.DIFFERENT, {}
    try:
        found = measuring.nearness(frames.each(original), frames.each(output))
    except measuring.Unlike:
        return Verdict.DIFFERENT, {}
    except Exception:  # whatever a broken file makes its readers raise
        logger.exception("Output %s cannot be compared with %s.", output.pk, original.pk)
        return Verdict.UNREADABLE, {}
    verdict = Verdict.NEAR if found.psnr >= NEAR_DB else Verdict.DIFFERENT
    measured = {"psnr": round(found.psnr, 2), "worst": round(found.worst, 2), "worst_frame": found.worst_frame}
    return verdict, measured


def _shape(output: Output) -> tuple[int, int, int]:
    return output.width, output.height, output.frames
