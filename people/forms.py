"""What people send about themselves, and moderators about others."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from . import joining
from .acts import OPERATOR
from .joining import Joining
from .models import Role
from .standing import is_operator

WORDS_LIMIT = 500
LONGEST_PAUSE_DAYS = 3650


class JoinForm(SignupForm):
    """allauth's sign-up; who asks to join says a few words."""

    words = forms.CharField(
        label=_("A few words about yourself"),
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who you are, and who knows you here. Moderators read it when they decide."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if joining.way(context.request) != Joining.REQUEST:
            del self.fields["words"]


class PasskeyForm(AddWebAuthnForm):
    """allauth's, for what people look for here: a key that signs in without the password."""

    name = forms.CharField(label=_("Name"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=100)


class InvitationForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)
    uses = forms.IntegerField(label=_("How many people may use it"), min_value=1, max_value=100, initial=1)
    days = forms.IntegerField(label=_("Days until it expires"), min_value=1, max_value=90, initial=7)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_operator(by):
            self.fields["role"].choices = [(Role.MEMBER, Role.MEMBER.label)]  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """Operators are made by superusers alone: they get every right."""

    role = forms.ChoiceField(label=_("Role"), choices=[*Role.choices, (OPERATOR, _("operator"))])

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by.is_superuser:
            self.fields["role"].choices = Role.choices  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=WORDS_LIMIT, widget=forms.Textarea(attrs={"rows": 2}))


class PauseForm(ReasonForm):
    field_order = ["days", "reason"]
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=LONGEST_PAUSE_DAYS, initial=7)

    @property
    def duration(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class MatureForm(forms.Form):
    """Asked of who has not said so yet: without it there is no choice."""

    adult = forms.BooleanField(
        label=_("I am an adult where I live, and may look at adult content there."),
        error_messages={"required": _("Confirm that you are an adult, or leave this as it is.")},
    )


class LeaveForm(forms.Form):
    """Typed by hand, so that nobody leaves by a slip."""

    username = forms.CharField(label=_("Your username, to confirm"), max_length=150)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"])
        if typed != self.user.get_username():
            raise forms.ValidationError(_("That is not your username."), code="mismatch")
        return typed
