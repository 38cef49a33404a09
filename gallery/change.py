"""How far an output has gone from what it was made from: in how many of 64 bits their perceptual hashes differ. What is
unchanged is at 0, pictures that have nothing in common are about 32 apart. Of several origins the nearest counts."""

from uuid import UUID

from django.db.models import Q

from .models import Descent, Output

BITS = 64


def measure(output_id: UUID) -> None:
    """Of this output and of what was made from it, as far as they have their hashes. Call it whenever an output gets
    its hash, or its origin; it is free to be called once too often."""
    offspring = Descent.objects.filter(parent=output_id).values("child")
    steps = Descent.objects.filter(Q(child=output_id) | Q(child__in=offspring))
    nearest: dict[UUID, int] = {}
    for child, own, origin in steps.values_list("child", "child__perceptual_hash", "parent__perceptual_hash"):
        if own is not None and origin is not None:
            nearest[child] = min(nearest.get(child, BITS), difference(own, origin))
    for child, bits in nearest.items():
        Output.objects.filter(pk=child).update(change=bits)


def difference(one: int, other: int) -> int:
    """Both as signed numbers of 64 bits."""
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()
