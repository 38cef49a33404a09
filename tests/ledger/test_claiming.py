"""What the claim reads and takes: the policy's choice, within what operators set, flat and once each."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import ledger
from generation.ledger import candidates
from generation.models import Generation, QueueControl, Share, Turn, Worker
from generation.request import parse
from generation.scheduling import POLICY

from .racing import LIMITED

SMALL = {
    *("SCAN generation_queuecontrol", "SCAN urgent", "SCAN turn", "SCAN CONSTANT ROW"),
    *(f"SCAN generation_generation USING INDEX generation_{few}" for few in ("urgent", "leased")),
}
"""Has one row; are the few that an index gave; is what this worker lacks; is what operators moved, and what runs."""


@pytest.fixture
def bert(db) -> User:
    return User.objects.create_user("bert")


def had(owner: User, seconds: float, weight: float = 1.0) -> None:
    """Let this person have had so many GPU seconds."""
    Share.objects.update_or_create(owner=owner, defaults={"virtual_seconds": seconds / weight, "weight": weight})
    Turn.objects.filter(owner=owner).update(virtual_seconds=seconds / weight)


def stack(owners: list[User], rows: int, model: str = "pony") -> None:
    """So many rows, dealt out to these people."""
    Generation.objects.bulk_create(
        Generation(owner=owners[n % len(owners)], parameters={}, model=model, mode="text2image", estimated_seconds=9)
        for n in range(rows)
    )
    ledger.mend_turns()


def with_loras(owner: User, *names: str) -> Generation:
    loras = [{"name": name, "weight": 0.8} for name in names]
    return ledger.submit(owner, parse({"model": "pony", "prompt": "a teapot", "loras": loras}))


def test_who_had_least_is_next(anna, bert, request_, worker):
    first, second = ledger.submit(anna, request_), ledger.submit(bert, request_)
    had(anna, 100)
    assert [ledger.claim(worker).pk, ledger.claim(worker).pk] == [second.pk, first.pk]


def test_a_flood_delays_who_comes_later_by_one_of_it(anna, bert, request_, worker):
    for _ in range(20):
        ledger.submit(anna, request_)
    ledger.claim(worker)
    alone = ledger.submit(bert, request_)
    assert alone in [ledger.claim(worker), ledger.claim(worker)]


def test_by_weight_people_get_their_shares(anna, bert, request_, worker):
    Share.objects.create(owner=anna, weight=3.0)
    for _ in range(20):
        ledger.submit(anna, request_)
        ledger.submit(bert, request_)
    owners = Counter(ledger.claim(worker).owner_id for _ in range(16))
    assert owners == {anna.pk: 12, bert.pk: 4}


def test_an_owners_order_is_kept(anna, request_, worker):
    first, second = ledger.submit(anna, request_), ledger.submit(anna, request_)
    assert ledger.move(second, before=first)
    assert [ledger.claim(worker), ledger.claim(worker)] == [second, first]


def test_the_warm_model_is_taken_and_the_change_noted(anna, bert, request_, worker):
    cold = ledger.submit(anna, request_)
    had(anna, 0)
    warm = Generation.objects.create(owner=bert, parameters={}, model="flux", mode="text2image", estimated_seconds=9)
    ledger.mend_turns()
    had(bert, 50)
    worker.warm_models = ["flux"]
    assert ledger.claim(worker) == warm
    assert worker.loaded_at is None
    assert ledger.claim(worker) == cold
    assert Worker.objects.get(pk=worker.pk).loaded_at == worker.loaded_at is not None


def test_who_waits_beyond_patience_has_the_model_changed(anna, bert, request_, worker):
    cold = ledger.submit(anna, request_)
    long_ago = timezone.now() - timedelta(seconds=POLICY.patience_seconds)
    Generation.objects.filter(pk=cold.pk).update(created_at=long_ago)
    Generation.objects.create(owner=bert, parameters={}, model="flux", mode="text2image", estimated_seconds=9)
    ledger.mend_turns()
    had(bert, 50)
    worker.warm_models = ["flux"]
    assert ledger.claim(worker) == cold


def test_urgent_is_next_of_all(anna, bert, request_, worker):
    rows = [ledger.submit(anna, request_) for _ in range(20)]
    ledger.submit(bert, request_)
    had(anna, 1000)
    assert ledger.move_to_front(rows[17])
    assert ledger.claim(worker) == rows[17]


def test_a_draining_worker_takes_nothing(anna, request_, worker):
    ledger.submit(anna, request_)
    ledger.drain(worker)
    assert ledger.claim(worker) is None
    ledger.undrain(worker)
    assert ledger.claim(worker) is not None


def test_while_the_queue_is_paused_nothing_is_taken(anna, request_, worker):
    ledger.submit(anna, request_)
    ledger.pause()
    assert QueueControl.objects.exclude(paused_at=None).exists()
    assert ledger.claim(worker) is None
    ledger.resume()
    assert ledger.claim(worker) is not None


@pytest.mark.parametrize(
    ("capabilities", "takes"), [({}, True), ({"models": {"pony": {}}}, True), ({"models": {"flux": {}}}, False)]
)
def test_a_worker_takes_what_it_announced(capabilities, takes, anna, request_, worker):
    ledger.submit(anna, request_)
    worker.capabilities = capabilities
    assert (ledger.claim(worker) is not None) is takes


def test_timings_are_kept_by_hardware_and_not_by_its_number(anna, request_, worker):
    worker.device = "NVIDIA H100 80GB HBM3 · cuda:1"
    ledger.submit(anna, request_)
    assert ledger.claim(worker).device == "NVIDIA H100 80GB HBM3"


def test_a_worker_takes_nothing_that_wants_loras_which_it_has_not(anna, bert, worker):
    worker.capabilities = {"models": {"pony": {}}, "loras": {"pony": ["ink", "wax"]}}
    wants = [with_loras(anna, "gold"), with_loras(anna, "ink", "gold"), with_loras(anna, "wax", "ink")]
    plain = with_loras(bert)
    ledger.move_to_front(wants[0])
    had(bert, 1000)
    assert [ledger.claim(worker) for _ in range(3)] == [wants[2], plain, None]
    worker.capabilities["loras"]["pony"] = ["gold", "ink"]
    assert [ledger.claim(worker) for _ in range(3)] == [wants[0], wants[1], None]


def test_however_many_want_a_lora_that_is_missing_the_claim_asks_the_same(anna, bert, worker):
    worker.capabilities = {"models": {"pony": {}}, "loras": {"pony": []}}
    with_loras(bert)
    had(bert, 10_000)
    with_loras(anna, "ink")
    with CaptureQueriesContext(connection) as few:
        assert ledger.claim(worker).owner == bert
    with_loras(bert)
    for number in range(20):
        with_loras(anna, f"ink {number}")
    with CaptureQueriesContext(connection) as many:
        assert ledger.claim(worker).owner == bert
    assert len(many) == len(few)


def test_behind_many_who_want_another_model_a_worker_finds_what_it_can_run(db, request_, worker, anna):
    """However far down in the fair order that is."""
    crowd = User.objects.bulk_create(User(username=f"person-{n}") for n in range(50))
    stack(crowd, 50, model="flux")
    mine = ledger.submit(anna, request_)
    had(anna, 10_000)
    worker.capabilities = {"models": {"pony": {}}}
    assert ledger.claim(worker) == mine


def test_no_more_run_than_a_person_may(anna, bert, request_, worker, settings):
    for _ in range(3):
        ledger.submit(anna, request_)
    other = ledger.submit(bert, request_)
    had(bert, 1000)
    Share.objects.filter(owner=anna).update(max_running=1)
    running = ledger.claim(worker)
    assert running.owner == anna
    assert ledger.claim(worker) == other
    assert ledger.claim(worker) is None
    ledger.finish(running)
    assert ledger.claim(worker).owner == anna


def test_turns_come_with_the_first_and_go_with_the_last(anna, request_, worker):
    first, second = ledger.submit(anna, request_), ledger.submit(anna, request_)
    assert Turn.objects.get().owner == anna
    claimed = ledger.claim(worker)
    assert claimed == first
    assert Turn.objects.exists()
    ledger.cancel(second)
    assert not Turn.objects.exists()
    ledger.hand_back(claimed)
    assert Turn.objects.exists()


def test_what_waits_without_a_turn_gets_one_and_empty_turns_go(anna, bert, request_, worker):
    waits = ledger.submit(anna, request_)
    Turn.objects.all().delete()
    Turn.objects.create(owner=bert, model="pony", virtual_seconds=0)
    assert ledger.mend_turns() == 2
    assert ledger.mend_turns() == 0
    assert Turn.objects.get().owner == anna
    assert ledger.claim(worker) == waits


def test_the_claim_asks_as_much_of_a_long_queue_as_of_a_short_one(anna, worker):
    stack([anna], 10)
    with CaptureQueriesContext(
        connection,
    ) as short:
        assert ledger.claim(worker)
    stack(User.objects.bulk_create(User(username=f"person-{n}") for n in range(100)), 1000)
    with CaptureQueriesContext(connection) as long:
        assert ledger.claim(worker)
    assert len(long) == len(short)


def test_the_claim_walks_no_table(worker):
    """Every step of the plan is a search by an index, but for what was found by one, also once the database knows how
    many rows there are."""
    stack(User.objects.bulk_create(User(username=f"person-{n}") for n in range(500)), 1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    ledger.claim(worker)
    with CaptureQueriesContext(connection) as queries:
        assert ledger.claim(worker)
    asked = [query["sql"] for query in queries if query["sql"].strip().startswith(("SELECT", "UPDATE", "DELETE"))]
    assert any("UNION" in sql for sql in asked)
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            walked = [step for *_, step in cursor if step.startswith("SCAN ")]
            assert [step for step in walked if step not in SMALL] == [], sql


def test_for_forecasts_the_first_of_all_turns_are_given(anna, bert, request_):
    stack([anna], 300)
    few = [ledger.submit(bert, request_) for _ in range(2)]
    ledger.move_to_front(few[1])
    found = candidates.waiting(50)
    assert len(found) == 50
    assert found[0].id == few[1].pk
    assert few[0].pk in {candidate.id for candidate in found[:3]}
    assert len(candidates.waiting(1000)) == 302


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_workers_that_race_never_take_the_same_nor_more_than_a_person_may(database, request, tmp_path):
    url = request.getfixturevalue("postgresql").with_tables() if database == "postgresql" else ""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mediagen_site.settings", "MEDIAGEN_HOME": str(tmp_path)}
    race = subprocess.run(
        [sys.executable, "-m", "tests.ledger.racing"],
        env={**environment, "DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert race.returncode == 0, race.stderr
    claims = [claim for worker in json.loads(race.stdout) for claim in worker]
    assert len(claims) == len({generation for generation, _owner, _running in claims}) == 60
    assert max(running for _generation, owner, running in claims if owner == LIMITED) == 1
