"""What the pages (and the JSON of a generation) are given."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import prefetch_related_objects

from gallery.access import by_owner
from gallery.services import describe

from . import queries, queues, standing
from .access import Person
from .catalogue.presets import PRESETS
from .composing import provisional
from .exploring import ExploreForm
from .forms import GenerationForm
from .lengths import unread
from .models import Generation, State
from .request import Request
from .wording import facts

LATEST = 12
SHOWN_SECONDS = 5
"""Times that differ by less are no reason to draw a card anew."""

Context = dict[str, Any]


def form(person: Person, shown: GenerationForm, explore: ExploreForm | None = None) -> Context:
    return {
        "explore": explore or ExploreForm(shown.selection),
        "form": shown,
        "presets": PRESETS.values(),
        **foretold(person, provisional(shown.selection, shown.filling.typed)),
        "remix": shown.remix,
        "last_seed": queries.last_seed(person),
    }


def foretold(person: Person, request: Request) -> Context:
    """What the form tells of a request while people write it."""
    return {"estimate": standing.estimate(person, request), "unread": unread(request)}


def stage(person: Person) -> Context:
    """What is being made, or was made last."""
    newest = queries.newest(person)
    return {"stage": newest, **(card(newest) if newest else {})}


def studio(person: Person, shown: GenerationForm, explore: ExploreForm | None = None) -> Context:
    return {
        **form(person, shown, explore),
        **stage(person),
        "queue": queues.my_queue(person),
        "latest": by_owner(queries.latest(person, LATEST)),
    }


class Moves(NamedTuple):
    """Before which of the owner's waiting generations a move up or down puts one: "" is the end, None is no move."""

    up: str | None
    down: str | None


def queue(person: Person) -> Context:
    moves = _moves(queries.my_line(person))
    return {
        "mine": [(entry, moves.get(entry.generation.pk)) for entry in queues.my_queue(person)],
        "others": queues.others_queue(person),
        "paused": queries.is_paused(),
    }


def _moves(line: Sequence[UUID]) -> dict[UUID, Moves]:
    """`line` has the ids of somebody's waiting generations in their own order."""
    ids = [str(pk) for pk in line]
    return {
        pk: Moves(
            up=ids[at - 1] if at else None,
            down=None if at == len(ids) - 1 else [*ids, ""][at + 2],
        )
        for at, pk in enumerate(line)
    }


def card(generation: Generation) -> Context:
    """One generation as it stands. `version` changes whenever something to see does."""
    prefetch_related_objects([generation], "preview")
    # What nobody has worked on yet has made nothing: every tab asks for this every two seconds.
    untouched = generation.state == State.QUEUED and not generation.attempt
    outputs = [] if untouched else list(generation.outputs.filter(trashed_at=None).order_by("variant"))
    where = standing.standing(generation)
    return {
        "generation": generation,
        "standing": where,
        "outputs": by_owner(outputs),
        "version": _version(generation, where, len(outputs)),
    }


def page(generation: Generation) -> Context:
    return {**card(generation), "facts": facts(generation.parameters)}


def as_json(generation: Generation) -> dict[str, Any]:
    """The generation for programs, as the contract has it."""
    where = standing.standing(generation)
    return {
        "id": str(generation.pk),
        "state": generation.state,
        "attempt": generation.attempt,
        "position": where.position,
        **_times(where),
        "waiting_for": where.why.reason if where.why else None,
        "progress": {
            "step": generation.step,
            "steps": generation.steps,
            "fraction": generation.fraction,
            "stage": generation.stage,
        },
        "error": generation.error,
        "parameters": generation.parameters,
        "outputs": [describe(output) for output in generation.outputs.filter(trashed_at=None).order_by("variant")],
    }


def _times(where: standing.Standing) -> dict[str, float | None]:
    """Seconds from now, of which half and nine of ten stay below."""
    starts, ends = where.starts_in, where.ends_in
    return {
        "starts_in_seconds": starts.low if starts else None,
        "starts_in_high_seconds": starts.high if starts else None,
        "eta_seconds": ends.low if ends else None,
        "eta_high_seconds": ends.high if ends else None,
    }


def _version(generation: Generation, where: standing.Standing, outputs: int) -> str:
    preview = getattr(generation, "preview", None)
    seen = (
        generation.state,
        generation.attempt,
        where.position,
        where.why and where.why.reason,
        where.ends_in and round(where.ends_in.low / SHOWN_SECONDS),
        generation.stage,
        generation.step,
        f"{generation.fraction:.3f}",
        preview and preview.updated_at.timestamp(),
        outputs,
    )
    return "-".join(str(part) for part in seen)
