"""However an account is closed or deleted (a ban, the admin, a shell), what it has waiting or running ends with it."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from . import signals
from .acts import Act


@receiver(pre_save, sender=User)
def stop_on_closing(instance: User, update_fields: frozenset[str] | None, **kwargs: Any) -> None:
    if instance.pk is None or instance.is_active or (update_fields is not None and "is_active" not in update_fields):
        return
    if User.objects.filter(pk=instance.pk, is_active=True).exists():
        signals.stopped.send(sender=Act, person=instance)


@receiver(pre_delete, sender=User)
def stop_on_deleting(instance: User, **kwargs: Any) -> None:
    signals.stopped.send(sender=Act, person=instance)
