"""What the ledger tells of the last hours, for operators and for Prometheus.

Every query is bounded by what waits, by a window of time (the index `generation_finished`) or by a number of rows: they
cost the same however much was made before.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.utils import timezone

from gallery.models import Output

from .models import ACTIVE_STATES, Generation, State

SAMPLE = 2000
SAMPLE_OF_BUCKET = 200
MOST_PEOPLE = 20
MOST_REASONS = 50
WAITED, RAN = F("started_at") - F("created_at"), F("finished_at") - F("started_at")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Kind(NamedTuple):
    state: str
    model: str


@dataclass
class Paces:
    """Seconds that generations waited to start, and ran."""

    waits: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Use:
    """What one person had of the machines."""

    name: str
    weight: float
    today: float
    week: float


@dataclass(frozen=True)
class Bucket:
    """What ended from `start` to the start of the next bucket."""

    start: datetime
    states: Counter[str]
    waits: list[float]


def active() -> dict[Kind, int]:
    """How many wait and run, by model: state by state, for each has an index of its own."""
    found: dict[Kind, int] = {}
    for state in ACTIVE_STATES:
        rows = Generation.objects.filter(state=state).order_by().values_list("model")
        found |= {Kind(state, model): count for model, count in rows.annotate(Count("pk"))}
    return found


def oldest_wait() -> float:
    """Seconds that the oldest queued generation has waited; 0 where none waits."""
    since = Generation.objects.filter(state=State.QUEUED).aggregate(since=Min("created_at"))["since"]
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0


def ended(since: datetime) -> dict[Kind, int]:
    """How many came to each end, by model."""
    rows = _ended(since).order_by().values_list("state", "model")
    return {Kind(state, model): count for state, model, count in rows.annotate(Count("pk"))}


def gpu_seconds(since: datetime) -> dict[str, float]:
    """GPU seconds of what ended, by model."""
    rows = _ended(since).order_by().values_list("model")
    return dict(rows.annotate(Sum("gpu_seconds")))


def outputs(since: datetime) -> dict[str, int]:
    """How many files were made by what ended, by model."""
    rows = Output.objects.filter(generation__finished_at__gte=since).order_by().values_list("model")
    return dict(rows.annotate(Count("pk")))


def unrated() -> dict[str, int]:
    """Outputs without a rating: those that wait for their first, and those whose files could not be read yet."""
    failing = Q(rating_tries__gt=1)
    counts = Output.objects.filter(rating="").aggregate(
        waiting=Count("pk", filter=~failing), failing=Count("pk", filter=failing)
    )
    return dict(counts)


def failures(since: datetime) -> Counter[str]:
    """How often each reason was given, the most frequent first: its sentence, in which every number reads N."""
    failed = _ended(since).filter(state=State.FAILED).order_by().values_list("error")
    reasons: Counter[str] = Counter()
    for error, count in failed.annotate(count=Count("pk")).order_by("-count")[:MOST_REASONS]:
        reasons[NUMBER.sub("N", error.partition("\n")[0])] += count
    return Counter(dict(reasons.most_common()))


def paces(since: datetime) -> dict[str, Paces]:
    """How long the latest successes waited and ran, by model, of SAMPLE at most."""
    found: defaultdict[str, Paces] = defaultdict(Paces)
    for model, waited, ran in _ran(since).values_list("model", WAITED, RAN)[:SAMPLE]:
        found[model].waits.append(waited.total_seconds())
        found[model].runs.append(ran.total_seconds())
    return dict(found)


def buckets(until: datetime, width: timedelta, count: int) -> list[Bucket]:
    """The last `count` spans of time, the oldest first, each with the waits of its latest SAMPLE_OF_BUCKET."""
    starts = [until - width * number for number in range(count, 0, -1)]
    return [_bucket(start, start + width) for start in starts]


def use() -> list[Use]:
    """GPU seconds by person, of what ended today and in the last seven days; those who used most first."""
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    people = (
        _ended(now - timedelta(days=7))
        .order_by()
        .values_list("owner__username", "owner__share__weight")
        .annotate(
            today=Sum("gpu_seconds", filter=Q(finished_at__gte=midnight), default=0.0),
            week=Sum("gpu_seconds", default=0.0),
        )
        .order_by("-week", "owner__username")[:MOST_PEOPLE]
    )
    return [Use(name, 1.0 if weight is None else weight, today, week) for name, weight, today, week in people]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed (nearest rank); 0 of none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def _bucket(start: datetime, end: datetime) -> Bucket:
    within = _ended(start).filter(finished_at__lt=end)
    states = within.order_by().values_list("state").annotate(Count("pk"))
    waits = _ran(start).filter(finished_at__lt=end).values_list(WAITED, flat=True)[:SAMPLE_OF_BUCKET]
    return Bucket(start, Counter(dict(states)), [waited.total_seconds() for waited in waits])


def _ended(since: datetime) -> QuerySet[Generation]:
    return Generation.objects.filter(finished_at__gte=since)


def _ran(since: datetime) -> QuerySet[Generation]:
    """The successes, the newest first."""
    return _ended(since).filter(state=State.SUCCEEDED, started_at__isnull=False).order_by("-finished_at")
