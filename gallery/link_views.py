"""What whoever has an unlisted link sees: one picture, and nothing that leads on from it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from . import access, files, stripped

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def unlisted(view: View[P]) -> View[P]:
    """Open to everybody, kept out of search engines, and told to no site that it leads to."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        answer["Referrer-Policy"] = "no-referrer"
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        return answer

    return login_not_required(answered)


@unlisted
@require_safe
def page(request: HttpRequest, key: UUID) -> HttpResponse:
    context = {
        "output": access.by_link(key).output,
        "file_url": reverse("shared_file", args=[key]),
        "poster_url": reverse("shared_poster", args=[key]),
        "report_url": reverse("report_by_link", args=[key]),
    }
    return render(request, "gallery/link.html", context)


@unlisted
@require_safe
def file(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Without prompt and parameters: what the page tells, it tells."""
    return files.respond(request, stripped.kept(access.by_link(key).output))


@unlisted
@require_safe
def poster(request: HttpRequest, key: UUID) -> HttpResponseBase:
    return files.respond(request, files.kept_poster(access.by_link(key).output, files.SHARED))
