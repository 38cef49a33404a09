"""What django-allauth asks of us: who may sign up, and what becomes of them."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.models import User
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import redirect

from . import joining
from .joining import Joining


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return joining.way(request) != Joining.CLOSED

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Keep who signs up in the way that is open to them: invited, asking, or free to come."""
        way = joining.way(request)
        user.is_active = way != Joining.REQUEST
        try:
            with transaction.atomic():
                user = super().save_user(request, user, form, commit)
                if way == Joining.INVITATION:
                    joining.redeem(request, user)
                elif way == Joining.REQUEST:
                    joining.ask(user, form.cleaned_data["words"])
        except joining.NotInvited:
            raise ImmediateHttpResponse(redirect("account_signup")) from None
        return user
