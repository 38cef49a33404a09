"""Ends what is being made for who may not have it made any more."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.dispatch import receiver

from people.signals import stopped

from . import ledger


@receiver(stopped)
def cancel_what_waits_and_runs(person: AbstractBaseUser, **kwargs: Any) -> None:
    """Paused, banned or leaving: a running worker finds out at its next step."""
    ledger.cancel_all(person)
