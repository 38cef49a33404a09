"""The files of outputs, for whoever may see them: each as it is kept, or with no more in it than they are told."""

from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from people import rates

from . import access, files, frames, services, stripped


@require_safe
def file(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    return files.respond(request, _kept(access.pixels(request.user, output_id)))


@require_safe
def download(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    """The file as it is kept; with `?stripped=1`, and where the owner keeps it back, without prompt and parameters."""
    seen = access.pixels(request.user, output_id)
    bare = request.GET.get("stripped") == "1"
    return files.respond(request, stripped.kept(seen.output) if bare else _kept(seen), attachment=True)


@require_safe
def poster(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    seen = access.pixels(request.user, output_id)
    return files.respond(request, files.kept_poster(seen.output, files.caching(seen.own)))


@require_safe
def rendition(request: HttpRequest, output_id: UUID, spec: str) -> HttpResponseBase:
    """A smaller picture or film; it never tells how it was asked for."""
    seen = access.pixels(request.user, output_id)
    found = get_object_or_404(seen.kept.renditions, spec=spec)
    return files.respond(request, files.kept_rendition(seen.output, found, files.caching(seen.own, drawn=True)))


@require_safe
def frame(request: HttpRequest, output_id: UUID, number: int) -> HttpResponseBase:
    """One frame of a video, as small as a poster; an image is its own frame 0. It is read out of the file each time, so
    429 for who asks too often."""
    seen = access.pixels(request.user, output_id)
    if not rates.allows_reading(request, "frames"):
        return rates.too_many(request)

    def drawn() -> bytes:
        try:
            return services.webp(frames.still(seen.output, number))
        except (frames.NoSuchFrame, *frames.UNREADABLE):
            raise Http404 from None

    etag, name = f'"{seen.output.sha256}.frame-{number}"', f"{seen.output.pk}-{number}.webp"
    return files.respond(request, files.Kept(drawn, None, etag, seen.output.created_at, name, files.caching(seen.own)))


def _kept(seen: access.Seen) -> files.Kept:
    """The file for this person: one that holds no more than they are told."""
    if seen.tells_all:
        return files.kept_file(seen.output, files.caching(seen.own))
    return stripped.kept(seen.output)
