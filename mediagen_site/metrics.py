"""`/metrics` for Prometheus, read from the database at each scrape.

So every web server gives the same answer, about all workers, and nothing is lost when one starts anew. What ended is
told as gauges over the last hour: rows can be deleted, and counting all that ever was would cost more each month.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from generation import __version__, queries, statistics
from generation.models import QueueControl, Worker

WINDOW = timedelta(hours=1)
QUANTILES = (0.5, 0.9, 0.99)
MOST_REASONS = 10
PREFIX = "mediagen_"


@require_safe
@login_not_required
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For a scraper that knows the token, or staff who may see generations. 401 and 403 tell the others why not."""
    if not (_knows_token(request) or request.user.has_perm("generation.view_generation")):
        if request.user.is_authenticated:
            return HttpResponse("For operators.\n", status=403, content_type="text/plain")
        return HttpResponse("A bearer token, please.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Ledger())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _knows_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    token = settings.MEDIAGEN_METRICS_TOKEN
    return token is not None and scheme.lower() == "bearer" and constant_time_compare(given.strip(), token)


class Ledger(Collector):
    """What the database knows of queue, work and workers."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("build_info", "The version that answers.", ("version",), {(__version__,): 1})
        yield from _queue()
        yield from _last_hour()
        yield from _workers(list(Worker.objects.order_by("name")))
        yield from _disk()


def _queue() -> Iterator[Metric]:
    yield _gauge("generations_active", "Generations that wait or run.", ("state", "model"), statistics.active())
    yield _gauge("queue_oldest_wait_seconds", "How long the oldest has waited.", (), {(): statistics.oldest_wait()})
    paused = QueueControl.objects.filter(paused_at__isnull=False).exists()
    yield _gauge("queue_paused", "1 while an operator holds the queue.", (), {(): paused})


def _last_hour() -> Iterator[Metric]:
    since = timezone.now() - WINDOW
    ended, spent = statistics.ended(since), statistics.gpu_seconds(since)
    yield _gauge("generations_ended", "Generations that ended within an hour.", ("state", "model"), ended)
    yield _gauge("gpu_seconds", "GPU seconds of what ended within an hour.", ("model",), _by_one(spent))
    yield _gauge("outputs", "Files made within an hour.", ("model",), _by_one(statistics.outputs(since)))
    unrated = _by_one(statistics.unrated())
    yield _gauge("outputs_unrated", "Files without a rating; failing ones could not be read.", ("state",), unrated)
    reasons = dict(statistics.failures(since).most_common(MOST_REASONS))
    yield _gauge("failures", "Failures within an hour; N stands for any number.", ("reason",), _by_one(reasons))
    paces = statistics.paces(since)
    waits = {model: pace.waits for model, pace in paces.items()}
    runs = {model: pace.runs for model, pace in paces.items()}
    yield _summary("wait_seconds", "From submit to start, of successes within an hour.", waits)
    yield _summary("run_seconds", "From start to end, of successes within an hour.", runs)


def _workers(rows: list[Worker]) -> Iterator[Metric]:
    """`readings` and `capabilities` are what the heart of each wrote (generation.worker); who has not is left out."""
    alive = set(queries.live_workers().values_list("pk", flat=True))
    about = {(row.name, row.hostname, row.device): 1 for row in rows}
    yield _gauge("worker_info", "Workers by name.", ("worker", "host", "device"), about)
    yield _gauge("worker_up", "1 while its heart beats.", ("worker",), {(row.name,): row.name in alive for row in rows})
    draining = {(row.name,): row.draining for row in rows}
    yield _gauge("worker_draining", "1 while it takes nothing new.", ("worker",), draining)
    warm = {(row.name, model): 1 for row in rows for model in row.warm_models}
    yield _gauge("worker_model_warm", "Models in its memory.", ("worker", "model"), warm)
    steps = {(row.name, m): s for row in rows for m, s in row.readings.get("step_seconds", {}).items()}
    yield _gauge("step_seconds", "A denoising step, averaged over the latest.", ("worker", "model"), steps)

    def told(family: type[Metric], name: str, text: str, *path: str) -> Metric:
        values = {(row.name,): value for row in rows if (value := _reading(row.readings, path)) is not None}
        return _family(family, name, text, ("worker",), values)

    gauge, counter = GaugeMetricFamily, CounterMetricFamily
    yield told(
        gauge, "worker_memory_used_bytes", "Of tensors on its GPU; of the process on a CPU.", "memory_used_bytes"
    )
    yield told(gauge, "worker_memory_peak_bytes", "The most in its latest run; on a CPU since its start.", "peak_bytes")
    yield told(counter, "model_loads", "Models loaded since its start.", "loads")
    yield told(counter, "prompt_cache_hits", "Prompts that needed no encoding.", "prompt_cache", "hits")
    yield told(counter, "prompt_cache_misses", "Prompts that were encoded.", "prompt_cache", "misses")
    yield told(gauge, "prompt_cache_bytes", "What the kept prompts take.", "prompt_cache", "bytes")
    sizes = {(row.name,): size for row in rows if (size := row.capabilities.get("memory_bytes")) is not None}
    yield _gauge("worker_memory_bytes", "All the memory of its device.", ("worker",), sizes)


def _disk() -> Iterator[Metric]:
    usage = shutil.disk_usage(settings.MEDIAGEN_HOME)
    yield _gauge("disk_free_bytes", "Free where this web server keeps its state.", (), {(): usage.free})
    yield _gauge("disk_bytes", "The size of that disk.", (), {(): usage.total})


def _reading(readings: Mapping[str, Any], path: Iterable[str]) -> float | None:
    found: Any = readings
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _by_one(values: Mapping[str, float]) -> dict[tuple[str], float]:
    return {(key,): value for key, value in values.items()}


def _summary(name: str, text: str, seconds_by_model: Mapping[str, list[float]]) -> Metric:
    """Quantiles by model. Without a sum and a count, which in a window that moves would say nothing."""
    metric = Metric(PREFIX + name, text, "summary")
    for model, seconds in seconds_by_model.items():
        for share in QUANTILES:
            labels = {"model": model, "quantile": str(share)}
            metric.add_sample(metric.name, labels, statistics.quantile(seconds, share))
    return metric


def _gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    return _family(GaugeMetricFamily, name, text, labels, values)


def _family(family: Any, name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    metric: Metric = family(PREFIX + name, text, labels=labels)
    for key, value in values.items():
        metric.add_metric(list(key), float(value))  # type: ignore[attr-defined]
    return metric
