"""One person, and what moderators and operators may do about them."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import acts
from ..forms import PauseForm, ReasonForm, RoleForm
from ..standing import is_operator
from . import UNPROCESSABLE, for_moderators, me


@require_safe
@never_cache
@for_moderators
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    return _page(request, _person(user_id))


@require_POST
@for_moderators
def role(request: HttpRequest, user_id: int) -> HttpResponse:
    someone = _person(user_id)
    form = RoleForm(request.POST, by=me(request))
    if not form.is_valid():
        return _page(request, someone, role_form=form)
    acts.set_role(me(request), someone, form.cleaned_data["role"])
    return _done(request, someone)


@require_POST
@for_moderators
def pause(request: HttpRequest, user_id: int) -> HttpResponse:
    someone = _person(user_id)
    form = PauseForm(request.POST, prefix="pause")
    if not form.is_valid():
        return _page(request, someone, pause_form=form)
    acts.pause(me(request), someone, timezone.now() + form.duration, form.cleaned_data["reason"])
    return _done(request, someone)


@require_POST
@for_moderators
def ban(request: HttpRequest, user_id: int) -> HttpResponse:
    someone = _person(user_id)
    form = ReasonForm(request.POST, prefix="ban")
    if not form.is_valid():
        return _page(request, someone, ban_form=form)
    acts.ban(me(request), someone, form.cleaned_data["reason"])
    return _done(request, someone)


@require_POST
@for_moderators
def unpause(request: HttpRequest, user_id: int) -> HttpResponse:
    someone = _person(user_id)
    acts.unpause(me(request), someone)
    return _done(request, someone)


@require_POST
@for_moderators
def unban(request: HttpRequest, user_id: int) -> HttpResponse:
    someone = _person(user_id)
    acts.unban(me(request), someone)
    return _done(request, someone)


@require_POST
@for_moderators
def remove_second_factors(request: HttpRequest, user_id: int) -> HttpResponse:
    someone = _person(user_id)
    acts.remove_second_factors(me(request), someone)
    return _done(request, someone)


@require_POST
@never_cache
@for_moderators
def reset_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """A link for a new password: shown in the answer and never again."""
    someone = _person(user_id)
    return _page(request, someone, link=acts.reset_link(me(request), someone))


def _person(user_id: int) -> User:
    """Somebody with an account; who only asks for one is decided about elsewhere."""
    return get_object_or_404(User.objects.select_related("profile"), pk=user_id, join_request=None)


def _done(request: HttpRequest, someone: User) -> HttpResponse:
    messages.success(request, _("Done."))
    return redirect("person", someone.pk)


def _page(request: HttpRequest, someone: User, link: str | None = None, **refused: Form) -> HttpResponse:
    user = me(request)
    context = {
        "person": someone,
        "role": acts.role_name(someone),
        "paused": someone.is_active and hasattr(someone, "profile") and someone.profile.is_paused,
        "may_act": acts.may_act(user, someone),
        "may_operate": is_operator(user) and acts.may_act(user, someone),
        "link": link,
        "role_form": RoleForm(by=user, initial={"role": acts.role_of(someone)}),
        "pause_form": PauseForm(prefix="pause"),
        "ban_form": ReasonForm(prefix="ban"),
        **refused,
    }
    return render(request, "people/person.html", context, status=UNPROCESSABLE if refused else 200)
