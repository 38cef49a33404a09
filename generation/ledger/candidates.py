"""What the policy is shown: a worker, and the waiting generations that may be next."""

from collections import Counter
from datetime import datetime
from itertools import chain
from math import ceil
from typing import Any

from django.db.models import DateTimeField, F, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from ..catalogue import models as catalogue
from ..limits import at_limit
from ..models import Generation, State, Turn, Worker
from ..scheduling import Candidate, Hand
from . import accounting

HEADS = 8
"""Of each model, the next generations of so many of the least served are looked at."""

_NO_LORAS = "\n"
"""No request has this: SQL has no empty lists."""

# In SQL, for the claim is asked often: Django takes ten times as long to write this as a database to answer it.
# Who was served waits from then on.
_COLUMNS = """
    generation.id, generation.owner_id, generation.model, generation.loras, generation.estimated_seconds,
    generation.urgent,
    generation.place, share.virtual_seconds, share.weight,
    CASE WHEN turn.served_at > generation.created_at THEN turn.served_at ELSE generation.created_at END AS created_at
"""
_FIRST = """
    SELECT id FROM generation_generation
    WHERE state = 'queued' AND owner_id = turn.owner_id AND model = turn.model AND loras = turn.loras
    ORDER BY place, id LIMIT 1
"""
_LEAST_SERVED = f"""
    SELECT {_COLUMNS}
    FROM (
        SELECT turn.owner_id, turn.served_at, ({_FIRST}) AS first
        FROM generation_turn AS turn
        WHERE turn.model = %s AND turn.loras NOT IN (%s) AND turn.owner_id NOT IN (%s) AND ({_FIRST}) IS NOT NULL
        ORDER BY turn.virtual_seconds, turn.id LIMIT {HEADS}
    ) AS turn
    JOIN generation_generation AS generation ON generation.id = turn.first
    JOIN generation_share AS share ON share.owner_id = turn.owner_id
"""  # noqa: S608 - nothing that people write is in it
_URGENT = f"""
    SELECT {_COLUMNS}
    FROM (
        SELECT id FROM generation_generation
        WHERE state = 'queued' AND urgent AND model IN (%s) AND (model, loras) NOT IN (VALUES %s)
            AND owner_id NOT IN (%s)
        ORDER BY place, id LIMIT {HEADS}
    ) AS urgent
    JOIN generation_generation AS generation ON generation.id = urgent.id
    JOIN generation_share AS share ON share.owner_id = generation.owner_id
    JOIN generation_turn AS turn ON turn.owner_id = generation.owner_id AND turn.model = generation.model
        AND turn.loras = generation.loras
"""  # noqa: S608


def hand(worker: Worker) -> Hand:
    """The worker as the policy sees it."""
    return Hand(
        name=worker.name,
        warm=frozenset(worker.warm_models),
        models=worker.able,
        loaded_at=worker.loaded_at.timestamp() if worker.loaded_at else 0.0,
        loras=worker.loras,
    )


def heads(asking: Hand) -> list[Candidate]:
    """A few of each model that the worker can run, by one query that searches indices alone, however many wait.

    By three, where the first finds something that wants LoRAs which this worker has not.
    """
    found = _heads(asking, [])
    runnable = [candidate for candidate in found if asking.can_run(candidate.model, candidate.loras)]
    if len(runnable) < len(found):
        found = _heads(asking, _beyond(asking))
        runnable = [candidate for candidate in found if asking.can_run(candidate.model, candidate.loras)]
    return runnable


def _heads(asking: Hand, beyond: list[tuple[str, str]]) -> list[Candidate]:
    able = [model for model in catalogue() if asking.can_run(model)]
    if not able:
        return []
    full = list(at_limit()) or [0]  # nobody's id: SQL has no empty lists
    pairs = beyond or [("", _NO_LORAS)]
    parts = [_URGENT % (_marks(able), ", ".join(["(%s, %s)"] * len(pairs)), _marks(full))]
    given = [*able, *chain.from_iterable(pairs), *full]
    for model in able:
        lacking = [loras for of, loras in beyond if of == model] or [_NO_LORAS]
        parts.append(_LEAST_SERVED % ("%s", _marks(lacking), _marks(full)))
        given += [model, *lacking, *full]
    return [_candidate(row, row.created_at) for row in Generation.objects.raw(" UNION ALL ".join(parts), given)]


def _beyond(asking: Hand) -> list[tuple[str, str]]:
    """The LoRAs, with their models, that something waits for and this worker has not."""
    asked = Turn.objects.exclude(loras="").values_list("model", "loras").distinct()
    return [(model, loras) for model, loras in asked if not asking.can_run(model, _names(loras))]


def waiting(limit: int = 200) -> list[Candidate]:
    """So many of the next in line, for forecasts: what is urgent, and of everybody's turns equally many.

    Of all that waits, where that is less.
    """
    least = Turn.objects.order_by("virtual_seconds", "id")[:limit]
    if not least:
        return []
    urgent = _described(_queued().filter(urgent=True).order_by("place", "id")[:limit])
    depth = ceil(limit / max(1, len(least)))
    while True:
        found = _by_turns(_candidates(_first_of(least, depth)))
        if len(found) >= limit or not found or found[-1][0] < depth:
            return [*_candidates(urgent), *(candidate for _rank, candidate in found)][:limit]
        depth *= 2


def _first_of(turns: QuerySet[Turn], depth: int) -> QuerySet[Any]:
    """So many of each turn, or all of a shorter one: rank by rank or turn by turn, whichever are fewer queries."""
    mine = _queued().filter(**accounting.SAME_KIND, urgent=False)
    found: list[Any] = []
    if depth < len(turns):
        for rank in range(depth):
            of_rank = mine.order_by("place", "id").values("pk")[rank : rank + 1]
            found += turns.values_list(Subquery(of_rank), flat=True)
    else:
        for turn in turns:
            line = _queued().filter(owner_id=turn.owner_id, model=turn.model, loras=turn.loras, urgent=False)
            found += line.order_by("place", "id").values_list("pk", flat=True)[:depth]
    return _described(_queued().filter(pk__in=[pk for pk in found if pk is not None]))


def _by_turns(candidates: list[Candidate]) -> list[tuple[int, Candidate]]:
    """Each with its rank in its turn: the first of all turns, then the second…"""
    ranks = Counter[tuple[int, str]]()
    ranked = []
    for candidate in sorted(candidates, key=lambda candidate: (candidate.place, candidate.id)):
        ranks[candidate.owner, candidate.model] += 1
        ranked.append((ranks[candidate.owner, candidate.model], candidate))
    return sorted(ranked, key=lambda entry: (entry[0], entry[1].virtual_seconds))


def _names(loras: str) -> tuple[str, ...]:
    return tuple(loras.split("\n")) if loras else ()


def _marks(values: list[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _queued() -> QuerySet[Generation]:
    return Generation.objects.filter(state=State.QUEUED)


def _described(rows: QuerySet[Generation]) -> QuerySet[Any]:
    turn = Turn.objects.filter(**accounting.SAME_KIND)
    served_at = Subquery(turn.values("served_at"), output_field=DateTimeField())
    return rows.only("owner_id", "model", "loras", "estimated_seconds", "urgent", "place").annotate(
        virtual_seconds=F("owner__share__virtual_seconds"),
        weight=F("owner__share__weight"),
        waiting_since=Greatest("created_at", Coalesce(served_at, "created_at")),
    )


def _candidate(row: Any, waiting_since: datetime) -> Candidate:
    return Candidate(
        id=row.pk,
        owner=row.owner_id,
        model=row.model,
        seconds=row.estimated_seconds,
        virtual_seconds=row.virtual_seconds,
        weight=row.weight,
        waiting_since=waiting_since.timestamp(),
        urgent=row.urgent,
        place=row.place,
        loras=_names(row.loras),
    )


def _candidates(described: QuerySet[Any]) -> list[Candidate]:
    return [_candidate(row, row.waiting_since) for row in described]
