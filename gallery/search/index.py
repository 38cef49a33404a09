"""The words of outputs, written again whenever what they are made of changes, in the same transaction."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from ..discretion import images
from ..models import Output, Visibility, Words
from . import matching
from .matching import Given
from .stored import COLUMNS

BATCH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_MOMENT = 2**10
"""So many outputs can be of the same microsecond."""

WRITTEN = frozenset({"prompt", "parameters", "title", "notes", "visibility", "shows_prompt"})
"""The fields of an output that its words are made of."""
TEXTS = frozenset({"prompt", "negative_prompt"})
"""The parameters that are found by their words."""


@dataclass(frozen=True)
class Tables:
    """The two tables; a migration has its own classes for them."""

    outputs: type[Output] = Output
    words: type[Words] = Words


def write(outputs: Iterable[UUID]) -> None:
    """Write the words of these outputs as they are now. What is not there any more is left out."""
    ids = list(dict.fromkeys(outputs))
    for start in range(0, len(ids), BATCH):
        _write(Tables(), ids[start : start + BATCH])


def write_all(tables: Tables | None = None) -> int:
    """Write the words of everything. Returns of how many."""
    tables = tables or Tables()
    ids = tables.outputs.objects.order_by("pk").values_list("pk", flat=True)
    batch, count = list(ids[:BATCH]), 0
    while batch:
        _write(tables, batch)
        count += len(batch)
        batch = list(ids.filter(pk__gt=batch[-1])[:BATCH])
    return count


def first_place(moment: datetime) -> int:
    """The lowest id that words of an output of this moment have: all of earlier ones are below it."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * _A_MOMENT


def moment(place: int) -> datetime:
    """When what stands at this id was made."""
    return _EPOCH + timedelta(microseconds=place // _A_MOMENT)


@transaction.atomic
def _write(tables: Tables, ids: Sequence[UUID]) -> None:
    outputs = list(tables.outputs.objects.filter(pk__in=ids).only("created_at", "owner", *WRITTEN))
    through = tables.outputs.shared_with.through.objects
    named = set(through.filter(output__in=ids).values_list("output_id", flat=True))
    tags, places = _tags(tables, ids), _places(tables, outputs)
    rows = [
        tables.words(
            id=places[output.pk],
            output=output,
            terms=matching.terms(
                _texts(output, tags[output.pk], output.pk in named),
                {matching.own(output.owner_id): _given(output.parameters)},
            ),
        )
        for output in outputs
    ]
    tables.words.objects.bulk_create(rows, update_conflicts=True, unique_fields=["output"], update_fields=["terms"])


def _texts(output: Output, tags: Sequence[str], named: bool) -> dict[str, Sequence[str]]:
    """What the owner finds it by, and what others do who see it."""
    asked = [output.prompt, str(output.parameters.get("negative_prompt") or "")]
    texts: dict[str, Sequence[str]] = {matching.own(output.owner_id): [*asked, output.title, *tags, output.notes]}
    if output.visibility != Visibility.PRIVATE or named:
        texts[matching.OTHERS] = [*(asked if output.shows_prompt else ()), output.title]
    return texts


def _given(parameters: dict[str, Any]) -> list[Given]:
    """What its owner finds it by, exactly, of all that is no text and stands in no column."""
    found = []
    for name, value in parameters.items():
        if name in COLUMNS or name in TEXTS or isinstance(value, bool) or images(value):
            continue
        if isinstance(value, str | int | float):
            found.append(Given.of(name, value))
        elif isinstance(value, list):
            found += [Given.of(name, label) for label in map(_label, value) if label]
    return found


def _label(value: Any) -> str:
    """Of a LoRA, its name."""
    return str(value.get("name") or "") if isinstance(value, dict) else ""


def _tags(tables: Tables, ids: Sequence[UUID]) -> defaultdict[UUID, list[str]]:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    through = tables.outputs.tags.through.objects.filter(output__in=ids).order_by("pk")
    for output_id, name in through.values_list("output_id", "tag__name"):
        found[output_id].append(name)
    return found


def _places(tables: Tables, outputs: Sequence[Output]) -> dict[UUID, int]:
    """An id for the words of each: the one that they have, or a free one where that tells of another moment."""
    made = {output.pk: output.created_at for output in outputs}
    places = dict(tables.words.objects.filter(output__in=made).values_list("output_id", "pk"))
    moved = {key for key, place in places.items() if moment(place) != made[key]}
    tables.words.objects.filter(output__in=moved).delete()
    places = {key: place for key, place in places.items() if key not in moved}
    new = {key: created_at for key, created_at in made.items() if key not in places}
    while new:
        wanted = {key: first_place(created_at) + random.randrange(_A_MOMENT) for key, created_at in new.items()}
        rows = tables.words.objects.filter(pk__in=wanted.values())
        taken = set(rows.values_list("pk", flat=True)) | set(places.values())
        for key, place in wanted.items():
            if place not in taken:
                places[key] = place
                taken.add(place)
                del new[key]
    return places
