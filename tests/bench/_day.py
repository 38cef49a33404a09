"""A day at some GPUs, played event by event: who asks for what, and what a discipline makes of it."""

import heapq
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin
from typing import Protocol
from uuid import UUID

from generation.catalogue import models
from generation.request import parse

HOUR = 3600.0
LOAD = 30.0
"""Seconds that a GPU takes to change its model. It holds one at a time."""
NOISE = 0.15
FLOODER = 0


@dataclass(slots=True, eq=False)
class Job:
    id: UUID
    owner: int
    model: str
    arrived: float
    estimate: float
    seconds: float
    """What the work takes in truth, without loading."""
    started: float | None = None
    works_from: float = 0.0

    def waited(self, end: float) -> float:
        return (end if self.started is None else self.started) - self.arrived


@dataclass(slots=True, eq=False)
class Gpu:
    name: str
    model: str = ""
    loaded_at: float = 0.0


class Discipline(Protocol):
    """The order of service. Times are seconds since midnight."""

    def add(self, job: Job) -> None: ...

    def take(self, gpu: Gpu, now: float) -> Job | None: ...

    def done(self, job: Job) -> None: ...


@dataclass(frozen=True)
class Town:
    """Who asks. `people` ask for `load` of what the GPUs can compute, shared by Zipf's law, most at noon and nothing at
    midnight; one more, the flooder, asks for `flood` of it, an hour's worth at each full hour."""

    gpus: int
    hours: float = 24.0
    people: int = 100
    load: float = 0.7
    flood: float = 0.7
    seed: int = 5

    @property
    def end(self) -> float:
        return self.hours * HOUR

    def jobs(self) -> list[Job]:
        """All that is asked for, by its time of arrival."""
        dice = random.Random(self.seed)
        kinds = _kinds()
        capacity = self.gpus * self.end * len(kinds) / sum(seconds for _, seconds in kinds)
        zipf = [1 / rank for rank in range(1, self.people + 1)]
        owners = dice.choices(range(1, self.people + 1), zipf, k=round(capacity * self.load))
        asked = [(self._moment(dice), owner) for owner in owners]
        waves = round(self.hours)
        for wave in range(waves):
            asked += [(wave * HOUR, FLOODER)] * round(capacity * self.flood / waves)
        return [self._job(dice, dice.choice(kinds), *when_and_who) for when_and_who in sorted(asked)]

    def _moment(self, dice: random.Random) -> float:
        while True:
            moment = dice.uniform(0, self.end)
            if dice.random() < (1 - 0.9 * sin(2 * pi * moment / self.end + pi / 2)) / 1.9:
                return moment

    def _job(self, dice: random.Random, kind: tuple[str, float], moment: float, owner: int) -> Job:
        model, estimate = kind
        truth = estimate * dice.lognormvariate(0, NOISE)
        return Job(UUID(int=dice.getrandbits(128)), owner, model, moment, estimate, truth)


def _kinds() -> list[tuple[str, float]]:
    """Every model in three lengths, with the seconds that the catalogue estimates."""
    found = []
    for model in models().values():
        name, lengths = ("num_frames", (33, 81, 161)) if model.type == "video" else ("steps", (20, 30, 50))
        mode = next(mode.id for mode in model.modes if mode.id.startswith("text2"))
        for length in lengths:
            request = parse({"model": model.id, "mode": mode, "prompt": "green hills", name: length})
            found.append((model.id, request.estimate_seconds()))
    return found


def play(jobs: Sequence[Job], gpus: int, end: float, discipline: Discipline) -> None:
    """Let the GPUs work until `end`; the jobs keep when they were started."""
    free = deque(Gpu(f"gpu-{number}") for number in range(gpus))
    busy: list[tuple[float, int, Gpu, Job]] = []
    arrivals = deque(jobs)
    while arrivals or busy:
        now = min(arrivals[0].arrived if arrivals else end, busy[0][0] if busy else end)
        if now >= end:
            return
        while busy and busy[0][0] <= now:
            _, _, gpu, done = heapq.heappop(busy)
            discipline.done(done)
            free.append(gpu)
        while arrivals and arrivals[0].arrived <= now:
            discipline.add(arrivals.popleft())
        while free and (job := discipline.take(free[0], now)) is not None:
            gpu = free.popleft()
            job.started = job.works_from = now
            if gpu.model != job.model:
                gpu.model, gpu.loaded_at = job.model, now + LOAD
                job.works_from += LOAD
            heapq.heappush(busy, (job.works_from + job.seconds, len(arrivals) * gpus + len(busy), gpu, job))
