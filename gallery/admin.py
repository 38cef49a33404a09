"""Outputs for operators: facts and sizes. Pictures and prompts are their owners' own and do not show here."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.keyed_admin import KeyedByPersonAdmin

from . import room, sizes
from .models import Allowance, Collection, Output

WORDS = {"prompt", "negative_prompt", "request", "brought_in"}
"""What a receipt tells of what was asked for."""


@admin.register(Output)
class OutputAdmin(admin.ModelAdmin):
    """Read-only but for deletion, which takes the files along (gallery.services)."""

    list_display = ("id", "owner", "type", "model", "mode", "size", "weight", "seconds", "demo", "created_at")
    list_filter = ("type", "model", "mode", "format", "demo", "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "=sha256", "=pixel_sha256", "=owner__username")
    search_help_text = _("The id, a SHA-256 or the owner's name.")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("id", "owner", "generation", "variant", "created_at", "demo")}),
        (_("What it is"), {"fields": ("type", "model", "mode", "size", "seed")}),
        (_("File"), {"fields": ("stored_as", "format", "weight", "sha256", "pixel_sha256")}),
        (_("How it was made"), {"fields": ("seconds", "made_by")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Output | None = None) -> bool:
        return False

    @admin.display(description=_("size"))
    def size(self, output: Output) -> str:
        size = f"{output.width} × {output.height}"
        return f"{size} · {output.frames} / {output.fps} fps" if output.is_video else size

    @admin.display(description=_("bytes"), ordering="bytes")
    def weight(self, output: Output) -> str:
        return filesizeformat(output.bytes)

    @admin.display(description=_("file"))
    def stored_as(self, output: Output) -> str:
        return str(output.file.name)

    @admin.display(description=_("receipt"))
    def made_by(self, output: Output) -> SafeString:
        facts = {name: value for name, value in output.receipt.items() if name not in WORDS}
        return format_html("<pre>{}</pre>", json.dumps(facts, indent=2, ensure_ascii=False))


class AllowanceForm(forms.ModelForm[Allowance]):
    size = forms.CharField(label=_("size"), help_text=_("Such as 20GB or 500MB. 0 is no limit."))

    class Meta:
        model = Allowance
        fields = ("person",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["size"] = str(self.instance.bytes)

    def clean_size(self) -> int:
        try:
            return sizes.read(self.cleaned_data["size"])
        except ValueError:
            raise forms.ValidationError(gettext("Use a size such as 20GB or 500MB.")) from None

    def save(self, commit: bool = True) -> Allowance:
        self.instance.bytes = self.cleaned_data["size"]
        return super().save(commit)


@admin.register(Allowance)
class AllowanceAdmin(KeyedByPersonAdmin):
    """How much room a person's files may take, in the place of what the site gives everybody."""

    form = AllowanceForm
    list_display = ("person", "may_take", "takes")
    list_select_related = ("person",)
    search_fields = ("=person__username",)
    search_help_text = _("The owner's name.")
    autocomplete_fields = ("person",)
    fields = ("person", "size", "takes")

    def get_readonly_fields(self, request: HttpRequest, obj: Allowance | None = None) -> tuple[str, ...]:
        return ("person", "takes") if obj else ("takes",)

    @admin.display(description=_("size"), ordering="bytes")
    def may_take(self, allowance: Allowance) -> str:
        return filesizeformat(allowance.bytes) if allowance.bytes else gettext("no limit")

    @admin.display(description=_("takes now"))
    def takes(self, allowance: Allowance) -> str:
        return filesizeformat(room.of(allowance.person).used) if allowance.pk else ""


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    """Whom collections are shown to, and how much is in them. What people call them does not show here."""

    list_display = ("id", "owner", "visibility", "count", "created_at")
    list_filter = ("visibility", "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "=owner__username")
    search_help_text = _("The id or the owner's name.")
    show_full_result_count = False
    fields = ("id", "owner", "visibility", "count", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Collection | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        return super().get_queryset(request).annotate(holds=Count("items"))

    @admin.display(description=_("chosen for it"))
    def count(self, collection: Collection) -> int:
        return int(getattr(collection, "holds", 0))
