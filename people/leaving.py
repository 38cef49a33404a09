"""Deleting one's account: what was made goes with it; what others made from it stays, without a name."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.db.models.manager import Manager

from . import signals
from .acts import Act

BATCH = 200


class LastOperator(Exception):
    """Somebody has to be able to run the place."""


def is_last_operator(user: User) -> bool:
    operators = User.objects.filter(is_superuser=True, is_active=True)
    return user.is_superuser and not operators.exclude(pk=user.pk).exists()


@transaction.atomic
def delete_account(user: User) -> None:
    """Delete the person with everything that is theirs. Raises LastOperator.

    Rows that have files go in batches: Django reads whatever it deletes into memory. Files go once this is committed.
    """
    list(User.objects.select_for_update().filter(is_superuser=True))  # of two last operators, one leaves first
    if is_last_operator(user):
        raise LastOperator
    signals.stopped.send(sender=Act, person=user)
    signals.acted.send(sender=Act, by=user, person=None, act=Act.LEFT, details={"username": user.get_username()})
    for rows in (user.outputs, user.reference_images, user.generations):
        _empty(rows)
    user.delete()


def _empty(rows: Manager[Model]) -> None:
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=batch).delete()
