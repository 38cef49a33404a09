"""Outputs that look alike: near duplicates by the Hamming distance of their perceptual hashes."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from django.http import Http404

from people.standing import Person

from .. import access, queries
from ..models import Output
from ..queries import Feed, Whose

FARTHEST = 12
"""Bits of 64 in which near duplicates differ at most."""
MOST = 60
AMONG_OTHERS = 5000
"""So many of the newest outputs that others show are looked at; one's own are all."""


@dataclass(frozen=True)
class Alike:
    """`distance` counts the bits in which the hashes differ."""

    output: Output
    distance: int


def near(person: Person, output: Output) -> list[Alike]:
    """What this person may see that looks like the output, one's own before others', the most alike first. What has no
    hash (it could not be drawn) looks like nothing."""
    hash = output.perceptual_hash
    if hash is None:
        return []
    own = queries.feed(person)
    hashes = Output.objects.filter(owner=person.pk)  # by these two columns alone, an index answers
    found = _among(own, own.rows.exclude(pk=output.pk), hashes, hash)
    for whose in (Whose.SHARED, Whose.PUBLIC):
        feed = queries.feed(person, whose)
        rows = feed.rows.exclude(owner=person.pk).exclude(pk=output.pk)
        newest = rows.order_by("-created_at", "-id")[:AMONG_OTHERS]
        known = {alike.output.pk for alike in found}
        found += [alike for alike in _among(feed, rows, newest, hash) if alike.output.pk not in known]
    return found[:MOST]


def like(person: Person, output_id: UUID) -> list[UUID]:
    """The ids of what looks like an output that this person sees, and of that one; none where they do not."""
    try:
        output = access.pixels(person, output_id).output
    except Http404:
        return []
    return [output_id, *(found.output.pk for found in near(person, output))]


def _among(feed: Feed, rows: QuerySet[Output], hashed: QuerySet[Output], hash: int) -> list[Alike]:
    """Those of the rows whose hash is among the nearest of `hashed`."""
    near = _nearest(hashed.values_list("perceptual_hash", flat=True), hash)
    alike = rows.filter(perceptual_hash__in=list(near)).order_by("-created_at", "-id")
    found = [
        Alike(seen, near[seen.perceptual_hash]) for seen in feed.seen(alike[:MOST]) if seen.perceptual_hash in near
    ]
    return sorted(found, key=lambda alike: alike.distance)


def _nearest(column: Iterable[int | None], hash: int) -> dict[int, int]:
    """The nearest hashes with their distances."""
    hashes = np.unique(np.fromiter((value for value in column if value is not None), dtype=np.int64))
    distances = np.bitwise_count(hashes ^ np.int64(hash))
    order = np.argsort(distances, kind="stable")[:MOST]
    return {int(hashes[place]): int(distances[place]) for place in order if distances[place] <= FARTHEST}
