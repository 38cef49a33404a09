"""How promises of an end hold, on a simulated day that starts with nothing learned.

Four models on four GPUs of two kinds, whose true speeds are far from the catalogue's first guesses; people ask by
Zipf's law, most at noon, and a flooder asks for an hour's work at each full hour. Each submit is promised an end as the
project does it: durations learned from what ended so far, the queue played forwards by the policy, corrected by how
earlier promises turned out. Nobody is told of what will be asked for later.

The columns: the shares that ended before the lower and before the upper end of what was promised (aim: about 50 %, and
80 to 95 %), how far from the lower end the ends lay (the median), and how wide the ranges were (upper over lower, the
median).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from generation.catalogue import Model, models
from generation.durations import NOTHING, Durations, Range, remaining
from generation.experience import End, Experience, Forecast
from generation.forecasting import Busy, Outlook, forecast
from generation.promises import SAMPLE as ENDS
from generation.request import Request, parse
from generation.scheduling import Candidate, Hand
from generation.timing import SAMPLE, load_of, work_of

from ._day import LOAD, Gpu, Job, Town, play
from ._disciplines import Ours

DEVICE = "GPU"
NOISE = 0.12
LEARN_EVERY = 5
"""Ends between two looks at what was measured; the project looks every ten seconds."""


@dataclass(slots=True, eq=False, kw_only=True)
class Asked(Job):
    """A job with what was asked and, once it came, with what was promised: from its submit on."""

    request: Request
    work: Range = NOTHING
    expected: Forecast | None = None
    promised: Range = NOTHING

    @property
    def took(self) -> float:
        return self.works_from + self.seconds - self.arrived


class Truth:
    """What GPUs really take: a little for each variant, the rest for its steps and pixels, with noise."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.pace = {model_id: dice.lognormvariate(-1.0, 0.6) for model_id in models()}

    def seconds(self, request: Request) -> float:
        usual = next(parameter.default for parameter in request.model.parameters if parameter.id == "width")
        pixels = request["width"] * request["height"] / usual**2
        length = request.get("num_frames", 16) / 16 * request["steps"] * pixels**1.15
        each = 0.8 + 0.15 * self.pace[request.model_id] * length
        return float(request["batch_size"] * each * self.dice.lognormvariate(0, NOISE))


class Promising(Ours):
    """The policy, promising an end for each job as it comes and learning from each that ends."""

    def __init__(self, gpus: int, learns: bool = True) -> None:
        super().__init__()
        self.learns = learns
        self.gpus = {name: Gpu(name) for name in (f"gpu-{number}" for number in range(gpus))}
        self.on: dict[str, Asked] = {}
        self.ended: list[Asked] = []
        self._learn()

    def add(self, job: Job) -> None:
        assert isinstance(job, Asked)
        job.work = self.working.range([work_of(job.request.to_json(), DEVICE, demo=False)])
        job.estimate = job.work.low
        super().add(job)
        outlook = self._play(job.arrived)[job.id]
        job.expected = Forecast(outlook.start_seconds, outlook.loading_seconds, job.work)
        job.promised = self.experience.promise(job.expected).end

    def take(self, gpu: Gpu, now: float) -> Job | None:
        job = super().take(gpu, now)
        if isinstance(job, Asked):
            self.gpus[gpu.name] = gpu
            self.on[gpu.name] = job
        return job

    def done(self, job: Job) -> None:
        super().done(job)
        (name,) = (name for name, running in self.on.items() if running is job)
        self.ended.append(self.on.pop(name))
        if self.learns and len(self.ended) % LEARN_EVERY == 0:
            self._learn()

    def _learn(self) -> None:
        newest: dict[str, list[Asked]] = {}
        for job in reversed(self.ended):
            newest.setdefault(f"{job.model} {job.request.mode_id}", []).append(job)
        sample = [job for jobs in newest.values() for job in jobs[:SAMPLE]]
        self.working = Durations([(work_of(job.request.to_json(), DEVICE, demo=False), job.seconds) for job in sample])
        loads = [job for job in sample if job.started is not None and job.works_from > job.started]
        self.loading = Durations([(load_of(job.model, DEVICE, demo=False), LOAD) for job in loads])
        self.experience = Experience(
            [End(job.expected, job.promised, job.took) for job in self.ended[-ENDS:] if job.expected is not None]
        )

    def _play(self, now: float) -> dict[UUID, Outlook]:
        busy = [Busy(name, _left(job, now)) for name, job in self.on.items()]
        hands = [Hand(gpu.name, frozenset({gpu.model}), loaded_at=gpu.loaded_at) for gpu in self.gpus.values()]
        loads = {model: self.loading.range([load_of(model, DEVICE, demo=False)]).low for model in models()}
        return forecast(self._waiting(), busy, hands, now, loads)

    def _waiting(self) -> Iterator[Candidate]:
        for (owner, model), line in self.lines.items():
            for job in line:
                since = max(job.arrived, self.since[owner, model])
                yield Candidate(job.id, owner, model, job.estimate, self.virtual[owner], since, place=job.arrived)


def _left(job: Asked, now: float) -> float:
    """Seconds until it ends, as far as its progress tells."""
    elapsed = max(0.0, now - job.works_from)
    loading = max(0.0, job.works_from - now)
    return loading + remaining(job.work, elapsed, min(elapsed / job.seconds, 0.99)).low


def asked(town: Town) -> list[Asked]:
    """The jobs of this town, each with sizes of its own and a true time that no formula knows."""
    dice = random.Random(town.seed)
    truth = Truth(dice)
    found = []
    for job in town.jobs():
        request = _request(dice, models()[job.model])
        seconds = truth.seconds(request)
        found.append(Asked(job.id, job.owner, job.model, job.arrived, job.estimate, seconds, request=request))
    return found


def _request(dice: random.Random, model: Model) -> Request:
    values: dict[str, object] = {"model": model.id, "prompt": "green hills", "batch_size": dice.choice([1, 1, 1, 2, 4])}
    values["mode"] = next(mode.id for mode in model.modes if mode.id.startswith("text2"))
    values["width"], values["height"] = dice.choices([512, 768, 1024], k=2)
    if model.type == "video":
        values["num_frames"] = dice.choice([33, 81, 81, 161])
    else:
        values["steps"] = dice.choice([10, 20, 30, 30, 50])
    return parse(values)


@dataclass(frozen=True)
class Score:
    before_low: float
    before_high: float
    error: float
    width: float


def score(jobs: Sequence[Asked]) -> Score:
    return Score(
        before_low=sum(job.took <= job.promised.low for job in jobs) / len(jobs),
        before_high=sum(job.took <= job.promised.high for job in jobs) / len(jobs),
        error=median(abs(job.took / job.promised.low - 1) for job in jobs),
        width=median(job.promised.high / job.promised.low for job in jobs),
    )


def day(town: Town, learns: bool = True) -> list[Asked]:
    """The jobs that ended, in the order of their ends."""
    promising = Promising(town.gpus, learns)
    play(asked(town), town.gpus, town.end, promising)
    return promising.ended


def main() -> None:
    print(f"{'':24} {'jobs':>6} {'before lower':>13} {'before upper':>13} {'error':>6} {'width':>6}")
    busy = Town(gpus=4, hours=12, people=40, load=0.4, flood=0.1)
    formulas, learned = day(busy, learns=False), day(busy)
    _print("the formulas alone", formulas)
    _print("learning", learned)
    _print("  the first 100", learned[:100])
    later = learned[100:]
    _print("  after them", later)
    _print("  that started at once", [job for job in later if job.expected and not job.expected.start])
    _print("  that waited", [job for job in later if job.expected and job.expected.start])
    for model in models().values():
        _print(f"  {model.name}", [job for job in later if job.model == model.id])
    _print("one GPU", day(Town(gpus=1, hours=24, people=20, load=0.4, flood=0.1, seed=2)))
    _print("one GPU, too much asked", day(Town(gpus=1, hours=12, people=20, load=0.8, flood=0.4, seed=3)))


def _print(name: str, jobs: Sequence[Asked]) -> None:
    found = score(jobs)
    shares = f"{found.before_low:13.0%} {found.before_high:13.0%} {found.error:6.0%}"
    print(f"{name:24} {len(jobs):6} {shares} {found.width:6.2f}", flush=True)
