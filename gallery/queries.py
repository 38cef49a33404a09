"""What the gallery's pages read."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from . import keyset
from .models import Output

Person = AbstractBaseUser | AnonymousUser


def outputs_of(user: Person, type: str = "") -> QuerySet[Output]:
    """A person's outputs, of one type or all, without the columns that only a single output's page shows."""
    outputs = Output.objects.filter(owner_id=user.pk).defer("parameters", "receipt")
    return outputs.filter(type=type) if type else outputs


def newer(output: Output) -> Output | None:
    """The neighbour in its owner's gallery that was made next."""
    return keyset.before(_beside(output), keyset.Place.of(output)).first()


def older(output: Output) -> Output | None:
    return keyset.after(_beside(output), keyset.Place.of(output)).first()


def rerun_verdict(output: Output) -> str | None:
    """Whether an exact re-run gave the same pixels: "identical" or "different"; None for what is no re-run."""
    original = output.generation.rerun_of if output.generation else None
    if original is None:
        return None
    return "identical" if original.pixel_sha256 == output.pixel_sha256 else "different"


def _beside(output: Output) -> QuerySet[Output]:
    return Output.objects.filter(owner_id=output.owner_id).only("id", "prompt", "created_at")
