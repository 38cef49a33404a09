"""The operator's page in the admin: how the site does, and who uses what. Nothing here tells what people asked for."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from .. import plots, queries, statistics
from ..models import Generation, State, Worker
from ..promises import Calibration, calibration
from ..statistics import Bucket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUANTILES = (0.5, 0.9)


@dataclass(frozen=True)
class Span:
    """A window of time and its buckets. `label` formats the start of one, as Django's date filter does."""

    id: str
    name: Any
    width: timedelta
    count: int
    label: str

    @property
    def length(self) -> timedelta:
        return self.width * self.count

    def until(self) -> datetime:
        """The end of the bucket that is not over yet: on the full hour, or counted from local midnight."""
        now = timezone.localtime()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + self.width * ((now - midnight) // self.width + 1)


SPANS = {
    "day": Span("day", gettext_lazy("Last 24 hours"), HOUR, 24, "H:i"),
    "week": Span("week", gettext_lazy("Last 7 days"), 6 * HOUR, 28, "D"),
}


@dataclass(frozen=True)
class Chart:
    """A plot with its title and the names of its series. `id` names its colours."""

    id: str
    title: str
    plot: plots.Plot
    series: Sequence[str]


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """For staff who may see generations."""
    if not request.user.has_perm("generation.view_generation"):
        raise PermissionDenied
    span = SPANS.get(request.GET.get("span", ""), SPANS["day"])
    until = span.until()
    since = until - span.length
    buckets = statistics.buckets(until, span.width, span.count)
    context = {
        **admin.site.each_context(request),
        "title": _("Operations"),
        "span": span,
        "spans": SPANS.values(),
        "now": _now(buckets),
        "charts": [_throughput(buckets, span), _waits(buckets, span), _errors(buckets, span)],
        "waiting": _by_model(),
        "workers": _workers(),
        "people": statistics.use(),
        "failures": statistics.failures(since).most_common(),
        "calibration": [_percents(row) for row in calibration(span.length / DAY)],
    }
    return TemplateResponse(request, "admin/operations.html", context)


def _now(buckets: Sequence[Bucket]) -> dict[str, Any]:
    disk = shutil.disk_usage(settings.MEDIAGEN_HOME)
    ended = sum(bucket.states.total() for bucket in buckets)
    failed = sum(bucket.states[State.FAILED] for bucket in buckets)
    return {
        **queries.health(),
        "paused": queries.is_paused(),
        "oldest": statistics.oldest_wait(),
        "ended": ended,
        "failed_percent": 100 * failed / ended if ended else 0.0,
        "disk_free": disk.free,
        "disk_percent": 100 * disk.free / disk.total,
    }


def _throughput(buckets: Sequence[Bucket], span: Span) -> Chart:
    states = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
    rows = [[bucket.states[state] for state in states] for bucket in buckets]
    names = [str(state.label) for state in states]
    return Chart("ended", _("Ended"), _plot(rows, buckets, span, names), names)


def _waits(buckets: Sequence[Bucket], span: Span) -> Chart:
    """The median, and on top of it what nine of ten waited longer than that."""
    found = [[statistics.quantile(bucket.waits, share) for share in QUANTILES] for bucket in buckets]
    seconds, unit = _unit(max(high for _half, high in found))
    rows = [[half / seconds, (high - half) / seconds] for half, high in found]
    names = [_("half waited at most"), _("nine of ten waited at most")]
    told = [[round(half / seconds, 1), round(high / seconds, 1)] for half, high in found]
    return Chart("waited", _("Waited, %(unit)s") % {"unit": unit}, _plot(rows, buckets, span, names, told), names)


def _errors(buckets: Sequence[Bucket], span: Span) -> Chart:
    names = [str(State.FAILED.label)]
    return Chart("failed", _("Failed"), _plot([[b.states[State.FAILED]] for b in buckets], buckets, span, names), names)


def _unit(longest: float) -> tuple[float, str]:
    """Seconds of the unit in which the longest wait is a short number, and its name."""
    if longest >= 3 * 3600:
        return 3600, _("h")
    return (60, _("min")) if longest >= 180 else (1, _("s"))


def _plot(
    rows: Sequence[Sequence[float]],
    buckets: Sequence[Bucket],
    span: Span,
    names: Sequence[str],
    told: Sequence[Sequence[float]] | None = None,
) -> plots.Plot:
    """`told` are the values that are read out, where they are not the lengths of the bars."""
    starts = [timezone.localtime(bucket.start) for bucket in buckets]
    says = [
        f"{date_format(start, 'D H:i')} · "
        + ", ".join(f"{name}: {value:g}" for name, value in zip(names, row, strict=True))
        for start, row in zip(starts, told or rows, strict=True)
    ]
    return plots.stacked(rows, [date_format(start, span.label) for start in starts], says)


def _percents(row: Calibration) -> dict[str, Any]:
    return {
        "model": row.model,
        "count": row.count,
        "before_low": 100 * row.before_low,
        "before_high": 100 * row.before_high,
        "median_error": 100 * row.median_error,
    }


def _by_model() -> list[dict[str, Any]]:
    """How many of each model wait and run now."""
    counts = statistics.active()
    found = sorted({kind.model for kind in counts})
    return [
        {
            "model": model,
            "queued": counts.get(statistics.Kind(State.QUEUED, model), 0),
            "running": counts.get(statistics.Kind(State.RUNNING, model), 0),
        }
        for model in found
    ]


def _workers() -> list[dict[str, Any]]:
    alive = set(queries.live_workers().values_list("pk", flat=True))
    running = Generation.objects.filter(state=State.RUNNING, worker__isnull=False)
    busy = set(running.values_list("worker_id", flat=True))
    return [
        _worker(row, row.pk in alive, row.pk in busy) for row in Worker.objects.order_by("hostname", "device", "name")
    ]


def _worker(row: Worker, alive: bool, busy: bool) -> dict[str, Any]:
    cache = row.readings.get("prompt_cache", {})
    asked = cache.get("hits", 0) + cache.get("misses", 0)
    return {
        "row": row,
        "state": _state(row, alive, busy),
        "memory": row.capabilities.get("memory_bytes"),
        "steps": sorted(row.readings.get("step_seconds", {}).items()),
        "hit_percent": 100 * cache["hits"] / asked if asked else None,
    }


def _state(row: Worker, alive: bool, busy: bool) -> tuple[str, str]:
    """Its id for the style sheet, and its name."""
    if not alive:
        return "silent", _("silent")
    if row.draining:
        return "draining", _("draining")
    return ("working", _("working")) if busy else ("ready", _("ready"))
