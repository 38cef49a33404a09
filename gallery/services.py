"""Keeping outputs and letting them go. A row and its files come and go together."""

import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models.fields.files import FieldFile
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from PIL import Image

from containers import mark

from . import signals, stacks
from .models import Descent, How, Output, Rendition, Withheld, output_path, poster_path
from .result import Result

POSTER_BOX = (512, 1024)
POSTER_QUALITY = 82


def store(
    result: Result,
    *,
    owner_id: int,
    generation_id: UUID,
    parameters: Mapping[str, Any],
    demo: bool,
    from_photograph: bool = False,
    parents: Iterable[tuple[UUID, How]] = (),
    within: Callable[[], AbstractContextManager[None]] = transaction.atomic,
) -> Output:
    """Keep one result: its file, a poster, and the row that says how it was made.

    The files are written first, outside of any transaction, under names that nobody knows yet; then the row enters
    in the transaction that `within` opens. A caller whose own bookkeeping must agree with the row does it there. If
    that transaction fails, no file stays; where nobody can know whether it did (the connection broke, the process is
    ending), the files stay until the sweep finds that no row names them. A variant that was stored before is returned
    as it is. `parents` are the outputs that it was made from; what is gone meanwhile is left out.
    """
    output = Output(
        owner_id=owner_id,
        generation_id=generation_id,
        variant=result.variant,
        type=parameters["type"],
        model=parameters["model"],
        mode=parameters["mode"],
        prompt=parameters["prompt"],
        parameters=dict(parameters),
        receipt=dict(result.receipt),
        demo=demo,
        from_photograph=from_photograph,
        format=result.path.suffix.removeprefix("."),
        bytes=result.bytes,
        sha256=result.sha256,
        pixel_sha256=result.pixel_sha256,
        seed=result.seed,
        width=result.width,
        height=result.height,
        frames=result.frames,
        fps=result.fps,
        seconds=result.seconds,
        stack=stacks.of(owner_id, parameters),
    )

    def enter() -> Output:
        with within():
            kept = _enter(output, generation_id)
            if kept is output:
                stacks.resettle(output.stack)
                descend(output, parents)
        return kept

    return keep(output, result.path, result.poster, enter)


def keep(output: Output, path: Path, poster: Image.Image, enter: Callable[[], Output]) -> Output:
    """Write the files of a new output, then have `enter` write its row, or give the one that stands in its place."""
    try:
        _save_files(output, path, poster)
        kept = enter()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _remove_files(output)
        raise
    if kept is not output:
        _remove_files(output)
    return kept


def descend(child: Output, parents: Iterable[tuple[UUID, How]]) -> None:
    """Write down what an output was made from, in a transaction that holds those parents which are still there. Which
    remix is a variant, the requests say."""
    wanted = set(parents)
    if not wanted:
        return
    known = Output.objects.select_for_update(no_key=True).filter(pk__in={parent for parent, _how in wanted})
    there = dict(known.order_by("pk").values_list("pk", "parameters"))
    steps = {(parent, _how(how, there[parent], child.parameters)) for parent, how in wanted if parent in there}
    Descent.objects.bulk_create(
        (Descent(child=child, parent_id=parent, how=how) for parent, how in steps), ignore_conflicts=True
    )


def _how(how: How, parent: Mapping[str, Any], child: Mapping[str, Any]) -> How:
    if how not in (How.REMIX, How.VARIANT):
        return how
    return How.VARIANT if stacks.are_variants(parent, child) else How.REMIX


def delete(output: Output) -> None:
    """Let an output go: the row now, the files once that is committed."""
    output.delete()


def withhold(output: Output, reason: Withheld, by: AbstractBaseUser | None = None, note: str = "") -> None:
    """Show it to nobody but moderators from now on. `by` is None where no person decided it."""
    with transaction.atomic():
        before = Output.objects.select_for_update().only("withheld").get(pk=output.pk).withheld
        Output.objects.filter(pk=output.pk).update(withheld=reason)
        output.withheld = reason
        signals.withheld.send(sender=Output, output=output, before=before, reason=reason, by=by, note=note)


def describe(output: Output) -> dict[str, Any]:
    """The facts of one output as JSON. `url` leads to the file."""
    return {
        "id": str(output.pk),
        "url": reverse("output_file", args=[output.pk]),
        "seed": output.seed,
        "width": output.width,
        "height": output.height,
        "frames": output.frames,
        "fps": output.fps,
        "bytes": output.bytes,
        "sha256": output.sha256,
        "pixel_sha256": output.pixel_sha256,
        "receipt": output.receipt,
    }


@receiver(post_delete, sender=Output)
def remove_files_on_commit(instance: Output, **kwargs: Any) -> None:
    """However a row goes (its page, the admin, with its owner's account), its files go after it."""
    for file in (instance.file, instance.poster):
        _remove_on_commit(file)


@receiver(post_delete, sender=Rendition)
def remove_rendition_on_commit(instance: Rendition, **kwargs: Any) -> None:
    _remove_on_commit(instance.file)


def _remove_on_commit(file: FieldFile) -> None:
    name = file.name
    if name is None:
        return

    def remove() -> None:
        file.storage.delete(name)

    # Robust: the row is gone for good by then, so what the storage refuses is logged and does not fail the request.
    transaction.on_commit(remove, robust=True)


def _enter(output: Output, generation_id: UUID) -> Output:
    """Write the row, or find the one that stands in its place already."""
    try:
        with transaction.atomic():
            output.save(force_insert=True)
    except IntegrityError:
        return Output.objects.get(generation_id=generation_id, variant=output.variant)
    return output


def _save_files(output: Output, path: Path, poster: Image.Image) -> None:
    with path.open("rb") as content:
        output.file.save(path.name, File(content), save=False)
    output.poster.save("poster.webp", ContentFile(webp(poster)), save=False)


def _remove_files(output: Output) -> None:
    """By the names they would have: a save that was cut short has told the row no name."""
    output.file.storage.delete(output_path(output, ""))
    output.poster.storage.delete(poster_path(output, ""))


def webp(picture: Image.Image) -> bytes:
    """A poster as a file, marked as made by AI."""
    poster = picture.convert("RGB")
    poster.thumbnail(POSTER_BOX, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    poster.save(buffer, "WEBP", quality=POSTER_QUALITY, xmp=mark())
    return buffer.getvalue()
