"""How often one person, or one address, may do what costs the site something (MEDIAGEN_RATE_LIMITS).

The counting is django-allauth's, which also guards its own pages with it.
"""

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reswap, retarget

TOO_MANY = 429
RETRY_AFTER_SECONDS = 60
MESSAGE = _("That was too often in a short time. Wait a minute, then try again: nothing was lost.")


def allows(request: HttpRequest, action: str) -> bool:
    """Whether what is posted may be done now, also counting it."""
    return bool(ratelimit.consume(request, action=action))


def allows_reading(request: HttpRequest, action: str) -> bool:
    """The same for a page that is fetched: allauth counts those only for who asks its inner function."""
    return consume(request, app="allauth.account", action=action, limit_get=True) is not None


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: a page, or for htmx a message that leaves the page as it is."""
    if getattr(request, "htmx", False):
        return retry_later(toast(MESSAGE, TOO_MANY))
    return retry_later(render(request, "429.html", status=TOO_MANY))


def toast(message: str | Promise, status: int) -> HttpResponse:
    """A message for htmx to show beside a page that stays as it is."""
    note = format_html('<p class="toast" data-level="error">{}</p>', message)
    return retarget(reswap(HttpResponse(note, status=status), "beforeend"), ".toasts")


def retry_later(answer: HttpResponse) -> HttpResponse:
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
