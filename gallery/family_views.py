"""Single frames of outputs, as pictures."""

from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from . import access, files, frames, services


@require_safe
def frame(request: HttpRequest, output_id: UUID, number: int) -> HttpResponseBase:
    """One frame of a video, as small as a poster; an image is its own frame 0."""
    seen = access.pixels(request.user, output_id)
    try:
        picture = frames.still(seen.output, number)
    except (frames.NoSuchFrame, *frames.UNREADABLE):
        raise Http404 from None
    content = services.webp(picture)
    etag = f'"{seen.output.sha256}.frame-{number}"'
    name = f"{seen.output.pk}-{number}.webp"
    caching = files.OWN if seen.own else files.SHARED
    kept = files.Kept(content, len(content), etag, seen.output.created_at, name, caching)
    return files.respond(request, kept)
