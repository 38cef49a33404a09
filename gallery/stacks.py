"""What belongs together: outputs of one person's request that differ in the seed or the variant alone.

`leads_stack` is true for the newest of a stack that is not in the trash, and for whatever is in no stack.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver

from .models import Output

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:mediagen:stack")
DIFFERING = {"seed", "batch_size"}
"""What may differ within a stack: a batch is variants with seeds of their own."""


def of(owner_id: int, parameters: Mapping[str, Any]) -> UUID | None:
    """The stack of a person's request; None where nothing is known of it."""
    same = _same(parameters)
    return uuid.uuid5(NAMESPACE, json.dumps([owner_id, same], sort_keys=True)) if same else None


def are_variants(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two requests, whoever sent them, differ, and in nothing but what may differ within a stack."""
    return one != other and bool(_same(one)) and _same(one) == _same(other)


def _same(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in DIFFERING}


def others(output: Output) -> QuerySet[Output]:
    """The rest of the stack that it is in, without what is in the trash."""
    return Output.objects.filter(stack=output.stack, trashed_at=None).exclude(pk=output.pk)


def opened(owner_id: int, outputs: Sequence[UUID], most: int) -> list[UUID]:
    """These, and behind each that is this owner's the rest of its stack for which its card stood: what is no newer and
    not in the trash. More than `most` where that is more, but not all of it then."""
    mine = Output.objects.filter(owner_id=owner_id)
    cards = mine.filter(pk__in=outputs).exclude(stack=None).order_by("created_at", "id")
    newest = {stack: (pk, created_at) for pk, stack, created_at in cards.values_list("pk", "stack", "created_at")}
    members = mine.filter(stack__in=list(newest), trashed_at=None).order_by("-created_at", "-id")
    rest: dict[UUID, list[UUID]] = {}
    count = 0
    for pk, stack, created_at in members.values_list("pk", "stack", "created_at").iterator():
        card, shown_with = newest[stack]
        if created_at <= shown_with:
            rest.setdefault(card, []).append(pk)
            count += 1
        if count > most:
            break
    return list(dict.fromkeys(pk for output in outputs for pk in (output, *rest.get(output, ()))))


def resettle(stack: UUID | None) -> None:
    """Have the newest lead, whatever came, went, or was put into the trash or back. Once too often is no harm."""
    if stack is None:
        return
    with transaction.atomic():
        rows = Output.objects.filter(stack=stack)
        # One at a time for each owner: of two that come in at once, the later to be written must see the other.
        owner = rows.values("owner")[:1]
        if not User.objects.select_for_update(no_key=True).filter(pk__in=owner).values_list("pk").first():
            return
        newest = rows.filter(trashed_at=None).order_by("-created_at", "-id").values_list("pk", flat=True).first()
        leaders = [newest] if newest else []
        rows.filter(leads_stack=True).exclude(pk__in=leaders).update(leads_stack=False)
        rows.filter(leads_stack=False, pk__in=leaders).update(leads_stack=True)


@receiver(post_delete, sender=Output)
def follow_its_leader(instance: Output, **kwargs: Any) -> None:
    """However a row goes, the next newest takes its place."""
    resettle(instance.stack)
