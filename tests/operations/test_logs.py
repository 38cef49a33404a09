"""What the logs say, and what they never say."""

import io
import json
import logging
import logging.config
import re

import pytest
from django.http import HttpResponse
from django.utils import timezone

from generation import ledger, tasks
from generation.engine import libraries
from generation.engine.api import EngineError
from generation.log_context import log_about, logging_about
from generation.models import Worker
from generation.request import parse
from mediagen_site import logs
from mediagen_site.access_log import access_log

logger = logging.getLogger("tests.logs")
SECRET = "a heron nobody else may read of"


@pytest.fixture
def logged(request):
    """What is logged from here on, in the form that the test asks for, as it would stand in the file."""
    form = getattr(request, "param", "json")
    config = logs.configuration(form)
    config["handlers"]["console"]["stream"] = stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logging.config.dictConfig(config)
    yield stream
    root.handlers[:], root.level = handlers, level


def records(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_has_one_object_a_line_with_its_context(logged):
    with logging_about(generation="g1"):
        logger.info("Лиса\nи %s", "чайник")
        with logging_about(request_id="r1"):
            log_about(user_id=7)
            logger.warning("inner")
    logger.error("outside")
    first, inner, outside = records(logged)
    assert first["message"] == "Лиса\nи чайник"
    assert (first["level"], first["logger"], first["generation"]) == ("INFO", "tests.logs", "g1")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", first["timestamp"])
    assert (inner["generation"], inner["request_id"], inner["user_id"]) == ("g1", "r1", "7")
    assert set(outside) == {"timestamp", "level", "logger", "message"}


def test_an_exception_stays_on_its_line(logged):
    try:
        raise ValueError("broken\nteapot")
    except ValueError:
        logger.exception("It failed.")
    (record,) = records(logged)
    assert "ValueError: broken\nteapot" in record["exc_info"]


@pytest.mark.parametrize("logged", ["text"], indirect=True)
def test_text_ends_with_the_context(logged):
    with logging_about(generation="g1"):
        logger.info("hello")
    assert logged.getvalue().rstrip().endswith("INFO tests.logs: hello generation=g1")


class Broken:
    """An engine whose models cannot be used, and which says so in its own words."""

    loaded: list[str] = []
    device = "cpu"

    def run(self, *args, **kwargs):
        logging.getLogger("deep.inside").warning("a word")
        raise EngineError("no weights")


@pytest.mark.django_db
def test_all_that_is_said_while_a_generation_is_made_carries_its_id(logged, anna_asks, monkeypatch):
    generation, worker = anna_asks
    tasks.sit_down(tasks.Desk(worker, Broken()))
    monkeypatch.setattr("generation.tasks.close_old_connections", lambda: None)
    tasks.answer()
    tasks.sit_down(None)
    said = [record for record in records(logged) if record["logger"] in ("deep.inside", "generation.tasks")]
    assert [record["generation"] for record in said] == [str(generation.pk)] * len(said)
    assert {record["logger"] for record in said} == {"deep.inside", "generation.tasks"}


def test_what_the_libraries_say_goes_the_same_way(logged):
    libraries.log_like_us()
    with logging_about(generation="g1"):
        for name in ("diffusers.models", "transformers.generation"):
            logging.getLogger(name).error("broken")
    said = [(record["logger"], record["message"], record["generation"]) for record in records(logged)]
    assert said == [("diffusers.models", "broken", "g1"), ("transformers.generation", "broken", "g1")]


@pytest.fixture
def anna_asks(person):
    generation = ledger.submit(person, parse({"model": "pony", "mode": "text2image", "prompt": SECRET}))
    now = timezone.now()
    worker = Worker.objects.create(name="w", hostname="h", pid=1, device="cpu", started_at=now, seen_at=now)
    return generation, worker


@pytest.mark.django_db
def test_a_request_is_logged_with_its_id_and_person_and_without_their_words(logged, client_of, person):
    answer = client_of(person).get("/queue/", {"q": SECRET}, headers={"X-Request-ID": "from-the-proxy-1"})
    (record,) = [record for record in records(logged) if record["logger"] == "mediagen.access"]
    assert answer["X-Request-ID"] == record["request_id"] == "from-the-proxy-1"
    assert (record["method"], record["path"], record["status"]) == ("GET", "/queue/", 200)
    assert record["user_id"] == str(person.pk)
    assert record["seconds"] > 0
    assert "heron" not in logged.getvalue()


@pytest.mark.django_db
def test_what_people_write_is_never_logged(logged, client_of, person):
    client = client_of(person)
    client.post("/generate/", {"model": "pony", "mode": "text2image", "prompt": SECRET, "steps": "many"})
    client.post("/generate/", {"model": "pony", "mode": "text2image", "prompt": SECRET})
    client.get("/nowhere/", {"prompt": SECRET})
    client.get("/generate/", {"prompt": SECRET})
    statuses = [record["status"] for record in records(logged) if record["logger"] == "mediagen.access"]
    assert statuses == [422, 303, 404, 405]
    assert "heron" not in logged.getvalue()


@pytest.mark.parametrize("given", ["short", "x" * 65, "two words", "line\x0abreak", ""])
def test_an_id_that_is_none_is_replaced(rf, given):
    request = rf.get("/", headers={"X-Request-ID": given})
    answer = access_log(lambda request: HttpResponse())(request)
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


@pytest.mark.parametrize(
    ("path", "status", "seconds", "logged_lines"),
    [
        ("/x/", 204, 0.1, 0),
        ("/x/", 204, 2.0, 1),
        ("/healthz", 200, 0.1, 0),
        ("/healthz", 503, 0.1, 1),
        ("/x/", 200, 0, 1),
    ],
)
def test_polls_without_news_are_not_logged_unless_they_are_slow(
    rf, logged, monkeypatch, path, status, seconds, logged_lines
):
    clock = iter([10.0, 10.0 + seconds])
    monkeypatch.setattr("mediagen_site.access_log.time.perf_counter", lambda: next(clock))
    access_log(lambda request: HttpResponse(status=status))(rf.get(path))
    assert len(records(logged)) == logged_lines


def test_a_path_cannot_forge_a_line(rf, logged):
    access_log(lambda request: HttpResponse())(rf.get("/a%0AINFO forged"))
    (record,) = records(logged)
    assert record["path"] == "/a%0AINFO%20forged"
