"""How often one person, or one address, may do what costs the site something (MEDIAGEN_RATE_LIMITS).

The counting of what is posted is django-allauth's, which also guards its own pages with it.
"""

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import Rate, get_cache_key, get_rates
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reswap, retarget

APP = "allauth.account"
TOO_MANY = 429
RETRY_AFTER_SECONDS = 60
MESSAGE = _("That was too often in a short time. Wait a minute, then try again: nothing was lost.")


def allows(request: HttpRequest, action: str) -> bool:
    """Whether what is posted may be done now, also counting it."""
    return bool(ratelimit.consume(request, action=action))


def allows_reading(request: HttpRequest, action: str) -> bool:
    """The same for a page that is fetched. These are many: allauth's list of when each was, kept behind a lock, would
    take longer than the page's own queries, so there is one count that begins anew once its time is up."""
    rates = get_rates(app=APP, action=action)
    return all(_count(f"{get_cache_key(request, app=APP, action=action, rate=rate)}:count", rate) for rate in rates)


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


def _count(key: str, rate: Rate) -> bool:
    """Whether this one is still within the rate."""
    try:
        count = cache.incr(key)
    except ValueError:  # the first, unless another came in between
        count = 1 if cache.add(key, 1, rate.duration) else cache.incr(key)
    return count <= rate.amount
