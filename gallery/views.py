"""The gallery's pages and files, for whoever may see them."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from . import access, pages, renditions, services
from .models import Output


@require_safe
@cache_control(private=True, no_cache=True)
def detail(request: HttpRequest, output_id: UUID) -> HttpResponse:
    return pages.answer(request, access.seen(request.user, output_id))


@require_safe
def output_json(request: HttpRequest, output_id: UUID) -> JsonResponse:
    return JsonResponse(_whole(access.pixels(request.user, output_id)))


def _whole(seen: access.Seen) -> dict[str, Any]:
    """One output's own JSON: what a generation says of it, and what it was asked for, as far as it is told."""
    output = seen.output
    return {
        **services.describe(output),
        "type": output.type,
        "model": output.model,
        "mode": output.mode,
        "title": output.title,
        "owner": output.owner.get_username(),
        "rating": output.rating,
        "generation": str(output.generation_id) if seen.own and output.generation_id else None,
        "created_at": output.created_at.isoformat(),
        "seconds": output.seconds,
        "demo": output.demo,
        "parameters": output.parameters,
        "renditions": renditions.describe(output),
        **(_owners(output) if seen.own else {}),
    }


def _owners(output: Output) -> dict[str, Any]:
    """What nobody else reads."""
    return {
        "notes": output.notes,
        "tags": list(output.tags.order_by("name").values_list("name", flat=True)),
        "trashed_at": output.trashed_at and output.trashed_at.isoformat(),
    }
