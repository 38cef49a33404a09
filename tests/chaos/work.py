"""What people ask of the site while it is under fire, and whether they got it in the end."""

import hashlib
import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from gallery.models import Output
from generation import ledger
from generation.engine.engine import Engine
from generation.models import FINAL_STATES, Generation, State
from generation.reconcile import SHELVES, reconcile
from generation.request import Request, parse

OWNERS = ("anna", "ben", "cleo")
TOKEN = "a" * 32
BACKLOG = 12
PATIENCE_SECONDS = 60
"""Longer than the site waits for a locked database: who gave up earlier and asked again would be served twice."""
IMAGE = {"type": "image", "mode": "text2image", "width": 512, "height": 512, "steps": 10}
KINDS: list[tuple[int, dict[str, Any]]] = [
    (6, {**IMAGE, "model": "pony", "prompt": "a teapot on a sunny table"}),
    (3, {**IMAGE, "model": "flux", "prompt": "a small robot waters a garden"}),
    (
        1,
        {"type": "video", "model": "phr00t", "mode": "text2video", "width": 512, "height": 512, "num_frames": 18}
        | {"fps": 8, "prompt": "a fox dances in the snow"},
    ),
]


@dataclass
class Job:
    """One thing that somebody wants, and what became of it."""

    owner: str
    fields: dict[str, Any]
    cancelled_after: float | None
    id: UUID | None = None


@dataclass
class People:
    """They submit one after another, ask again where the site did not answer, cancel some, retry what failed."""

    url: str
    random: Random
    jobs: list[Job]
    counts: Counter[str] = field(default_factory=Counter)
    unsure: bool = False

    def __post_init__(self) -> None:
        self.sessions = {name: _signed_in(name) for name in OWNERS}
        self.waiting = list(self.jobs)

    def act(self) -> None:
        """A little of what people do. Raises django.db.Error while the database is away."""
        if self.waiting and self._unfinished() < BACKLOG:
            self._submit(self.waiting[0])
        for job in self.jobs:
            if job.id is not None and job.cancelled_after is not None and self.random.random() < 0.02:
                self._post(job.owner, f"/generations/{job.id}/cancel/", {})
                job.cancelled_after = None
        for generation in Generation.objects.filter(state=State.FAILED):
            self.counts["failed, then retried: " + generation.error[:40]] += 1
            ledger.retry(generation, by_operator=True)

    def done(self) -> bool:
        return not self.waiting and self._unfinished() == 0

    def finished(self) -> int:
        return Generation.objects.filter(state__in=FINAL_STATES).count()

    def _unfinished(self) -> int:
        return Generation.objects.exclude(state__in=(State.SUCCEEDED, State.CANCELLED)).count()

    def _submit(self, job: Job) -> None:
        if self.unsure:
            # The site was cut off in the middle of an answer: a row that nobody knows is what was asked for then.
            known = {other.id for other in self.jobs}
            job.id = next((pk for pk in Generation.objects.values_list("pk", flat=True) if pk not in known), None)
        if job.id is None:
            self.unsure = True
            answer = self._post(job.owner, "/generate/", job.fields)
            if answer is None or answer.status_code != 303:
                self.counts["submits that had to be repeated"] += 1
                return
            job.id = UUID(answer.headers["location"].strip("/").rpartition("/")[2])
        self.unsure = False
        self.waiting.remove(job)

    def _post(self, owner: str, path: str, fields: dict[str, Any]) -> requests.Response | None:
        headers = {"X-CSRFToken": TOKEN, "Referer": self.url}
        try:
            return self.sessions[owner].post(
                self.url + path, data=fields, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False
            )
        except requests.RequestException:
            return None


@dataclass(frozen=True)
class Verdict:
    """What must be nought, each."""

    lost: int
    unfinished: int
    incomplete: int
    duplicated: int
    orphans: int
    missing: int
    damaged: int
    different: int


def drawn_jobs(random: Random, count: int) -> list[Job]:
    jobs = []
    for _ in range(count):
        (kind,) = random.choices([fields for _, fields in KINDS], [weight for weight, _ in KINDS])
        batch = random.choice((1, 1, 2)) if kind["type"] == "image" else 1
        fields = {**kind, "seed": random.randint(1, 4), "batch_size": batch}
        jobs.append(Job(random.choice(OWNERS), fields, 1.0 if random.random() < 0.06 else None))
    return jobs


def judge(jobs: list[Job]) -> Verdict:
    """Once all is quiet: rows, files and pixels against what was asked, and against a calm run."""
    reconcile(safe_age=timedelta(0))
    rows = {row.pk: row for row in Generation.objects.all()}
    outputs = list(Output.objects.all())
    variants = Counter((output.generation_id, output.variant) for output in outputs)
    each = Counter(output.generation_id for output in outputs)
    named = {name for shelf in SHELVES for name in shelf.rows(startswith="").values_list(shelf.field, flat=True)}
    stored = set(_stored_names())
    calm = Calm()
    return Verdict(
        lost=sum(job.id not in rows for job in jobs),
        unfinished=sum(row.state not in (State.SUCCEEDED, State.CANCELLED) for row in rows.values()),
        incomplete=sum(
            row.state == State.SUCCEEDED and each[row.pk] != row.parameters["batch_size"] for row in rows.values()
        ),
        duplicated=sum(count - 1 for count in variants.values()) + len(rows) - len(jobs),
        orphans=len(stored - named),
        missing=len(named - stored),
        damaged=sum(_sha256(output) != output.sha256 for output in outputs),
        different=sum(calm.pixels(output) != output.pixel_sha256 for output in outputs),
    )


class Calm:
    """The same requests in this process, with nobody to disturb."""

    def __init__(self) -> None:
        self.engine = Engine(settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS, settings.MEDIAGEN_ENGINE)
        self.known: dict[str, str] = {}

    def pixels(self, output: Output) -> str:
        """The hash that this output's pixels should have."""
        request = parse(output.parameters).replacing(batch_size=1)
        key = json.dumps(request.to_json(), sort_keys=True)
        if key not in self.known:
            self.known[key] = self._make(request)
        return self.known[key]

    def _make(self, request: Request) -> str:
        with tempfile.TemporaryDirectory() as folder:
            (result,) = self.engine.run(
                request,
                picture=lambda sha256: None,
                out_dir=Path(folder),
                on_progress=lambda progress: None,
                should_stop=lambda: False,
            )
        return result.pixel_sha256


def _signed_in(name: str) -> requests.Session:
    user, _ = User.objects.get_or_create(username=name)
    client = Client()
    client.force_login(user)
    session = requests.Session()
    session.cookies.set("sessionid", client.cookies["sessionid"].value)
    session.cookies.set("csrftoken", TOKEN)
    return session


def _stored_names() -> list[str]:
    root = Path(default_storage.path(""))
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


def _sha256(output: Output) -> str:
    with output.file.open("rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
