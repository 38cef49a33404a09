"""Content Credentials for what is made here, where the operator wants them (MEDIAGEN_C2PA)."""

import hashlib
from dataclasses import replace

from django.conf import settings

from containers import credentials

from . import __version__
from .engine.api import Result


def signed(result: Result) -> Result:
    """The result with its file signed, and its size, hash and receipt as the file is now.

    What the setting or the format does not allow stays as it is. The identity is this machine's own, in its home.
    """
    format = result.path.suffix.removeprefix(".")
    if not settings.C2PA or format not in credentials.FORMATS:
        return result
    identity = credentials.identity(settings.MEDIAGEN_HOME / "credentials")
    credentials.sign(result.path, format, identity, model=result.receipt["model"], version=__version__)
    with result.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    receipt = {**result.receipt, "content_credentials": True}
    return replace(result, bytes=result.path.stat().st_size, sha256=sha256, receipt=receipt)
