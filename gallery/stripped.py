"""A download that does not tell how it was asked for."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from django.http import FileResponse, Http404

from containers.stripping import strip

from .models import Output


def respond(output: Output) -> FileResponse:
    """The same pixels without prompt and parameters, in the file or in its name, but with the mark of AI-generated
    media. Raises Http404 where the file is gone.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stripped"
        try:
            with output.file.open("rb") as kept:
                strip(cast(BinaryIO, kept), path, output.format)
        except FileNotFoundError:
            raise Http404 from None
        stripped = path.open("rb")  # stays readable when the folder goes
    name = f"mediagen-{output.pk.hex[:8]}.{output.format}"
    return FileResponse(stripped, as_attachment=True, filename=name, headers={"Cache-Control": "private, no-cache"})
