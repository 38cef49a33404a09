"""The pages of people: about themselves, and about each other for who looks after the place."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from ..acts import NotAllowed
from ..standing import is_moderator

UNPROCESSABLE = 422

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_moderators(view: View[P]) -> View[P]:
    """403 for members, and for what a moderator may not do."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_moderator(request.user):
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except NotAllowed:
            raise PermissionDenied from None

    return guarded


def me(request: HttpRequest) -> User:
    """Who is signed in: these pages let nobody else in."""
    assert isinstance(request.user, User)
    return request.user
