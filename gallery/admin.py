"""Outputs for operators: facts and sizes. Pictures and prompts are their owners' own and do not show here."""

import json

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .models import Output


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
        return format_html("<pre>{}</pre>", json.dumps(output.receipt, indent=2, ensure_ascii=False))
