"""What whoever has the unlisted link of a collection sees: what is in it as long as it is, and nothing beyond."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from . import access, files, queries, stripped
from .collection_pages import contents, pages_beside
from .link_views import unlisted
from .models import Output


@unlisted
@require_safe
def page(request: HttpRequest, key: UUID) -> HttpResponse:
    seen = access.collection_by_link(key)
    page, outputs = contents(request, seen)
    context = {
        "collection": seen.collection,
        "key": key,
        "outputs": outputs,
        **pages_beside(request, page, reverse("collection_link", args=[key])),
    }
    return render(request, "gallery/collection_link.html", context)


@unlisted
@require_safe
def output(request: HttpRequest, key: UUID, output_id: UUID) -> HttpResponse:
    """One of it, with the way to those on both sides."""
    where = [key, output_id]
    found = access.by_collection_link(key, output_id).output
    beside = queries.of_collection(access.collection_by_link(key)).beside(found)
    context = {
        "output": found,
        "previous_url": _page_of(key, beside.previous),
        "next_url": _page_of(key, beside.next),
        "file_url": reverse("collection_link_file", args=where),
        "poster_url": reverse("collection_link_poster", args=where),
        "report_url": reverse("report_by_collection_link", args=where),
        "all_url": f"{reverse('collection_link', args=[key])}?at={output_id}",
    }
    return render(request, "gallery/link.html", context)


@unlisted
@require_safe
def file(request: HttpRequest, key: UUID, output_id: UUID) -> HttpResponseBase:
    """Without prompt and parameters: what the page tells, it tells."""
    return files.respond(request, stripped.kept(access.by_collection_link(key, output_id).output))


@unlisted
@require_safe
def poster(request: HttpRequest, key: UUID, output_id: UUID) -> HttpResponseBase:
    found = access.by_collection_link(key, output_id).output
    return files.respond(request, files.kept_poster(found, files.SHARED))


def _page_of(key: UUID, output: Output | None) -> str:
    return reverse("collection_link_output", args=[key, output.pk]) if output else ""
