"""What the gallery announces of an output, inside the transaction: who keeps a log keeps it together with the act."""

from django.dispatch import Signal

withheld = Signal()
"""`output` is shown to nobody but moderators from now on: `before` and `reason` (models.Withheld), `by` or None where
no person decided it, `note` in words."""

restored = Signal()
"""`output` is withheld for no more than its rating any more: `before` (models.Withheld), `by`, `note`."""

described = Signal()
"""Titles, notes or tags of outputs have changed, or whether others see them: `outputs`, their ids."""
