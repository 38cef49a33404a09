"""People for operators who prefer the admin panel. What is done here is announced as it is on the people page."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import joining
from .keyed_admin import KeyedByPersonAdmin
from .models import Invitation, JoinRequest, Profile


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Profile)
class ProfileAdmin(KeyedByPersonAdmin, ReadOnly):
    """Roles and pauses are set on the people page, which tells the person and the log."""

    list_display = ("user", "role", "paused_until", "adult_confirmed_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("made_by", "role", "uses_left", "expires_at", "created_at")
    list_select_related = ("made_by",)
    fields = list_display


@admin.register(JoinRequest)
class JoinRequestAdmin(KeyedByPersonAdmin, ReadOnly):
    list_display = ("user", "words", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    actions = ("approve", "decline")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("people.change_joinrequest")

    @admin.action(description=_("Approve"), permissions=["decide"])
    def approve(self, request: HttpRequest, asked: QuerySet[JoinRequest]) -> None:
        self._each(request, asked, joining.approve)

    @admin.action(description=_("Decline"), permissions=["decide"])
    def decline(self, request: HttpRequest, asked: QuerySet[JoinRequest]) -> None:
        self._each(request, asked, joining.decline)

    def _each(
        self, request: HttpRequest, asked: QuerySet[JoinRequest], decide: Callable[[User, JoinRequest], bool]
    ) -> None:
        assert isinstance(request.user, User)
        done = sum(decide(request.user, row) for row in asked)
        messages.success(request, gettext("%(count)d decided.") % {"count": done})
