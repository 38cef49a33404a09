"""A script: a small gallery in the database of the environment, and what searches find in it, as JSON.

Every output has a name of its own, its title's first word, by which answers tell of it.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 9, 29, 12, tzinfo=UTC)
PERSON, OTHER = "anna", "boris"
STORED = ("prompt", "negative_prompt", "steps", "cfg_scale", "sampler", "loras", "num_frames")

OURS: dict[str, dict[str, Any]] = {
    "fox": {
        "prompt": "a red fox dancing on a hill",
        "tags": ["fox", "best of"],
        "steps": 30,
        "cfg_scale": 6.0,
        "liked": True,
    },
    "circle": {"prompt": "a red circle, a blue square", "steps": 20, "cfg_scale": 6, "sampler": "DPM++ 2M Karras"},
    "square": {"prompt": "a circle, red and blue", "steps": 40, "cfg_scale": 4.5, "tags": ["draft"]},
    "лиса": {"prompt": "Рыжая лиса танцует в зелёном лесу", "negative_prompt": "размытость"},
    "ёж": {"prompt": "ёжики у старого пня", "notes": "for the calendar", "loras": [{"name": "Ink", "weight": 1.0}]},
    "café": {"prompt": "Café at night, naïve style; sci-fi robots", "collection": "Evenings", "seed": 123},
    "film": {
        "model": "phr00t",
        "mode": "image2video",
        "type": "video",
        "prompt": "the fox runs through morning fog",
        "size": (512, 512),
        "frames": 81,
        "format": "mp4",
        "num_frames": 81,
    },
    "brought": {
        "model": "dreamshaper 8",
        "prompt": "a wolf, a castle",
        "imported": True,
        "steps": "30",
        "sampler": None,
        "cfg_scale": [1],
        "loras": ["ink", {"name": 7}, 3, {"weight": 2}],
    },
    "plain": {"prompt": "foxglove by a river", "rating": "mature", "size": (1024, 768), "loras": "ink"},
}
"""Anna's own, each made a day after the one before."""
THEIRS: dict[str, dict[str, Any]] = {
    "shown": {
        "prompt": "a green fox in the rain",
        "visibility": "public",
        "notes": "secret plan",
        "tags": ["fox"],
        "steps": 30,
    },
    "veiled": {"prompt": "a hidden fox behind glass", "visibility": "public", "shows_prompt": False, "steps": 45},
    "hers": {"prompt": "a fox for anna alone", "named": True, "steps": 30},
    "kept": {"prompt": "a private fox"},
    "unrated": {"prompt": "a fox that nobody rated", "visibility": "public", "rating": ""},
}
"""Boris's, likewise."""

ALL = list(OURS)
MINE: dict[str, list[str]] = {
    # words
    "fox": ["fox", "film", "plain"],
    "foxes": ["fox", "film"],
    "FOX dance": ["fox"],
    "danced hills": ["fox"],
    "лисы": ["лиса"],
    "рыжие зеленый": ["лиса"],
    "ежи": ["ёж"],
    "ежик": ["ёж"],
    "ПЕНЬ OR пня": ["ёж"],
    "cafe": ["café"],
    "naive": ["café"],
    "sci-fi": ["café"],
    "scifi": [],
    "размыто": ["лиса"],
    "calendar": ["ёж"],
    "best": ["fox"],
    # the last word may go on
    "foxg": ["plain"],
    "fo": [],
    "foxg castle": [],
    "лес": ["лиса"],
    # in quotes, exactly
    '"red circle"': ["circle"],
    '"circle red"': ["square"],
    '"a red"': ["fox", "circle"],
    '"foxes"': [],
    '"blue square" OR castle': ["circle", "brought"],
    # fields do not run into each other
    '"hill fox"': [],
    # what is not there
    "red -circle": ["fox"],
    "-red -fox": ["лиса", "ёж", "café", "brought", "plain"],
    '-"red circle" red': ["fox", "square"],
    "castle OR лиса OR steps:40": ["square", "лиса", "brought"],
    "-castle OR wolf": ALL,
    # numbers
    "steps:30": ["fox"],
    "steps:>20": ["fox", "square"],
    "steps:>=20 steps:<40": ["fox", "circle"],
    "steps:20..30": ["fox", "circle"],
    "steps:..20": ["circle"],
    "-steps:30": [name for name in ALL if name != "fox"],
    "cfg:4.5": ["square"],
    "cfg:4,5": ["square"],
    "cfg:>5": ["fox", "circle"],
    "seed:123": ["café"],
    "seed:999999999999999": [],
    "seed:7.5": [],
    "seed:>6.5 seed:<7.5": [name for name in ALL if name != "café"],
    "width:<=512": ["film"],
    "frames:>1": ["film"],
    "num_frames:81": ["film"],
    "size:1024x768": ["plain"],
    "-size:1024x1024": ["film", "plain"],
    # names
    "model:pony": [name for name in ALL if name not in ("film", "brought")],
    'model:"Pony V6 XL"': [name for name in ALL if name not in ("film", "brought")],
    "model:pony,phr00t": [name for name in ALL if name != "brought"],
    'model:"Dreamshaper 8"': ["brought"],
    "mode:i2v": ["film"],
    "type:video": ["film"],
    "format:mp4": ["film"],
    'sampler:"dpm++ 2m karras"': ["circle"],
    'sampler:"DPM++ 2M"': [],
    "-sampler:dpm++_2m_karras": [name for name in ALL if name != "circle"],
    "lora:ink": ["ёж"],
    "-lora:INK": [name for name in ALL if name != "ёж"],
    "tag:fox": ["fox"],
    'tag:"Best  of"': ["fox"],
    "tag:fox,draft": ["fox", "square"],
    "-tag:draft red": ["fox", "circle"],
    "collection:evenings": ["café"],
    "by:me": ALL,
    "by:anna": ALL,
    "by:boris": [],
    "fav": ["fox"],
    "-is:favourite red": ["circle", "square"],
    "is:imported": ["brought"],
    "rating:mature": ["plain"],
    "rating:unrated": [],
    # days
    "on:2026-10-01": ["square"],
    "on:2026-09": ["fox", "circle"],
    "before:2026-10-01": ["fox", "circle"],
    "after:2026-10-05": ["brought", "plain"],
    "after:2026-09-30 before:2026-10-02": ["square"],
    "on:2026-10-01..2026-10-02": ["square", "лиса"],
    # together
    'model:pony steps:>20 "red fox" tag:fox -tag:draft fav by:me rating:general': ["fox"],
    # what cannot be read is left out
    "castle nothing:here steps:many": ["brought"],
    "": ALL,
}
"""What Anna finds among her own, by what she types."""
PUBLIC: dict[str, list[str]] = {
    "fox": ["shown"],
    "hidden": [],
    "-hidden": ["shown", "veiled"],
    "veiled": ["veiled"],
    "secret": [],
    "private": [],
    "steps:>20": ["shown"],
    "-steps:>50": ["shown", "veiled"],
    "steps:45": [],
    "tag:fox": [],
    "by:boris": ["shown", "veiled"],
    "by:me": [],
    "is:shared": [],
    "before:2026-10-01": ["shown", "veiled"],
}
"""Among what everybody shows."""
SHARED: dict[str, list[str]] = {"fox": ["hers"], "alone": ["hers"], "private": [], "tag:fox": [], "steps:30": ["hers"]}
"""Among what is shared with her by name."""


ODD = (
    "0",
    "-1",
    "1.5",
    "9" * 15,
    "-999999999999999..999999999999999",
    "'",
    '"%s"',
    "\\",
    '"a\' OR 1=1"',
    "*",
    "(",
    "x" * 400,
)
"""Values that are asked of every operator: they may find what they like, and must be answered."""


def fill() -> None:
    from django.contrib.auth.models import User

    anna, boris = (User.objects.create_user(name) for name in (PERSON, OTHER))
    for owner, things in ((anna, OURS), (boris, THEIRS)):
        for day, (name, facts) in enumerate(things.items()):
            _keep(owner, anna, name, START + timedelta(days=day), facts)


def _keep(owner: Any, anna: Any, name: str, made: datetime, facts: dict[str, Any]) -> None:
    from gallery import search, tagging
    from gallery.models import Collection, Favourite, Output

    width, height = facts.get("size", (1024, 1024))
    stored = {key: facts[key] for key in STORED if key in facts}
    output = Output.objects.create(
        owner=owner,
        type=facts.get("type", "image"),
        model=facts.get("model", "pony"),
        mode=facts.get("mode", "text2image"),
        prompt=facts["prompt"],
        title=name if facts.get("visibility") else "",
        notes=facts.get("notes", ""),
        parameters=stored,
        receipt={"name": name},
        file=f"outputs/{name}",
        poster=f"posters/{name}",
        format=facts.get("format", "png"),
        bytes=1,
        sha256="0" * 64,
        pixel_sha256="0" * 64,
        seed=facts.get("seed", 7),
        width=width,
        height=height,
        frames=facts.get("frames", 1),
        imported=facts.get("imported", False),
        rating=facts.get("rating", "general"),
        visibility=facts.get("visibility", "private"),
        shows_prompt=facts.get("shows_prompt", True),
    )
    Output.objects.filter(pk=output.pk).update(created_at=made)
    for tag in facts.get("tags", ()):
        tagging.add(owner, [output.pk], tag)
    if facts.get("liked"):
        Favourite.objects.create(person=owner, output=output)
    if title := facts.get("collection"):
        Collection.objects.create(owner=owner, title=title).items.create(output=output)
    if facts.get("named"):
        output.shared_with.add(anna)
    search.reindex([output.pk])


def answers() -> dict[str, dict[str, list[str]]]:
    from django.contrib.auth.models import User

    from gallery import queries
    from gallery.queries import Whose
    from gallery.search import vocabulary

    anna = User.objects.get(username=PERSON)
    for operator in vocabulary.known().operators:
        for odd in ODD:
            found(anna, queries.feed(anna), f"{operator.name}:{odd} OR -{operator.name}:{odd} fox {odd}")
    feeds = {"mine": (Whose.MINE, MINE), "public": (Whose.PUBLIC, PUBLIC), "shared": (Whose.SHARED, SHARED)}
    return {
        name: {text: found(anna, queries.feed(anna, whose), text) for text in asked}
        for name, (whose, asked) in feeds.items()
    }


def found(person: Any, feed: Any, text: str) -> list[str]:
    from gallery import search

    rows = search.apply(search.read(text, person), feed.rows, feed).order_by("created_at", "id")
    return [receipt["name"] for receipt in rows.values_list("receipt", flat=True)]


def main() -> None:
    fill()
    json.dump(answers(), sys.stdout)


if __name__ == "__main__":
    import django

    django.setup()
    main()
