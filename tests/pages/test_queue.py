"""The queue page: the order of one's own, cancelling all, and the operators' pause."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from generation import ledger, queries
from generation.contexts import Moves
from generation.models import Generation, State
from generation.request import parse

pytestmark = pytest.mark.django_db
TEAPOT = {"model": "pony", "mode": "text2image", "prompt": "a teapot"}


@pytest.fixture
def line(person) -> list[Generation]:
    return [ledger.submit(person, parse({**TEAPOT, "seed": seed})) for seed in range(3)]


def moves(client) -> dict[int, Moves]:
    """By seed."""
    mine = client.get(reverse("queue")).context["mine"]
    return {entry.generation.parameters["seed"]: moves for entry, moves in mine}


def move(client, generation: Generation, before: str | None):
    return client.post(reverse("generation_move", args=[generation.pk]), {"before": before})


def seeds(person) -> list[int]:
    return [Generation.objects.get(pk=pk).parameters["seed"] for pk in queries.my_line(person)]


def test_each_press_moves_one_place(person, client_of, line):
    first, _, third = line
    client = client_of(person)
    shown = {seed: (may.up is None, may.down is None) for seed, may in moves(client).items()}
    assert shown == {0: (True, False), 1: (False, False), 2: (False, True)}
    move(client, third, moves(client)[2].up)
    assert seeds(person) == [0, 2, 1]
    move(client, first, moves(client)[0].down)
    assert seeds(person) == [2, 0, 1]
    move(client, first, moves(client)[0].down)
    assert seeds(person) == [2, 1, 0]


def test_others_can_neither_move_nor_be_moved_before(person, other, client_of, line):
    theirs = ledger.submit(other, parse(TEAPOT))
    assert client_of(other).post(reverse("generation_move", args=[line[0].pk]), {"before": ""}).status_code == 404
    wrong = client_of(person).post(reverse("generation_move", args=[line[0].pk]), {"before": str(theirs.pk)})
    assert wrong.status_code == 404
    assert client_of(person).post(reverse("generation_move", args=[line[0].pk]), {"before": "x"}).status_code == 404
    assert "Move up" not in client_of(other).get(reverse("queue")).content.decode()


def test_what_has_started_meanwhile_is_told(person, client_of, line):
    ledger.cancel(line[1])
    answer = client_of(person).post(
        reverse("generation_move", args=[line[2].pk]), {"before": str(line[1].pk)}, follow=True
    )
    assert "moved on meanwhile" in answer.content.decode()


def test_cancel_all_says_how_many(person, other, client_of, line):
    theirs = ledger.submit(other, parse(TEAPOT))
    answer = client_of(person).post(reverse("queue_cancel"), follow=True)
    assert "3 cancelled." in answer.content.decode()
    theirs.refresh_from_db()
    assert theirs.state == State.QUEUED


def test_one_is_cancelled_from_the_queue_and_one_stays_there(person, client_of, line):
    answer = client_of(person).post(reverse("generation_cancel", args=[line[0].pk]), {"next": "queue"})
    assert (answer.status_code, answer.url) == (303, reverse("queue"))
    assert seeds(person) == [1, 2]


def test_operators_pause_and_everybody_sees_it(person, other, client_of):
    assert client_of(person).post(reverse("queue_pause")).status_code == 403
    person.user_permissions.add(Permission.objects.get(codename="change_queuecontrol"))
    client_of(person).post(reverse("queue_pause"))
    assert queries.is_paused()
    assert "paused the queue" in client_of(other).get(reverse("queue")).content.decode()
    client_of(person).post(reverse("queue_resume"))
    assert "paused the queue" not in client_of(other).get(reverse("queue")).content.decode()


def test_what_did_not_fit_is_tried_again_with_what_would(person, client_of):
    video = parse({"model": "anisora", "mode": "text2video", "prompt": "a fox dances", "num_frames": 161, "seed": 4})
    failed = ledger.submit(person, video)
    Generation.objects.filter(pk=failed.pk).update(state=State.FAILED, suggestion={"num_frames": 81}, error="too long")
    client = client_of(person)
    page = client.get(reverse("generation", args=[failed.pk])).content.decode()
    assert "Try again with Frames 81" in page
    answer = client.post(reverse("generation_retry", args=[failed.pk]), {"suggested": "1"})
    again = Generation.objects.get(state=State.QUEUED)
    assert answer.url == reverse("generation", args=[again.pk])
    assert again.parameters == {**failed.parameters, "num_frames": 81}


def test_what_is_quarantined_offers_no_second_try(person, client_of, line):
    Generation.objects.filter(pk=line[0].pk).update(state=State.FAILED, quarantined=True, error="lost")
    client = client_of(person)
    assert "Try again" not in client.get(reverse("generation", args=[line[0].pk])).content.decode()
    answer = client.post(reverse("generation_retry", args=[line[0].pk]), follow=True)
    assert "An operator alone can queue it again." in answer.content.decode()


def test_a_limit_is_told_in_the_form_and_what_was_typed_is_kept(person, client_of, settings, line):
    settings.MAX_QUEUED = 3
    answer = client_of(person).post(reverse("generate"), {**TEAPOT, "prompt": "a robot waters tulips"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "3 of yours are waiting, and 3 may." in page
    assert "a robot waters tulips" in page
    assert Generation.objects.count() == 3
