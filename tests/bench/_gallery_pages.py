"""The pages of the gallery that are measured, for who has most of it, and the plainest SQL for the rows of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection

from gallery import keyset
from gallery.grid import PAGE_SIZE
from gallery.models import Output
from gallery.search import matching
from gallery.search.language import Words

from ._gallery_rows import COMMON, FIRST, PLACES, RARE, SPAN

SAMPLES = 100
COLUMNS = (
    "output.id, output.stack, output.owner_id, output.created_at, output.type, output.model, output.prompt,"
    " output.title, output.seed, output.width, output.height, output.frames, output.fps, output.thumbhash,"
    " output.rating, output.withheld, output.visibility, output.trashed_at"
)
NEWEST = f"ORDER BY output.created_at DESC, output.id DESC LIMIT {PAGE_SIZE + 1}"
MINE = f"SELECT {COLUMNS} FROM gallery_output AS output WHERE output.owner_id = %s AND output.trashed_at IS NULL"
STILLS = "SELECT id, output_id, spec, width, height FROM gallery_rendition WHERE output_id IN ({})"
LIKED = "SELECT output_id FROM gallery_favourite WHERE output_id IN ({}) AND person_id = %s"
STACKED = "SELECT stack, COUNT(*) FROM gallery_output WHERE stack IN ({}) AND trashed_at IS NULL GROUP BY stack"
WORDS_IN_SQLITE = (
    f"SELECT {COLUMNS} FROM gallery_words_fts JOIN gallery_words AS words ON words.id = gallery_words_fts.rowid"
    " JOIN gallery_output AS output ON output.id = words.output_id WHERE gallery_words_fts MATCH %s"
    f" AND output.trashed_at IS NULL ORDER BY gallery_words_fts.rowid DESC LIMIT {PAGE_SIZE + 1}"
)
Statement = tuple[str, Sequence[Any]]


@dataclass
class Page:
    """One address after the other, and beside each the statements that read the rows it shows: those of outputs, of
    their pictures, of likes, and the sizes of stacks."""

    name: str
    samples: Sequence[tuple[str, Sequence[Statement]]]


def person() -> User:
    return User.objects.get(username="person-000")


def pages() -> list[Page]:
    me = person().pk
    mine = list(Output.objects.filter(owner=me, leads_stack=True).order_by("?")[:SAMPLES])
    days = [FIRST + SPAN * ((number + 0.5) / SAMPLES) for number in range(SAMPLES)]
    return [
        Page("first page", [("/gallery/", _shown(me, f"{MINE} AND output.leads_stack {NEWEST}", me, stacks=True))]),
        Page("deep page", [_deep(me, row) for row in mine]),
        Page("date jump", [_jump(me, day) for day in days]),
        Page("everybody's", [("/gallery/?whose=public", _shown(me, _public()))]),
        Page("filter by model", [_search(me, "model:flux", f"{MINE} AND output.model = %s {NEWEST}", me, "flux")]),
        Page("filter by tag", [_search(me, "tag:print", _tagged(), me, me, "print")]),
        Page("a rare word", [_words(me, RARE)]),
        Page("a common word", [_words(me, COMMON)]),
        Page("a phrase", [_words(me, place, quoted=True) for place in PLACES]),
        Page("one output", [_one(me, row) for row in mine]),
    ]


def _deep(me: int, row: Output) -> tuple[str, list[Statement]]:
    cursor = keyset.Place.of(row).to_cursor()
    behind = "AND output.leads_stack AND (output.created_at, output.id) < (%s, %s)"
    statement = f"{MINE} {behind} {NEWEST}"
    return f"/gallery/?after={cursor}", _shown(me, statement, me, _moment(row.created_at), _id(row), stacks=True)


def _jump(me: int, day: Any) -> tuple[str, list[Statement]]:
    end = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    statement = f"{MINE} AND output.leads_stack AND output.created_at < %s {NEWEST}"
    return f"/gallery/?on={day:%Y-%m-%d}", _shown(me, statement, me, _moment(end), stacks=True)


def _public() -> str:
    condition = "output.visibility = 'public' AND output.rating = 'general' AND output.withheld = ''"
    return f"SELECT {COLUMNS} FROM gallery_output AS output WHERE {condition} {NEWEST}"


def _search(me: int, text: str, statement: str, *arguments: Any) -> tuple[str, list[Statement]]:
    return f"/gallery/?{urlencode({'q': text})}", _shown(me, statement, *arguments)


def _shown(me: int, statement: str, *arguments: Any, stacks: bool = False) -> list[Statement]:
    """The statement, and those for what belongs to the rows that it finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        rows = cursor.fetchall()[:PAGE_SIZE]
    ids, stacked = [row[0] for row in rows], list({row[1] for row in rows if row[1]})
    found: list[Statement] = [(statement, arguments)]
    if ids:
        found += [(_among(STILLS, ids), ids), (_among(LIKED, ids), [*ids, me])]
    return [*found, (_among(STACKED, stacked), stacked)] if stacks and stacked else found


def _among(statement: str, values: Sequence[Any]) -> str:
    return statement.format(", ".join(["%s"] * len(values)))


def _tagged() -> str:
    tagged = (
        "SELECT tagged.output_id FROM gallery_output_tags AS tagged JOIN gallery_tag AS tag ON tag.id = tagged.tag_id"
        " WHERE tag.owner_id = %s AND tag.name = %s"
    )
    return f"{MINE} AND output.id IN ({tagged}) {NEWEST}"


def _words(me: int, text: str, quoted: bool = False) -> tuple[str, list[Statement]]:
    asked = matching.Asked((matching.own(me),), ((Words(tuple(text.split()), exact=quoted, begun=not quoted),),))
    written = asked.written(connection.vendor)
    arguments: tuple[Any, ...]
    if connection.vendor == "postgresql":
        found = "SELECT words.output_id FROM gallery_words AS words WHERE words.terms @@ %s::tsquery"
        statement, arguments = f"{MINE} AND output.id IN ({found}) {NEWEST}", (me, written)
    else:
        statement, arguments = WORDS_IN_SQLITE, (written,)  # its words are in the order of outputs
    return _search(me, f'"{text}"' if quoted else text, statement, *arguments)


def _one(me: int, row: Output) -> tuple[str, list[Statement]]:
    """The row, those on both sides of it, and its pictures."""
    place = [me, _moment(row.created_at), _id(row)]
    side = f"{MINE} AND output.leads_stack AND (output.created_at, output.id)"
    return f"/gallery/{row.pk}/", [
        ("SELECT * FROM gallery_output WHERE id = %s", [_id(row)]),
        (f"{side} < (%s, %s) ORDER BY output.created_at DESC, output.id DESC LIMIT 1", place),
        (f"{side} > (%s, %s) ORDER BY output.created_at, output.id LIMIT 1", place),
        (_among(STILLS, [row]), [_id(row)]),
    ]


def _id(row: Output) -> Any:
    return row.pk if connection.vendor == "postgresql" else row.pk.hex


def _moment(at: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
