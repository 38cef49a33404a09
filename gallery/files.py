"""Kept files over HTTP, with byte ranges (RFC 9110, section 14): without them no browser can seek in a video."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Protocol

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe
from django.utils.text import slugify

from . import sending
from .models import Output, Rendition

CHUNK_BYTES = 256 * 1024
NAME_CHARACTERS = 48
CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
"""All that is ever kept. Nothing of it is guessed, so nothing can pass for a page."""
ONE_RANGE = re.compile(r"bytes=\s*(?P<first>[0-9]{0,1000})-(?P<last>[0-9]{0,1000})\s*", re.IGNORECASE)


OWN = "private, max-age=31536000, immutable"
OWN_DRAWN = "private, max-age=86400"
"""Renditions may be drawn anew at the same address: browsers ask again after a day."""
SHARED = "private, no-cache"
"""What others see may be taken back: their browsers ask each time."""


def caching(own: bool, *, drawn: bool = False) -> str:
    """Of what never changes, or of what may be `drawn` anew."""
    if not own:
        return SHARED
    return OWN_DRAWN if drawn else OWN


@dataclass(frozen=True)
class Kept:
    """A file, and what HTTP says about it. `etag` stands in its quotes; `file` is in the storage, or
    drawn once it is known to be wanted; a `size` of None is asked of either."""

    file: FieldFile | Callable[[], bytes]
    size: int | None
    etag: str
    modified_at: datetime
    name: str
    caching: str = OWN

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.name.rpartition(".")[2]]

    @cached_property
    def drawn(self) -> bytes:
        """What is not in the storage."""
        assert not isinstance(self.file, FieldFile)
        return self.file()

    @property
    def length(self) -> int:
        """In bytes. Raises Http404 where the file is gone."""
        if self.size is not None:
            return self.size
        try:
            return self.file.size if isinstance(self.file, FieldFile) else len(self.drawn)
        except FileNotFoundError:
            raise Http404 from None


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(ValueError):
    """A range that lies beyond the file."""


def kept_file(output: Output, caching: str = OWN) -> Kept:
    return Kept(output.file, output.bytes, f'"{output.sha256}"', output.created_at, readable_name(output), caching)


def kept_poster(output: Output, caching: str = OWN) -> Kept:
    etag, name = f'"{output.sha256}.poster"', f"{output.pk}.webp"
    return Kept(output.poster, None, etag, output.created_at, name, caching)


def kept_rendition(output: Output, rendition: Rendition, caching: str = OWN) -> Kept:
    """Drawn again it is another file, with another tag."""
    etag = f'"{output.sha256}.{rendition.spec}.{rendition.pk}"'
    name = f"{output.pk}-{rendition.spec}.{rendition.format}"
    return Kept(rendition.file, rendition.bytes, etag, rendition.created_at, name, caching)


def readable_name(output: Output) -> str:
    """Such as `pony-a-red-circle-7.png`: what tells files in a download folder apart."""
    words = slugify(output.prompt, allow_unicode=True)[:NAME_CHARACTERS].strip("-_")
    return "-".join(part for part in (output.model, words, str(output.seed)) if part) + f".{output.format}"


def respond(request: HttpRequest, kept: Kept, *, attachment: bool = False) -> HttpResponseBase:
    """The file (200), the part that was asked for (206), or why not: 304, 412, 416; or the word by which another sends
    it. Raises Http404 where it is gone."""
    modified = int(kept.modified_at.timestamp())
    headers = {
        "ETag": kept.etag,
        "Last-Modified": http_date(modified),
        "Cache-Control": kept.caching,
    }
    conditional = get_conditional_response(request, etag=kept.etag, last_modified=modified)
    if conditional is not None:
        for name, value in headers.items():
            conditional.headers.setdefault(name, value)
        return conditional
    headers |= {
        "Content-Type": kept.content_type,
        "Content-Disposition": content_disposition_header(attachment, kept.name) or "inline",
    }
    if isinstance(kept.file, FieldFile) and (handed := sending.hand_over(kept.file, headers, kept.caching != SHARED)):
        return handed
    return _send(request, kept, modified, headers)


def _send(request: HttpRequest, kept: Kept, modified: int, headers: dict[str, str]) -> HttpResponseBase:
    size = kept.length
    headers["Accept-Ranges"] = "bytes"
    try:
        asked = _asked_span(request, kept, size, modified)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    span = asked or Span(0, size - 1)
    headers["Content-Length"] = str(span.length)
    if asked:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    return StreamingHttpResponse(_open(kept, span), status=206 if asked else 200, headers=headers)


def parse_range(header: str, size: int) -> Span | None:
    """The one range that the header asks of `size` bytes; None where the whole file is the answer.

    That is so for what is malformed, for other units and for several ranges, as RFC 9110 allows.
    Raises Unsatisfiable for a range without a single byte in the file.
    """
    match = ONE_RANGE.fullmatch(header)
    if match is None:
        return None
    first, last = match["first"], match["last"]
    if not first:
        return _suffix(int(last), size) if last else None
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return Span(int(first), min(int(last), size - 1) if last else size - 1)


def _suffix(length: int, size: int) -> Span:
    if length == 0 or size == 0:
        raise Unsatisfiable
    return Span(max(size - length, 0), size - 1)


def _asked_span(request: HttpRequest, kept: Kept, size: int, modified: int) -> Span | None:
    """Ranges are for GET alone, and count only while `If-Range` names the file as it is."""
    header = request.headers.get("Range", "")
    condition = request.headers.get("If-Range", "").strip()
    if request.method != "GET" or (condition and not _still_the_same(condition, kept.etag, modified)):
        return None
    return parse_range(header, size)


def _still_the_same(condition: str, etag: str, modified: int) -> bool:
    """A weak tag never matches, and a date only to the second (RFC 9110, section 13.1.5)."""
    return condition == etag or parse_http_date_safe(condition) == modified


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class _Stream:
    """A span of an open file, in chunks. Django closes it when the response ends or the reader goes away."""

    def __init__(self, source: _Source, length: int) -> None:
        self.source = source
        self.length = length

    def __iter__(self) -> Iterator[bytes]:
        left = self.length
        while left > 0 and (chunk := self.source.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self.source.close()


def _open(kept: Kept, span: Span) -> _Stream:
    if not isinstance(kept.file, FieldFile):
        return _Stream(BytesIO(kept.drawn[span.first : span.last + 1]), span.length)
    try:
        stored = kept.file.storage.open(str(kept.file.name))
    except FileNotFoundError:
        raise Http404 from None
    if (s3_object := getattr(stored, "obj", None)) is not None:
        # Reading from django-storages' file would first fetch the whole object: ask S3 for the span alone.
        body = s3_object.get(Range=f"bytes={span.first}-{span.last}")["Body"]
        return _Stream(body, span.length)
    stored.seek(span.first)
    return _Stream(stored, span.length)
