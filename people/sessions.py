"""Where a person is signed in. What a person may do is asked anew for every request; a change of what they are also
ends their sessions, so that nobody goes on in one that was opened as somebody else."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db.models.signals import pre_save
from django.dispatch import receiver


def end_all(user: User) -> None:
    """Sign this person out everywhere."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def end(user: User, session_id: int) -> bool:
    """Sign this person out in one place; False where there is no such session of theirs."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        return False
    session.end()
    return True


@receiver(pre_save, sender=User)
def end_on_changed_rights(instance: User, update_fields: frozenset[str] | None, **kwargs: Any) -> None:
    """Wherever somebody is made an operator or is none any more: on the people page, in the admin, from a shell."""
    rights = {"is_staff", "is_superuser", "is_active"}
    if instance.pk is None or (update_fields is not None and rights.isdisjoint(update_fields)):
        return
    before = User.objects.filter(pk=instance.pk).values(*sorted(rights)).first()
    if before and any(before[name] != getattr(instance, name) for name in rights):
        end_all(instance)
