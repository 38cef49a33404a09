"""The chore that draws renditions, placeholder and perceptual hash of what was kept, once, off any request."""

import logging
from contextlib import ExitStack
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from . import change, drawing, frames, likeness
from .models import Output, Rendition

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=6)
CANDIDATES = 8


def render_next() -> Output | None:
    """Draw what was kept last of all that is due; None where nothing is. What cannot be read is tried again later."""
    output = _claim()
    if output is None:
        return None
    try:
        render(output)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # whatever a broken file makes its readers raise
        logger.exception("Output %s cannot be drawn (try %d).", output.pk, output.draw_tries)
    return output


def render(output: Output) -> bool:
    """Draw all and keep it in place of what there was, unless the output has gone or another has drawn it meanwhile.

    Raises what `frames` raises for a file that is gone or cannot be read.
    """
    picture = frames.still(output).convert("RGB")
    drawn = [*drawing.stills(picture), *([drawing.preview(output)] if output.is_video else [])]
    with ExitStack() as unless_kept:
        renditions = []
        for each in drawn:
            rendition = _saved(output, each)
            unless_kept.callback(rendition.file.delete, save=False)
            renditions.append(rendition)
        with transaction.atomic():
            facts = {"thumbhash": likeness.placeholder(picture), "perceptual_hash": likeness.perceptual_hash(picture)}
            same = Output.objects.filter(pk=output.pk, draw_tries=output.draw_tries)
            if not same.update(draw_at=None, **facts):
                return False
            output.renditions.all().delete()
            Rendition.objects.bulk_create(renditions)
            change.measure(output.pk)
        unless_kept.pop_all()
    return True


def _due() -> QuerySet[Output]:
    # The latest first: what people have just made does not wait for a whole old gallery.
    return Output.objects.filter(draw_at__lte=timezone.now()).order_by("-draw_at").defer("parameters", "receipt")


def _claim() -> Output | None:
    """Take what is due from all other processes for a while, longer with each try."""
    now = timezone.now()
    for output in _due()[:CANDIDATES]:
        tries = output.draw_tries
        output.draw_tries, output.draw_at = tries + 1, now + min(FIRST_PAUSE * 2 ** min(tries, 16), LONGEST_PAUSE)
        same = Output.objects.filter(pk=output.pk, draw_at__lte=now, draw_tries=tries)
        if same.update(draw_tries=output.draw_tries, draw_at=output.draw_at):
            return output
    return None


def _saved(output: Output, drawn: drawing.Drawn) -> Rendition:
    """With its file written; the row is not."""
    rendition = Rendition(
        output=output,
        spec=drawn.spec,
        format=drawn.format,
        width=drawn.width,
        height=drawn.height,
        bytes=len(drawn.content),
    )
    rendition.file.save("", ContentFile(drawn.content), save=False)
    return rendition
