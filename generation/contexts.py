"""What the pages (and the JSON of a generation) are given."""

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from gallery.models import Output
from gallery.services import describe

from . import queries
from .access import Person
from .catalogue.presets import PRESETS
from .composing import provisional
from .forms import GenerationForm
from .models import Generation
from .wording import facts

LATEST = 12

Context = dict[str, Any]


def form(person: Person, shown: GenerationForm) -> Context:
    return {
        "form": shown,
        "presets": PRESETS.values(),
        "estimate": queries.estimate(provisional(shown.selection, shown.filling.typed)),
        "remix": shown.remix,
        "last_seed": queries.last_seed(person),
    }


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
