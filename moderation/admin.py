"""For operators: the phrases of this site, and what was refused."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .models import Refusal, Term


@admin.register(Term)
class TermAdmin(admin.ModelAdmin):
    list_display = ("phrase", "does", "note")
    list_filter = ("does",)
    search_fields = ("phrase", "note")


@admin.register(Refusal)
class RefusalAdmin(admin.ModelAdmin):
    """Read, never written: events are what they were."""

    list_display = ("at", "person", "rule", "where", "for_review")
    list_filter = ("for_review", "rule", "where", "at")
    list_select_related = ("person",)
    search_fields = ("=person__username",)
    search_help_text = _("The person's name.")
    date_hierarchy = "at"
    fields = ("at", "person", "rule", "where", "for_review", "asked", "led_to_it", "texts_sha256")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("texts"))
    def asked(self, refusal: Refusal) -> SafeString:
        return _pre(refusal.texts)

    @admin.display(description=_("words"))
    def led_to_it(self, refusal: Refusal) -> SafeString:
        return _pre(refusal.words)


def _pre(value: object) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
