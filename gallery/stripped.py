"""A file that does not tell how it was asked for."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from django.http import Http404

from containers.stripping import strip

from .files import SHARED, Kept
from .models import Output


def kept(output: Output) -> Kept:
    """The same pixels without prompt and parameters, in the file or in its name, but with the mark of AI-generated
    media. Nothing is encoded anew, so a part of it is always the same part. Raises Http404 where the file is gone.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stripped"
        try:
            write(output, path)
        except FileNotFoundError:
            raise Http404 from None
        content = path.read_bytes()
    name = f"mediagen-{output.pk.hex[:8]}.{output.format}"
    return Kept(content, len(content), f'"{output.sha256}.stripped"', output.created_at, name, SHARED)


def write(output: Output, path: Path) -> None:
    """Write it to `path`. Raises FileNotFoundError where the file is gone."""
    with output.file.open("rb") as whole:
        strip(cast(BinaryIO, whole), path, output.format)
