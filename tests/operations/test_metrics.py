"""`/metrics` and `/healthz`: who may read them, what they tell, and what that costs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from generation import queries
from generation.models import Generation, QueueControl, State, Worker
from generation.request import parse

pytestmark = pytest.mark.django_db
TOKEN = "a-long-token-of-the-scraper"
SECRET = "a heron nobody else may read of"
READINGS = {
    "step_seconds": {"pony": 0.12},
    "prompt_cache": {"hits": 5, "misses": 2, "bytes": 400},
    "memory_used_bytes": 1000,
    "peak_bytes": 2000,
    "loads": 3,
}


@pytest.fixture(autouse=True)
def token(settings):
    settings.MEDIAGEN_METRICS_TOKEN = TOKEN


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def scrape() -> dict[str, dict[tuple[str, ...], float]]:
    """The samples by name, each by the values of its labels in their alphabetical order."""
    answer = Client().get("/metrics", headers=bearer(TOKEN))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def asked(owner: User, state: State = State.QUEUED, *, waited: float = 0, ran: float = 0, **facts) -> Generation:
    """One that ended just now, or waits since `waited` seconds."""
    request = parse({"model": "pony", "mode": "text2image", "prompt": SECRET})
    ended = timezone.now()
    if state in (State.SUCCEEDED, State.FAILED):
        facts = {"finished_at": ended, "started_at": ended - timedelta(seconds=ran)} | facts
        facts["created_at"] = facts["started_at"] - timedelta(seconds=waited)
    else:
        facts["created_at"] = timezone.now() - timedelta(seconds=waited)
    return Generation.objects.create(
        owner=owner,
        parameters=request.to_json(),
        model=facts.pop("model", "pony"),
        mode="text2image",
        state=state,
        **facts,
    )


def worker(name: str, silent: float = 0, **facts) -> Worker:
    seen = timezone.now() - timedelta(seconds=silent)
    return Worker.objects.create(
        name=name, hostname="bench", pid=1, device="cuda:0", started_at=seen, seen_at=seen, **facts
    )


def test_it_is_for_operators_and_scrapers(client_of, person):
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_generation"))
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics")["WWW-Authenticate"] == "Bearer"
    assert client_of(person).get("/metrics").status_code == 403
    assert client_of(looker).get("/metrics").status_code == 200
    assert Client().post("/metrics", headers=bearer(TOKEN)).status_code == 405


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}x", "Bearer ", "Bearer", f"Basic {TOKEN}", "Bearer чайник", TOKEN])
def test_a_wrong_token_is_refused(header):
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == 401


def test_without_a_token_in_the_settings_none_is_right(settings):
    settings.MEDIAGEN_METRICS_TOKEN = None
    for given in ("", "None", TOKEN):
        assert Client().get("/metrics", headers=bearer(given)).status_code == 401


def test_it_tells_of_the_queue_and_of_what_ended(person):
    asked(person, waited=90)
    asked(person, model="flux", waited=5)
    for ran in range(1, 11):
        asked(person, State.SUCCEEDED, waited=2 * ran, ran=ran, gpu_seconds=ran)
    asked(person, State.FAILED, error="161 frames do not fit.")
    asked(person, State.FAILED, error="81 frames do not fit.")
    asked(person, State.FAILED, finished_at=timezone.now() - timedelta(hours=2), error="long ago")
    QueueControl.objects.update_or_create(pk=1, defaults={"paused_at": timezone.now()})
    found = scrape()
    assert found["mediagen_generations_active"] == {("pony", "queued"): 1, ("flux", "queued"): 1}
    assert found["mediagen_queue_oldest_wait_seconds"][()] == pytest.approx(90, abs=30)
    assert found["mediagen_queue_paused"] == {(): 1}
    assert found["mediagen_generations_ended"] == {("pony", "succeeded"): 10, ("pony", "failed"): 2}
    assert found["mediagen_failures"] == {("N frames do not fit.",): 2}
    assert found["mediagen_gpu_seconds"] == {("pony",): 55}
    assert found["mediagen_wait_seconds"][("pony", "0.5")] == pytest.approx(10)
    assert found["mediagen_run_seconds"] == {("pony", "0.5"): 5, ("pony", "0.9"): 9, ("pony", "0.99"): 10}
    assert found["mediagen_disk_free_bytes"][()] > 0


def test_outputs_are_counted_with_what_made_them(person, make):
    make(person)
    old = asked(person, State.SUCCEEDED, finished_at=timezone.now() - timedelta(hours=2))
    make(person, generation=old)
    assert scrape()["mediagen_outputs"] == {("pony",): 1}


def test_it_tells_what_workers_measured(settings):
    worker("one", readings=READINGS, capabilities={"memory_bytes": 9000}, warm_models=["pony"])
    worker("two", silent=settings.LEASE_SECONDS + 1, draining=True)
    found = scrape()
    assert found["mediagen_worker_info"] == {("cuda:0", "bench", "one"): 1, ("cuda:0", "bench", "two"): 1}
    assert found["mediagen_worker_up"] == {("one",): 1, ("two",): 0}
    assert found["mediagen_worker_draining"] == {("one",): 0, ("two",): 1}
    assert found["mediagen_worker_model_warm"] == {("pony", "one"): 1}
    assert found["mediagen_step_seconds"] == {("pony", "one"): 0.12}
    assert found["mediagen_worker_memory_used_bytes"] == {("one",): 1000}
    assert found["mediagen_worker_memory_peak_bytes"] == {("one",): 2000}
    assert found["mediagen_worker_memory_bytes"] == {("one",): 9000}
    assert found["mediagen_model_loads_total"] == {("one",): 3}
    assert found["mediagen_prompt_cache_hits_total"] == {("one",): 5}
    assert found["mediagen_prompt_cache_misses_total"] == {("one",): 2}


def test_nobodys_words_are_told(person):
    asked(person)
    assert "heron" not in Client().get("/metrics", headers=bearer(TOKEN)).content.decode()


def test_a_scrape_asks_no_more_for_more_rows(person):
    def asks() -> int:
        with CaptureQueriesContext(connection) as captured:
            scrape()
        return len(captured)

    worker("one", readings=READINGS)
    asked(person, State.SUCCEEDED)
    few = asks()
    for number in range(20):
        worker(f"more-{number}", readings=READINGS)
        asked(User.objects.create_user(f"person{number}"), State.SUCCEEDED)
    assert asks() == few


def test_health_tells_of_queue_workers_redis_and_disk(person, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    asked(person)
    worker("one")
    answer = Client().get("/healthz")
    facts = answer.json()
    assert facts.pop("disk_free_bytes") > 0
    assert answer.status_code == 200
    assert facts == {
        "status": "ok",
        "queue": {"queued": 1, "running": 0},
        "workers": 1,
        "redis": False,
    }


def test_health_fails_with_the_database(monkeypatch):
    def gone():
        raise DatabaseError("gone")

    monkeypatch.setattr(queries, "health", gone)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "the database does not answer"})
