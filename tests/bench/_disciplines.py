"""Four orders of service for the same day: ours, and the three that queues usually have."""

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Callable

from generation.scheduling import POLICY, Candidate, Hand, Policy, choose, virtual_now

from ._day import Discipline, Gpu, Job

HEADS = 8
"""So many of the least served of each model are looked at, as the claim does."""


class Fifo:
    """The oldest first."""

    def __init__(self) -> None:
        self.line: deque[Job] = deque()

    def add(self, job: Job) -> None:
        self.line.append(job)

    def take(self, gpu: Gpu, now: float) -> Job | None:
        return self.line.popleft() if self.line else None

    def done(self, job: Job) -> None:
        pass


class RoundRobin:
    """One of each person in turn, whatever it takes."""

    def __init__(self) -> None:
        self.lines: dict[int, deque[Job]] = {}

    def add(self, job: Job) -> None:
        self.lines.setdefault(job.owner, deque()).append(job)

    def take(self, gpu: Gpu, now: float) -> Job | None:
        if not self.lines:
            return None
        owner = next(iter(self.lines))
        line = self.lines.pop(owner)
        job = line.popleft()
        if line:
            self.lines[owner] = line
        return job

    def done(self, job: Job) -> None:
        pass


class WarmFirst:
    """The oldest for the warm model; where nobody wants that, the oldest."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, deque[Job]] = defaultdict(deque)

    def add(self, job: Job) -> None:
        self.lines[job.model].append(job)

    def take(self, gpu: Gpu, now: float) -> Job | None:
        if line := self.lines[gpu.model]:
            return line.popleft()
        waiting = [line for line in self.lines.values() if line]
        return min(waiting, key=lambda line: line[0].arrived).popleft() if waiting else None

    def done(self, job: Job) -> None:
        pass


class Ours:
    """The policy of generation.scheduling, over the candidates and with the accounts that the ledger gives it."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.virtual: defaultdict[int, float] = defaultdict(float)
        self.lines: defaultdict[tuple[int, str], deque[Job]] = defaultdict(deque)
        self.since: dict[tuple[int, str], float] = {}
        self.orders: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        self.running: set[Job] = set()
        self.models_of: defaultdict[int, set[str]] = defaultdict(set)

    def add(self, job: Job) -> None:
        owner, model = job.owner, job.model
        self._set(owner, max(self.virtual[owner], self._virtual_now()))
        if model not in self.models_of[owner]:
            self.models_of[owner].add(model)
            insort(self.orders[model], (self.virtual[owner], owner))
            self.since[owner, model] = job.arrived
        self.lines[owner, model].append(job)

    def take(self, gpu: Gpu, now: float) -> Job | None:
        candidates = [
            self._candidate(owner, model) for model, order in self.orders.items() for _, owner in order[:HEADS]
        ]
        hand = Hand(gpu.name, frozenset({gpu.model}), loaded_at=gpu.loaded_at)
        choice = choose(hand, candidates, now, self.policy)
        if choice is None:
            return None
        owner, model = choice.candidate.owner, choice.candidate.model
        job = self.lines[owner, model].popleft()
        if self.lines[owner, model]:
            self.since[owner, model] = now
        else:
            self._remove(owner, model)
        self._set(owner, self.virtual[owner] + job.estimate)
        self.running.add(job)
        return job

    def done(self, job: Job) -> None:
        self._set(job.owner, self.virtual[job.owner] + job.seconds - job.estimate)
        self.running.remove(job)

    def _candidate(self, owner: int, model: str) -> Candidate:
        job = self.lines[owner, model][0]
        since = max(job.arrived, self.since[owner, model])
        return Candidate(job.id, owner, model, job.estimate, self.virtual[owner], since, place=job.arrived)

    def _virtual_now(self) -> float:
        waiting = [order[0][0] for order in self.orders.values() if order]
        started = [self.virtual[job.owner] - job.estimate for job in self.running]
        return virtual_now(waiting, started, self.virtual.values())

    def _set(self, owner: int, virtual: float) -> None:
        for model in self.models_of[owner]:
            order = self.orders[model]
            del order[bisect_left(order, (self.virtual[owner], owner))]
            insort(order, (virtual, owner))
        self.virtual[owner] = virtual

    def _remove(self, owner: int, model: str) -> None:
        self.models_of[owner].remove(model)
        order = self.orders[model]
        del order[bisect_left(order, (self.virtual[owner], owner))]


DISCIPLINES: dict[str, Callable[[], Discipline]] = {
    "FIFO": Fifo,
    "round-robin": RoundRobin,
    "warm-first": WarmFirst,
    "ours": Ours,
}
