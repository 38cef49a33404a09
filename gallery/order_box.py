"""What the page of an output says of the order that a person keeps: the heart, title, notes, tags, collections."""

from typing import Any

from people.standing import Person

from . import favourites, trash
from .access import Seen
from .models import Collection, Output
from .order_forms import CollectionForm, DescriptionForm, TagForm

OFFERED = 100


def context(person: Person, seen: Seen) -> dict[str, Any]:
    liked = {"liked": seen.output.pk in favourites.of(person, [seen.output])}
    return liked | _own(person, seen) if seen.own else liked


def _own(person: Person, seen: Seen) -> dict[str, Any]:
    output = seen.output
    mine = Collection.objects.filter(owner_id=person.pk).order_by("-created_at", "-id").only("title", "visibility")
    return {
        "description_form": DescriptionForm.of(output, person),
        "tag_form": TagForm(person=person, outputs=Output.objects.none()),
        "collection_form": CollectionForm(person=person, collection=Collection()),
        "tags": list(output.tags.order_by("name").values_list("name", flat=True)),
        "in_collections": list(mine.filter(items__output=output.pk)),
        "other_collections": list(mine.filter(query="").exclude(items__output=output.pk)[:OFFERED]),
        "goes_at": trash.goes_at(output),
    }
