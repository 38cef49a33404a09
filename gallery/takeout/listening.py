"""Who takes out all that is here of them takes the gallery along, as it can be brought in again."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.dispatch import receiver

from people.signals import taken_out
from people.zipping import Entry

from . import entries


@receiver(taken_out)
def add_gallery(person: User, **_signal: Any) -> Iterator[Entry]:
    return entries.everything(person)
