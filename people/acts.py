"""What moderators and operators do about people. Each act is checked here, told to the person, and announced."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from . import notices, sessions, signals
from .models import JoinRequest, Profile, Role
from .standing import is_moderator, is_operator

OPERATOR = "operator"


class Act(StrEnum):
    """What was done, for whoever keeps a log."""

    INVITED = "invited"
    APPROVED = "approved"
    DECLINED = "declined"
    ROLE = "role"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    BANNED = "banned"
    UNBANNED = "unbanned"
    RESET_LINK = "reset_link"
    SECOND_FACTORS_REMOVED = "second_factors_removed"
    LEFT = "left"


class NotAllowed(Exception):
    """This person may not do this about that one."""


def may_act(by: User, person: User) -> bool:
    """Moderators act about members, operators about everybody, superusers alone about superusers; nobody about
    themselves, so the last operator cannot be locked out."""
    if by.pk == person.pk or (person.is_superuser and not by.is_superuser):
        return False
    return is_operator(by) or (is_moderator(by) and role_of(person) == Role.MEMBER)


def role_of(user: User) -> str:
    """One of Role, or OPERATOR."""
    if user.is_staff:
        return OPERATOR
    return user.profile.role if hasattr(user, "profile") else Role.MEMBER


def role_name(user: User) -> str:
    """The role in the reader's language."""
    role = role_of(user)
    return gettext("operator") if role == OPERATOR else str(Role(role).label)


@transaction.atomic
def set_role(by: User, person: User, role: str) -> None:
    """Make somebody a member, a moderator or an operator. Raises NotAllowed."""
    by = _locked(by)
    _check(is_operator(by) and may_act(by, person) and (by.is_superuser or role != OPERATOR))
    Profile.objects.update_or_create(user=person, defaults={"role": Role.MEMBER if role == OPERATOR else role})
    person.is_staff = person.is_superuser = role == OPERATOR
    person.save(update_fields=["is_staff", "is_superuser"])
    sessions.end_all(person)
    messages = {
        Role.MEMBER: _("You are a member now."),
        Role.MODERATOR: _("You are a moderator now."),
        OPERATOR: _("You are an operator now."),
    }
    notices.tell(person, messages[role])
    _announce(by, person, Act.ROLE, role=role)


@transaction.atomic
def pause(by: User, person: User, until: datetime, reason: str) -> None:
    """Until then, the person may look, and not generate or share; what they have waiting ends. Raises NotAllowed."""
    _check(may_act(by, person))
    Profile.objects.update_or_create(user=person, defaults={"paused_until": until, "stopped_because": reason})
    signals.stopped.send(sender=Act, person=person)
    message = _("A moderator paused you until %(until_at)s: %(reason)s You may look around, and not generate or share.")
    notices.tell(person, message, {"until_at": until.isoformat(), "reason": reason})
    _announce(by, person, Act.PAUSED, until=until.isoformat(), reason=reason)


@transaction.atomic
def unpause(by: User, person: User) -> None:
    """Raises NotAllowed."""
    _check(may_act(by, person))
    Profile.objects.filter(user=person).update(paused_until=None, stopped_because="")
    notices.tell(person, _("Your pause is over: you may generate and share again."))
    _announce(by, person, Act.UNPAUSED)


@transaction.atomic
def ban(by: User, person: User, reason: str) -> None:
    """Nobody signs in with this account any more; what they have waiting ends. Raises NotAllowed."""
    _check(may_act(_locked(by), person) and not JoinRequest.objects.filter(user=person).exists())
    Profile.objects.update_or_create(user=person, defaults={"stopped_because": reason})
    person.is_active = False
    person.save(update_fields=["is_active"])
    _announce(by, person, Act.BANNED, reason=reason)


@transaction.atomic
def unban(by: User, person: User) -> None:
    """Raises NotAllowed; also for who only asks to join, whom approving lets in."""
    _check(may_act(by, person) and not JoinRequest.objects.filter(user=person).exists())
    Profile.objects.filter(user=person).update(stopped_because="")
    person.is_active = True
    person.save(update_fields=["is_active"])
    notices.tell(person, _("Your account is open again."))
    _announce(by, person, Act.UNBANNED)


def reset_link(by: User, person: User) -> str:
    """A link with which this person sets a new password, once. Raises NotAllowed."""
    _check(is_operator(by) and may_act(by, person) and person.is_active)
    _announce(by, person, Act.RESET_LINK)
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    return str(get_adapter().get_reset_password_from_key_url(key))


@transaction.atomic
def remove_second_factors(by: User, person: User) -> None:
    """For who has lost their telephone and their recovery codes. Raises NotAllowed."""
    _check(is_operator(by) and may_act(by, person))
    Authenticator.objects.filter(user=person).delete()
    sessions.end_all(person)
    notices.tell(person, _("An operator removed your passkeys, authenticator app and recovery codes."))
    _announce(by, person, Act.SECOND_FACTORS_REMOVED)


def _locked(by: User) -> User:
    """Who acts, as they are now, with the operators held: of two who would lock each other out, one is first."""
    list(User.objects.select_for_update().filter(is_superuser=True))
    return User.objects.get(pk=by.pk)


def _check(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed


def _announce(by: User, person: User, act: Act, **details: Any) -> None:
    signals.acted.send(sender=Act, by=by, person=person, act=act, details=details)
