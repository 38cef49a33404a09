"""Pictures that people gave: how long they are kept."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from gallery.models import Output

from .models import Generation, ReferenceImage, State

LEAST_AGE = timedelta(days=1)
"""By the clock: far longer than it takes from keeping a picture to writing down the request that names it."""


def is_needed(reference: ReferenceImage) -> bool:
    """Whether an output was made with it, also one in the trash, or something may still be: what waits, runs, or can be
    tried again."""
    pending = Generation.objects.exclude(state=State.SUCCEEDED)
    return _names(Output.objects.all(), reference) or _names(pending, reference)


def forget_unneeded(part: int) -> int:
    """Let go what nothing needs any more, among the pictures whose SHA-256 begins with this byte. Returns how many."""
    old = ReferenceImage.objects.filter(sha256__startswith=f"{part:02x}", created_at__lt=timezone.now() - LEAST_AGE)
    return sum(_forget(reference) for reference in old)


def _forget(reference: ReferenceImage) -> bool:
    with transaction.atomic():
        if is_needed(reference):
            return False
        reference.delete()
    return True


def _names(rows: QuerySet[Output] | QuerySet[Generation], reference: ReferenceImage) -> bool:
    """Whether a request of the picture's owner names it, wherever in it that stands."""
    theirs: QuerySet[Model] = rows.filter(owner_id=reference.owner_id)
    return (
        theirs.annotate(request_text=Cast("parameters", TextField()))
        .filter(request_text__contains=reference.sha256)
        .exists()
    )
