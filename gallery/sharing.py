"""Whom an owner shows an output to. It takes effect as soon as the output is rated, and as its rating allows."""

import uuid

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from . import signals
from .models import Output, Visibility


def share(output: Output, visibility: Visibility, *, shows_prompt: bool, shows_references: bool) -> None:
    output.visibility = visibility
    output.shows_prompt = shows_prompt
    output.shows_references = shows_references
    if visibility == Visibility.LINK and output.link_key is None:
        output.link_key = uuid.uuid4()
    output.save(update_fields=["visibility", "shows_prompt", "shows_references", "link_key"])


@transaction.atomic
def share_all(outputs: QuerySet[Output], visibility: Visibility) -> int:
    """The same for many, of which each tells what it told; how many."""
    if visibility == Visibility.LINK:
        without = list(outputs.filter(link_key=None).only("pk"))
        for output in without:
            output.link_key = uuid.uuid4()
        Output.objects.bulk_update(without, ["link_key"], batch_size=100)
    ids = list(outputs.values_list("pk", flat=True))
    count = outputs.update(visibility=visibility)
    signals.described.send(sender=Output, outputs=ids)
    return count


def renew_link(output: Output) -> None:
    """The link that was given away leads nowhere any more; there is another one."""
    output.link_key = uuid.uuid4()
    output.save(update_fields=["link_key"])


def show_to(output: Output, person: User) -> None:
    output.shared_with.add(person)


def show_no_more_to(output: Output, username: str) -> None:
    output.shared_with.remove(*output.shared_with.filter(username=username))
