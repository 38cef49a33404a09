"""The ledger for operators: who waits for what, and who works. What people wrote and uploaded does not show here."""

import json
from collections.abc import Callable
from typing import TypeVar

from django.contrib import admin, messages
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.keyed_admin import KeyedByPersonAdmin

from . import ledger, limits, policy, queries
from .catalogue import Text, models
from .models import Generation, ReferenceImage, Share, Worker
from .wording import translated

Row = TypeVar("Row", bound=Model)


class ReadOnly(admin.ModelAdmin):
    """Shows and deletes; nothing is typed in here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Row], change: Callable[[Row], bool], outcome: str | Promise
    ) -> None:
        """Apply one of the ledger's changes to each, write the log, and tell how many it took place for."""
        rows = list(chosen)
        done = [row for row in rows if change(row)]
        for row in done:
            self.log_change(request, row, str(outcome))
        level = messages.SUCCESS if len(done) == len(rows) else messages.WARNING
        counts = {"outcome": outcome, "done": len(done), "chosen": len(rows)}
        self.message_user(request, gettext("%(outcome)s: %(done)d of %(chosen)d.") % counts, level)


@admin.register(Generation)
class GenerationAdmin(ReadOnly):
    list_display = ("id", "state", "owner", "model", "mode", "progress", "attempt", "worker", "created_at")
    list_filter = ("state", "model", "mode", "created_at", ("worker", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("owner", "worker")
    search_fields = ("=id", "=owner__username")
    search_help_text = _("The id or the owner's name.")
    date_hierarchy = "created_at"
    actions = ("cancel", "retry", "move_to_front")
    fieldsets = (
        (None, {"fields": ("id", "owner", "state", "progress", "error")}),
        (_("What was asked"), {"fields": ("model", "mode", "asked", "remixed_from", "rerun_of")}),
        (_("Work"), {"fields": ("worker", "attempt", "crashes", "lease_until", "estimated_seconds")}),
        (_("Times"), {"fields": ("created_at", "started_at", "finished_at")}),
    )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """What cancel and retry ask for. Their own right, because nobody may change a row by hand."""
        return request.user.has_perm("generation.change_generation")

    @admin.display(description=_("progress"), ordering="fraction")
    def progress(self, generation: Generation) -> str:
        percent = f"{generation.fraction:.0%}"
        stage = translated(generation.stage)
        return f"{percent} · {stage} {generation.step}/{generation.steps}" if stage else percent

    @admin.display(description=_("parameters without texts"))
    def asked(self, generation: Generation) -> SafeString:
        texts = {p.id for model in models().values() for p in model.parameters if isinstance(p, Text)}
        shown = {name: value for name, value in generation.parameters.items() if name not in texts}
        return format_html("<pre>{}</pre>", json.dumps(shown, indent=2, ensure_ascii=False))

    @admin.action(description=_("Cancel"), permissions=["operate"])
    def cancel(self, request: HttpRequest, generations: QuerySet[Generation]) -> None:
        self._each(request, generations, ledger.cancel, _("Cancelled"))

    @admin.action(description=_("Retry"), permissions=["operate"])
    def retry(self, request: HttpRequest, generations: QuerySet[Generation]) -> None:
        self._each(request, generations, _queued_again, _("Queued again"))

    @admin.action(description=_("Move to the front"), permissions=["operate"])
    def move_to_front(self, request: HttpRequest, generations: QuerySet[Generation]) -> None:
        self._each(request, generations, ledger.move_to_front, _("Moved to the front"))


def _queued_again(generation: Generation) -> bool:
    """Not what the policy refuses: an operator is bound by that as everybody is."""
    try:
        return ledger.retry(generation, by_operator=True)
    except policy.Refused:
        return False


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("name", "alive", "draining", "seen_at", "device", "warm", "hostname", "pid", "started_at")
    fields = (*list_display, "capabilities", "readings")
    actions = ("drain", "undrain")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_worker")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        alive = Exists(queries.live_workers().filter(pk=OuterRef("pk")))
        return super().get_queryset(request).annotate(alive=alive)

    @admin.display(description=_("alive"), boolean=True, ordering="alive")
    def alive(self, worker: Worker) -> bool:
        return bool(worker.alive)  # type: ignore[attr-defined]

    @admin.display(description=_("warm models"))
    def warm(self, worker: Worker) -> str:
        return ", ".join(worker.warm_models)

    @admin.action(description=_("Drain: finish what runs, take nothing more"), permissions=["operate"])
    def drain(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        self._each(request, workers, ledger.drain, _("Draining"))

    @admin.action(description=_("Let it take work again"), permissions=["operate"])
    def undrain(self, request: HttpRequest, workers: QuerySet[Worker]) -> None:
        self._each(request, workers, ledger.undrain, _("Takes work again"))


@admin.register(Share)
class ShareAdmin(KeyedByPersonAdmin):
    """What a person may have, beside what the site gives to all."""

    list_display = ("owner", "weight", "max_running", "max_queued", "seconds_a_day")
    list_select_related = ("owner",)
    search_fields = ("=owner__username",)
    search_help_text = _("The owner's name.")
    autocomplete_fields = ("owner",)
    fields = ("owner", "weight", "max_running", "max_queued", "seconds_a_day", "used_today")

    def get_readonly_fields(self, request: HttpRequest, obj: Share | None = None) -> tuple[str, ...]:
        return ("owner", "used_today") if obj else ("used_today",)

    @admin.display(description=_("GPU seconds, last 24 hours"))
    def used_today(self, share: Share) -> int:
        return round(limits.used_today(share.pk)) if share.pk else 0


@admin.register(ReferenceImage)
class ReferenceImageAdmin(ReadOnly):
    list_display = ("short", "owner", "width", "height", "created_at")
    list_select_related = ("owner",)
    search_fields = ("=sha256", "=owner__username")
    search_help_text = _("A SHA-256 or the owner's name.")
    date_hierarchy = "created_at"
    fields = ("sha256", "owner", "width", "height", "created_at")

    @admin.display(description="SHA-256", ordering="sha256")
    def short(self, reference: ReferenceImage) -> str:
        return str(reference)
