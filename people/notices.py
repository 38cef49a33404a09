"""What a person is told on their next page, whichever that is, and can read again in their account."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext

from .models import Notice

MOST_SHOWN = 3


def tell(user: AbstractBaseUser, message: str, params: Mapping[str, Any] | None = None, url: str = "") -> Notice:
    """Leave a notice for this person.

    `message` is an English msgid marked with gettext_noop; its `%(name)s` are filled from `params` after translation.
    Params are JSON; a name that ends in `_at` holds a time as ISO 8601, which is shown in the reader's way.
    """
    return Notice.objects.create(user_id=user.pk, message=message, params=dict(params or {}), url=url)


def of(person: AbstractBaseUser) -> QuerySet[Notice]:
    """All that this person was told, the newest first."""
    return Notice.objects.filter(user_id=person.pk)


def unseen(person: AbstractBaseUser) -> list[Notice]:
    """The newest that this person has not seen, in the order in which they were told."""
    return list(of(person).filter(seen_at=None)[:MOST_SHOWN])[::-1]


def mark_seen(notices: QuerySet[Notice]) -> None:
    notices.filter(seen_at=None).update(seen_at=timezone.now())


def text(notice: Notice) -> str:
    """The notice in the reader's language."""
    params = {name: _shown(name, value) for name, value in notice.params.items()}
    return gettext(notice.message) % params if params else gettext(notice.message)


def _shown(name: str, value: object) -> object:
    if name.endswith("_at") and (moment := parse_datetime(str(value))):
        return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    return value
