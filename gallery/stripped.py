"""A file that does not tell how it was asked for."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from django.core.files import File
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404

from containers.stripping import strip

from .files import SHARED, Kept
from .models import Output, Rendition

SPEC = "stripped-1"
"""Another number once something else is stripped: what was made before is then asked for no more."""


def kept(output: Output) -> Kept:
    """The same pixels without prompt and parameters, in the file or in its name, but with the mark of AI-generated
    media. Nothing is encoded anew. It is made when it is asked for first, and kept beside the renditions: players ask
    for a video in many parts. Raises Http404 where the file is gone.
    """
    found = output.renditions.filter(spec=SPEC).first() or _made(output)
    name = f"mediagen-{output.pk.hex[:8]}.{output.format}"
    return Kept(found.file, found.bytes, f'"{output.sha256}.{SPEC}.{found.pk}"', found.created_at, name, SHARED)


def write(output: Output, path: Path) -> None:
    """Write it to `path`. Raises FileNotFoundError where the file is gone."""
    with output.file.open("rb") as whole:
        strip(cast(BinaryIO, whole), path, output.format)


def _made(output: Output) -> Rendition:
    """Or what another request has made meanwhile."""
    made = Rendition(output=output, spec=SPEC, format=output.format, width=output.width, height=output.height)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stripped"
        try:
            write(output, path)
        except FileNotFoundError:
            raise Http404 from None
        made.bytes = path.stat().st_size
        with path.open("rb") as content:
            made.file.save("", File(content), save=False)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        made.file.delete(save=False)
        return get_object_or_404(output.renditions, spec=SPEC)
    return made
