"""Outputs that look alike: near duplicates by the Hamming distance of their perceptual hashes."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from people.standing import Person

from .. import queries
from ..models import Output
from ..queries import Feed, Whose

FARTHEST = 12
"""Bits of 64 in which near duplicates differ at most."""
MOST = 60
AMONG_OTHERS = 2000
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
    hashes = Output.objects.filter(owner=person.pk).values_list("perceptual_hash", flat=True)  # an index has these two
    own = queries.feed(person)
    found = _seen(own, own.rows.filter(perceptual_hash__in=_nearest(hashes, hash)), output)
    for whose in (Whose.SHARED, Whose.PUBLIC):
        feed = queries.feed(person, whose)
        newest = feed.rows.exclude(owner=person.pk).order_by("-created_at", "-id")[:AMONG_OTHERS]
        hash_of = dict(newest.values_list("pk", "perceptual_hash"))
        alike = _nearest(hash_of.values(), hash)
        known = {one.output.pk for one in found}
        ids = [key for key, value in hash_of.items() if value in alike and key not in known]
        found += _seen(feed, feed.rows.filter(pk__in=ids), output)
    return found[:MOST]


def like(person: Person, output_id: UUID) -> list[UUID]:
    """The ids of what looks like an output of this person's feeds, and of that one; none where it is in no feed.

    What a collection alone shows is not asked for: its search may ask for what looks like something, and so on."""
    feeds = (queries.feed(person, whose).rows for whose in (Whose.MINE, Whose.SHARED, Whose.PUBLIC))
    output = next((found for rows in feeds if (found := rows.filter(pk=output_id).first())), None)
    return [output_id, *(found.output.pk for found in near(person, output))] if output else []


def _seen(feed: Feed, rows: QuerySet[Output], output: Output) -> list[Alike]:
    """These rows but the output itself, the most alike first."""
    others = rows.exclude(pk=output.pk).order_by("-created_at", "-id")[:MOST]
    found = [Alike(seen, _distance(seen, output)) for seen in feed.seen(others)]
    return sorted(found, key=lambda alike: alike.distance)


def _distance(one: Output, other: Output) -> int:
    assert one.perceptual_hash is not None
    assert other.perceptual_hash is not None
    return int(np.bitwise_count(np.int64(one.perceptual_hash ^ other.perceptual_hash)))


def _nearest(column: Iterable[int | None], hash: int) -> set[int]:
    """The hashes that differ least."""
    hashes = np.unique(np.fromiter((value for value in column if value is not None), dtype=np.int64))
    distances = np.bitwise_count(hashes ^ np.int64(hash))
    order = np.argsort(distances, kind="stable")[:MOST]
    return {int(hashes[place]) for place in order if distances[place] <= FARTHEST}
