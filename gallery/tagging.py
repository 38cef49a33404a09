"""Tags: a person's own words for what is theirs."""

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_noop as _

from . import signals
from .models import Output, Tag
from .models.order import TAG_LENGTH

MOST = 50
SUGGESTIONS = 8
_SIGNS = frozenset('"\\,;:')


class BadTag(ValueError):
    """What cannot be a tag, or one too many. The message is for the person, in English; `params` fills it."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message, self.params = message, params


def clean(text: str) -> str:
    """The tag as it is kept: lower case, composed (NFC), single spaces. Raises BadTag."""
    name = unicodedata.normalize("NFC", " ".join(text.split()).lower())
    if not name:
        raise BadTag(_("Write a tag."))
    if len(name) > TAG_LENGTH:
        raise BadTag(_("At most %(length)d characters, please."), length=TAG_LENGTH)
    if any(character in _SIGNS or unicodedata.category(character).startswith("C") for character in name):
        raise BadTag(_("A tag has no quotation marks, colons, commas, semicolons or backslashes."))
    if not any(character.isalnum() for character in name):
        raise BadTag(_("A tag has at least one letter or digit."))
    return name


def of(person: AbstractBaseUser) -> QuerySet[Tag]:
    """All of this person's, with how many outputs have each as `count`."""
    return Tag.objects.filter(owner_id=person.pk).annotate(count=Count("outputs")).order_by("name")


def suggested(person: AbstractBaseUser, start: str) -> list[str]:
    """Tags of this person's own that begin like this, those first that are used most."""
    start = unicodedata.normalize("NFC", " ".join(start.split()).lower())
    found = Tag.objects.filter(owner_id=person.pk, name__startswith=start).annotate(count=Count("outputs"))
    found = found.order_by("-count", "name")
    return list(found.values_list("name", flat=True)[:SUGGESTIONS])


@transaction.atomic
def add(person: AbstractBaseUser, outputs: Iterable[UUID], name: str) -> int:
    """Tag this person's own with a clean name; how many did not have it. Raises BadTag where one has too many."""
    mine = Output.objects.filter(owner_id=person.pk, pk__in=list(outputs))
    full = mine.annotate(count=Count("tags")).filter(count__gte=MOST).exclude(tags__name=name, tags__owner=person.pk)
    if full.exists():
        raise BadTag(_("At most %(most)d tags for one, please."), most=MOST)
    tag, _made = Tag.objects.get_or_create(owner_id=person.pk, name=name)
    fresh = list(mine.exclude(tags=tag).only("pk"))
    tag.outputs.add(*fresh)
    return _described(fresh)


@transaction.atomic
def remove(person: AbstractBaseUser, outputs: Iterable[UUID], name: str) -> int:
    """Take the tag off; how many had it. A tag that nothing has any more goes."""
    tag = Tag.objects.filter(owner_id=person.pk, name=name).first()
    if tag is None:
        return 0
    had = list(tag.outputs.filter(pk__in=list(outputs)).only("pk"))
    tag.outputs.remove(*had)
    if not tag.outputs.exists():
        tag.delete()
    return _described(had)


@transaction.atomic
def rename(tag: Tag, name: str) -> bool:
    """Call it by another clean name; whether it was merged into a tag that had that name."""
    tagged = list(tag.outputs.only("pk"))
    other = Tag.objects.filter(owner_id=tag.owner_id, name=name).exclude(pk=tag.pk).first()
    if other is None:
        tag.name = name
        tag.save(update_fields=["name"])
    else:
        other.outputs.add(*tagged)
        tag.delete()
    _described(tagged)
    return other is not None


@transaction.atomic
def delete(tag: Tag) -> None:
    tagged = list(tag.outputs.only("pk"))
    tag.delete()
    _described(tagged)


def _described(outputs: list[Output]) -> int:
    """How many have other words now."""
    if outputs:
        signals.described.send(sender=Output, outputs=[output.pk for output in outputs])
    return len(outputs)
