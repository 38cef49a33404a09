"""Files that another sends in this site's name, as MEDIAGEN_SENDFILE says: the proxy from its disk, or S3.

Who may have them is decided here all the same, at every request.
"""

from collections.abc import Mapping

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.encoding import filepath_to_uri

INTERNAL = "/_kept/"
"""Where the proxy keeps the folder of files, open to this site's answers alone (deploy/nginx.conf)."""
SIGNED_SECONDS = 900
"""How long a signed URL opens an object to whoever has it. An owner's browser goes by it for two thirds of that."""
OWN_REDIRECT = f"private, max-age={SIGNED_SECONDS * 2 // 3}"
OTHERS_REDIRECT = "private, no-store"


def hand_over(file: FieldFile, headers: Mapping[str, str], own: bool) -> HttpResponse | None:
    """An answer by which another sends the file with these headers; None where MediaGen sends it itself."""
    match settings.SENDFILE:
        case "nginx":
            return HttpResponse(headers={**headers, "X-Accel-Redirect": INTERNAL + filepath_to_uri(str(file.name))})
        case "apache":
            return HttpResponse(headers={**headers, "X-Sendfile": file.path})
        case "s3":
            response = HttpResponseRedirect(_signed(file, headers))
            response["Cache-Control"] = OWN_REDIRECT if own else OTHERS_REDIRECT
            return response
        case _:
            return None


def _signed(file: FieldFile, headers: Mapping[str, str]) -> str:
    """An object of S3 that says of itself what we would."""
    said = {
        f"Response{name.replace('-', '')}": headers[name]
        for name in ("Content-Type", "Content-Disposition", "Cache-Control")
    }
    return file.storage.url(str(file.name), parameters=said, expire=SIGNED_SECONDS)  # type: ignore[call-arg]
