"""What the pages (and the JSON of a generation) are given."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from gallery.models import Output
from gallery.services import describe

from . import queries
from .access import Person
from .catalogue import Text
from .catalogue.presets import PRESETS
from .composing import provisional
from .engine import foretelling
from .engine.tokens import Reading
from .forms import GenerationForm
from .models import Generation
from .request import Request
from .wording import facts

LATEST = 12

Context = dict[str, Any]


def form(person: Person, shown: GenerationForm) -> Context:
    return {
        "form": shown,
        "presets": PRESETS.values(),
        **foretold(provisional(shown.selection, shown.filling.typed)),
        "remix": shown.remix,
        "last_seed": queries.last_seed(person),
    }


def foretold(request: Request) -> Context:
    """What the form tells of a request while people write it."""
    return {"estimate": queries.estimate(request), "readings": _readings(request)}


def stage(person: Person) -> Context:
    """What is being made, or was made last."""
    newest = queries.newest(person)
    return {"stage": newest, **(card(newest) if newest else {})}


def studio(person: Person, shown: GenerationForm) -> Context:
    return {
        **form(person, shown),
        **stage(person),
        "queue": queries.my_queue(person),
        "latest": queries.latest(person, LATEST),
    }


class Moves(NamedTuple):
    """Before which of the owner's waiting generations a move up or down puts one: "" is the end, None is no move."""

    up: str | None
    down: str | None


def queue(person: Person) -> Context:
    entries = queries.everybodys_queue(person)
    moves = _moves(queries.my_line(person))
    return {
        "mine": [(entry, moves.get(entry.generation.pk)) for entry in entries if entry.mine],
        "others": [entry for entry in entries if not entry.mine],
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
    prefetch_related_objects([generation], "preview", Prefetch("outputs", Output.objects.order_by("variant")))
    standing = queries.standing(generation)
    return {
        "generation": generation,
        "standing": standing,
        "outputs": generation.outputs.all(),
        "version": _version(generation, standing),
    }


def page(generation: Generation) -> Context:
    return {**card(generation), "facts": facts(generation.parameters)}


def as_json(generation: Generation) -> dict[str, Any]:
    """The generation for programs, as the contract has it."""
    standing = queries.standing(generation)
    return {
        "id": str(generation.pk),
        "state": generation.state,
        "attempt": generation.attempt,
        "position": standing.position,
        "eta_seconds": standing.eta_seconds,
        "progress": {
            "step": generation.step,
            "steps": generation.steps,
            "fraction": generation.fraction,
            "stage": generation.stage,
        },
        "error": generation.error,
        "parameters": generation.parameters,
        "outputs": [describe(output) for output in generation.outputs.order_by("variant")],
    }


def _readings(request: Request) -> dict[str, Reading | None]:
    """What the model would read of each text; nothing where it reads all, or where no tokenizer is here to tell."""
    folder = foretelling.tokenizer_folder(request.model, settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS)
    if folder is None:
        return {}
    texts = [parameter.id for parameter in request.model.parameters if isinstance(parameter, Text)]
    told = foretelling.readings(request.model, request.values, folder) if any(map(request.get, texts)) else {}
    return {id: told.get(id) for id in texts}


def _version(generation: Generation, standing: queries.Standing) -> str:
    preview = getattr(generation, "preview", None)
    seen = (
        generation.state,
        generation.attempt,
        standing.position,
        generation.stage,
        generation.step,
        f"{generation.fraction:.3f}",
        preview and preview.updated_at.timestamp(),
        len(generation.outputs.all()),
    )
    return "-".join(str(part) for part in seen)
