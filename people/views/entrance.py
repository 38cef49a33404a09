"""Coming in: by an invitation's link; by a new password where there is no e-mail."""

from allauth.account.views import email as allauth_email
from allauth.account.views import password_reset as allauth_password_reset
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import joining


@require_safe
@login_not_required
@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """The link of an invitation. The token stands in the query, which no log keeps, and is gone from the address of
    the page that follows."""
    try:
        joining.remember(request, request.GET.get("token", ""))
    except joining.NotInvited:
        return render(request, "people/not_invited.html", status=404)
    return redirect("account_signup")


@login_not_required
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """By e-mail where the site sends some; else it is said who can help."""
    if settings.SENDS_EMAIL:
        return allauth_password_reset(request)
    return render(request, "people/password_help.html")


def email(request: HttpRequest) -> HttpResponseBase:
    if not settings.SENDS_EMAIL:
        raise Http404
    return allauth_email(request)
