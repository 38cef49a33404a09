"""What an owner writes on an output."""

from django.db import transaction

from . import signals
from .models import Output


@transaction.atomic
def describe(output: Output, *, title: str, notes: str) -> None:
    """Words that have been checked."""
    Output.objects.filter(pk=output.pk).update(title=title, notes=notes)
    output.title, output.notes = title, notes
    signals.described.send(sender=Output, outputs=[output.pk])
