"""How somebody becomes a person here: by invitation, by asking, freely, or not at all (MEDIAGEN_JOINING)."""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from . import notices, signals
from .acts import Act
from .models import Invitation, JoinRequest, Profile, Role

INVITATION_KEY = "invitation"


class Joining(StrEnum):
    """What MEDIAGEN_JOINING may say. An invitation is honoured unless joining is closed."""

    INVITATION = "invitation"
    REQUEST = "request"
    OPEN = "open"
    CLOSED = "closed"


class NotInvited(Exception):
    """The invitation is used up, has expired, or never was one."""


def is_closed() -> bool:
    return Joining(settings.JOINING) == Joining.CLOSED


def invite(by: User, role: Role, uses: int, days: int) -> tuple[Invitation, str]:
    """A new invitation and its token, which is not kept and cannot be told again."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            token_sha256=_digest(token),
            role=role,
            uses_left=uses,
            expires_at=timezone.now() + timedelta(days=days),
            made_by=by,
        )
        details = {"role": role, "uses": uses, "days": days}
        signals.acted.send(sender=Act, by=by, person=None, act=Act.INVITED, details=details)
    return invitation, token


def remember(request: HttpRequest, token: str) -> None:
    """Keep in the session that this visitor was invited. Raises NotInvited."""
    invitation = Invitation.objects.good().filter(token_sha256=_digest(token)).first()
    if invitation is None:
        raise NotInvited
    request.session[INVITATION_KEY] = invitation.pk


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The invitation with which this visitor came, as long as it is good."""
    known = request.session.get(INVITATION_KEY)
    return Invitation.objects.good().filter(pk=known).first() if known else None


def way(request: HttpRequest) -> Joining:
    """How this visitor may join."""
    joining = Joining(settings.JOINING)
    if not is_closed() and invitation_of(request):
        return Joining.INVITATION
    return Joining.CLOSED if joining == Joining.INVITATION else joining


def redeem(request: HttpRequest, user: User) -> None:
    """Let the new person have what they were invited for. Raises NotInvited where the last use is gone."""
    invitation = invitation_of(request)
    if invitation is None or not _one_use_less(invitation):
        raise NotInvited
    del request.session[INVITATION_KEY]
    if invitation.role != Role.MEMBER:
        Profile.objects.create(user=user, role=invitation.role)


def ask(user: User, words: str) -> None:
    """Note that this person, whose account is not active, asks to be let in."""
    JoinRequest.objects.create(user=user, words=words)


def approve(by: User, asked: JoinRequest) -> bool:
    """Let the person in; False where somebody else has decided meanwhile."""
    with transaction.atomic():
        if not JoinRequest.objects.filter(pk=asked.pk).delete()[0]:
            return False
        User.objects.filter(pk=asked.user_id).update(is_active=True)
        notices.tell(asked.user, _("Welcome. Your request to join was approved."))
        signals.acted.send(sender=Act, by=by, person=asked.user, act=Act.APPROVED, details={})
    return True


def decline(by: User, asked: JoinRequest) -> bool:
    """Remove the request with its account; False where somebody else has decided meanwhile."""
    with transaction.atomic():
        if not JoinRequest.objects.filter(pk=asked.pk).delete()[0]:
            return False
        details = {"username": asked.user.username}
        signals.acted.send(sender=Act, by=by, person=None, act=Act.DECLINED, details=details)
        asked.user.delete()
    return True


def _one_use_less(invitation: Invitation) -> bool:
    return bool(Invitation.objects.good().filter(pk=invitation.pk).update(uses_left=F("uses_left") - 1))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
