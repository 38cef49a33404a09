"""Entering what was brought in: one row with its files, or the one that is there already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from PIL import Image

from . import services, signals, stacks
from .models import Favourite, Output, Tag


@dataclass(frozen=True)
class Kept:
    """What the owner had beside the row itself; the tags are clean (tagging.clean). With outputs that are `apart` it is
    not the same, though the file be."""

    created_at: datetime
    tags: Iterable[str] = ()
    favourite_since: datetime | None = None
    apart: Iterable[UUID] = ()


class There(Exception):
    """This person has it already: `output` is its id. From the trash it is to come back, unless it `stays_trashed`."""

    def __init__(self, output: UUID) -> None:
        super().__init__(output)
        self.output = output
        self.stays_trashed = False


def check(owner: User, *, id: UUID | None = None, sha256: str = "", apart: Iterable[UUID] = ()) -> None:
    """Raise There for this person's output with this id; where none is asked for, for one with this file, which is none
    of those that are to stay `apart`: one in the trash only where there is no other."""
    mine = Output.objects.filter(owner=owner).order_by(F("trashed_at").asc(nulls_first=True), "created_at")
    same = mine.filter(pk=id) if id else mine.filter(sha256=sha256).exclude(pk__in=apart)
    if known := same.values_list("pk", flat=True).first():
        raise There(known)


def enter(output: Output, path: Path, poster: Image.Image, kept: Kept, *, restored: bool) -> Output:
    """Keep the file at `path` under a new row, private, and to be rated. Raises There for the same id of what is
    `restored`, and for the same file of anything else, as `check` does."""

    def write() -> Output:
        with transaction.atomic():
            # Of the same file that comes twice at once, the second finds the first.
            User.objects.select_for_update().get(pk=output.owner_id)
            check(output.owner, id=output.pk if restored else None, sha256=output.sha256, apart=kept.apart)
            output.stack = stacks.of(output.owner_id, output.parameters)
            output.save(force_insert=True)
            Output.objects.filter(pk=output.pk).update(created_at=kept.created_at)
            stacks.resettle(output.stack)
            _tag(output, kept.tags)
            if kept.favourite_since:
                liked = Favourite.objects.create(person=output.owner, output=output)
                Favourite.objects.filter(pk=liked.pk).update(created_at=kept.favourite_since)
            signals.described.send(sender=Output, outputs=[output.pk])
        return output

    return services.keep(output, path, poster, write)


def _tag(output: Output, names: Iterable[str]) -> None:
    tags = [Tag.objects.get_or_create(owner=output.owner, name=name)[0] for name in names]
    output.tags.add(*tags)
