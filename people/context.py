"""What every page is told of whom it is shown to. Asked for only by pages that show it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import joining, notices, standing


def people(request: HttpRequest) -> dict[str, Any]:
    return {
        "new_notices": _later(lambda: notices.unseen(request.user) if request.user.is_authenticated else []),
        "joining": _later(lambda: joining.way(request)),
        "joining_is_closed": joining.is_closed(),
        "is_moderator": _later(lambda: standing.is_moderator(request.user)),
    }


def _later(ask: Callable[[], Any]) -> Any:
    return SimpleLazyObject(ask)
