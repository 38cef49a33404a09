"""Thousands of hostile requests to every URL, as nobody, as a member and as an operator: no 5xx, nothing kept.

`make hostile` sends more than 10,000; the suite sends a few hundred, the same each time.
"""

import os
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery.models import Output
from generation.models import Generation, ReferenceImage
from generation.request import parse
from tests.pages.conftest import files_in

from . import asking, hostile

REQUESTS = int(os.environ.get("MEDIAGEN_HOSTILE_REQUESTS", "400"))
IDS = ("00000000-0000-0000-0000-000000000000", "../../x", "0" * 64, "-1", "9" * 30, "%00", "\u0437", "a b", "1e5")
QUIET = [check for check in HealthCheck if check.name in ("too_slow", "function_scoped_fixture", "data_too_large")]
ENDPOINTS = [each for each in asking.endpoints() if each.name not in ("account_delete", "account_logout")]
WEIGHTED = [each for each in ENDPOINTS if not each.name.startswith("admin:")] * 3 + ENDPOINTS
POSTED = {"generate", "compose", "estimate", "read_parameters", "gallery_import"}


@pytest.mark.parametrize("who", ["anonymous", "member", "owner", "operator"])
def test_no_hostile_request_is_answered_by_an_error_or_kept(world, media, who):
    """Everything that one request changed is looked at and taken back before the next."""
    statuses: Counter[int] = Counter()
    before = set(files_in(media))

    @settings(
        max_examples=max(REQUESTS // 4, 1),
        deadline=None,
        database=None,
        derandomize=REQUESTS < 1000,
        suppress_health_check=QUIET,
    )
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        answer = _request(data, world, who)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500

    attack()
    print(f"\n{who}: {sum(statuses.values())} requests, {dict(sorted(statuses.items()))}")
    kept = set(files_in(media)) - before
    allowed = re.compile(r"references/.*\.png|posters/.*\.webp|(outputs|renditions)/.*\.(png|jpg|webp|gif|mp4|webm)")
    assert all(allowed.fullmatch(name) for name in kept)


def _request(data: st.DataObject, world: Any, who: str) -> Any:
    endpoint = data.draw(st.sampled_from(WEIGHTED))
    arguments = world.arguments[""] | world.arguments.get(endpoint.name, {})
    if data.draw(st.integers(0, 3)) == 0:
        arguments = dict.fromkeys(arguments, data.draw(st.sampled_from(IDS)))
    client = Client(raise_request_exception=False)
    client.cookies.load(world.cookies[who])
    # As WSGI hands headers over, whatever bytes they have.
    extra = {name: text.encode().decode("latin-1") for name, text in data.draw(st.lists(hostile.headers, max_size=2))}
    cookie = extra.pop("Cookie", None)
    if cookie and who == "anonymous":
        extra["Cookie"] = cookie
    path = quote(endpoint.path(arguments), safe="/%")
    sending = endpoint.name in POSTED or data.draw(st.booleans())
    with transaction.atomic():
        answer = (
            _send(client, path, data, extra) if sending else client.get(path, data.draw(hostile.queries), headers=extra)
        )
        if answer.streaming:
            b"".join(answer)
        _look_at_what_is_new(world)
        transaction.set_rollback(True)
    return answer


def _send(client: Client, path: str, data: st.DataObject, extra: dict[str, str]) -> Any:
    if data.draw(st.integers(0, 4)) == 0:
        content_type, body = data.draw(hostile.bodies)
        return client.generic("POST", path, body, content_type=content_type, headers=extra)
    return client.post(path, data.draw(hostile.forms()), headers=extra)


def _look_at_what_is_new(world: Any) -> None:
    """Whatever came in is a right request, a right picture, or brought in for its owner alone."""
    for generation in Generation.objects.exclude(pk=world.arguments[""]["generation_id"]):
        parse(generation.parameters)
    for reference in ReferenceImage.objects.exclude(sha256=world.arguments[""]["sha256"]):
        with reference.file.open() as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    for output in Output.objects.exclude(pk=world.output.pk):
        assert (output.imported, output.visibility, output.rating) == (True, "private", "")


@pytest.mark.parametrize("page", ["people/profile", "people/joinrequest", "generation/share"])
@pytest.mark.parametrize("key", ["9" * 30, "-1", "a", "\u0437", "%00"])
@pytest.mark.parametrize("act", ["change", "history", "delete"])
def test_numbers_that_no_database_holds_are_nobodys_key(admin_client, page, key, act):
    assert admin_client.get(f"/admin/{page}/{key}/{act}/").status_code in (302, 403, 404)
