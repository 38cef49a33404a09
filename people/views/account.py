"""A person's own page."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import acts, notices, sessions
from ..forms import MatureForm
from ..models import Profile
from ..standing import profile
from . import UNPROCESSABLE, me

MOST_NOTICES = 20


@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def mature(request: HttpRequest) -> HttpResponse:
    """See mature content, or not; the first time with the word of the person that they are an adult. 404 where the
    site has none."""
    if not settings.MATURE:
        raise Http404
    known = profile(request.user)
    if request.POST.get("choice") == "withdraw":
        _keep(request, adult_confirmed_at=None, wants_mature=False)
    elif request.POST.get("choice") == "hide":
        _keep(request, wants_mature=False)
    elif known.adult_confirmed_at:
        _keep(request, wants_mature=True)
    else:
        form = MatureForm(request.POST)
        if not form.is_valid():
            return _page(request, form, UNPROCESSABLE)
        _keep(request, adult_confirmed_at=timezone.now(), wants_mature=True)
    messages.success(request, _("Saved."))
    return redirect("account")


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    if not sessions.end(me(request), session_id):
        raise Http404
    messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")


@require_POST
def notice_seen(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Put a notice away, and go on to what it is about, or back."""
    notice = get_object_or_404(notices.of(me(request)), pk=notice_id)
    notices.mark_seen(notices.of(me(request)).filter(pk=notice.pk))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    return redirect(back)


def _keep(request: HttpRequest, **choices: object) -> None:
    Profile.objects.update_or_create(user=me(request), defaults=choices)


def _page(request: HttpRequest, mature_form: MatureForm | None = None, status: int = 200) -> HttpResponse:
    user = me(request)
    factors = Authenticator.objects.filter(user=user).values_list("type", flat=True)
    context = {
        "profile": profile(user),
        "role": acts.role_name(user),
        "passkeys": list(factors).count(Authenticator.Type.WEBAUTHN),
        "has_app": Authenticator.Type.TOTP in factors,
        "session_count": UserSession.objects.filter(user=user).count(),
        "sends_email": settings.SENDS_EMAIL,
        "mature": settings.MATURE,
        "mature_form": mature_form or MatureForm(),
        "all_notices": notices.of(user)[:MOST_NOTICES],
    }
    return render(request, "people/account.html", context, status=status)
