"""Keeps the words true: whatever changes what an output is found by has them written again, in its transaction."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from .. import signals
from ..models import Output
from . import index


@receiver(post_save, sender=Output)
def saved(instance: Output, update_fields: Collection[str] | None, raw: bool, **kwargs: Any) -> None:
    if not raw and (update_fields is None or index.WRITTEN & set(update_fields)):
        index.write([instance.pk])


@receiver(m2m_changed, sender=Output.shared_with.through)
def shared(instance: Model, action: str, reverse: bool, pk_set: set[UUID] | None, **kwargs: Any) -> None:
    if action in ("post_add", "post_remove", "post_clear") and not reverse:
        index.write([instance.pk])
    elif action in ("post_add", "post_remove") and reverse:
        index.write(pk_set or ())


@receiver(signals.described)
def described(outputs: Iterable[UUID], **kwargs: Any) -> None:
    index.write(outputs)
