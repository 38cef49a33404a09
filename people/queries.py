"""What the pages for moderators read."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from .models import Invitation, JoinRequest

PAGE_SIZE = 50
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Page:
    """`older` is where the next page starts, or None at the end."""

    people: list[User]
    older: int | None


def people(search: str = "", after: int = LARGEST_KEY) -> Page:
    """Who has an account, the newest first, by the place of the last one shown; none of those who still ask."""
    rows = User.objects.filter(pk__lt=after, join_request=None).select_related("profile")
    if search:
        rows = rows.filter(username__icontains=search)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(shown, shown[-1].pk if len(found) > PAGE_SIZE else None)


def requests() -> QuerySet[JoinRequest]:
    """Who asks to join, whoever waits longest first."""
    return JoinRequest.objects.select_related("user").order_by("created_at", "pk")[:PAGE_SIZE]


def invitations(by: User) -> QuerySet[Invitation]:
    """Those of this person that can still be used; operators see everybody's."""
    good = Invitation.objects.good().select_related("made_by")
    return good if by.is_staff else good.filter(made_by=by)
