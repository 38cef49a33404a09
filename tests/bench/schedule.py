"""The scheduling policy beside FIFO, round-robin and warm-first, on the same simulated day.

Four models of which a GPU holds one, 30 seconds to change it, a hundred people who ask by Zipf's law, and a flooder who
alone asks for as much as all of them.

The columns: GPU seconds of work per GPU second (loading is no work), and its ratio to FIFO's; how long generations
waited for their start, without the flooder's; the longest that a person with something waiting saw nothing of it start;
Jain's fairness index (Jain, Chiu and Hawe 1984) of what each person received over what he was entitled to, hour by
hour, its mean and its worst. Entitled is what generalized processor sharing (Parekh and Gallager 1993) would have
given: the work done in each minute, shared evenly among those who still had something to ask for, none more than that.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._day import FLOODER, HOUR, Discipline, Job, Town, play
from ._disciplines import DISCIPLINES

MINUTE = 60.0
LEAST = 60.0
"""Who was entitled to less than so many GPU seconds in an hour is too small a part of it to compare."""


@dataclass(frozen=True)
class Score:
    """Of one day. `work` is GPU seconds of work per GPU second; waits are of all but the flooder, in seconds."""

    work: float
    p95_wait: float
    max_wait: float
    longest_turn: float
    jain: float
    worst_jain: float


def score(town: Town, jobs: Sequence[Job]) -> Score:
    minutes = round(town.end / MINUTE)
    received = np.zeros((town.people + 1, minutes))
    asked = np.zeros((town.people + 1, minutes))
    for job in jobs:
        asked[job.owner, int(job.arrived // MINUTE)] += job.seconds
        if job.started is not None:
            _spread(received[job.owner], job.works_from, job.works_from + job.seconds)
    entitled = entitlements(asked, received.sum(axis=0))
    indices = [
        jain(hour_received[big] / hour_entitled[big])
        for hour_received, hour_entitled in zip(_by_hour(received), _by_hour(entitled), strict=True)
        if (big := hour_entitled >= LEAST).any()
    ]
    waits = [job.waited(town.end) for job in jobs if job.owner != FLOODER]
    return Score(
        work=received.sum() / (town.gpus * town.end),
        p95_wait=float(np.percentile(waits, 95)),
        max_wait=max(waits),
        longest_turn=longest_turn(jobs, town.end),
        jain=float(np.mean(indices)),
        worst_jain=min(indices),
    )


def entitlements(asked: np.ndarray, done: np.ndarray) -> np.ndarray:
    """What generalized processor sharing gives each person in each minute, of the work done in that minute.

    `asked` is (people, minutes) in GPU seconds, `done` (minutes,). What nobody has to ask for yet is given later.
    """
    given = np.zeros_like(asked)
    backlog = np.zeros(len(asked))
    left = 0.0
    for minute, work in enumerate(done):
        backlog += asked[:, minute]
        given[:, minute] = max_min(backlog, left + work)
        left += work - given[:, minute].sum()
        backlog -= given[:, minute]
    return given


def max_min(wants: np.ndarray, total: float) -> np.ndarray:
    """The max-min fair shares of `total`: even, and nobody more than he wants."""
    low, high = 0.0, float(wants.max(initial=0.0))
    if wants.sum() <= total:
        return wants.copy()
    for _ in range(50):
        level = (low + high) / 2
        low, high = (level, high) if np.minimum(wants, level).sum() < total else (low, level)
    return np.minimum(wants, low)


def jain(ratios: np.ndarray) -> float:
    """1 where all ratios are the same, 1/n where one has all."""
    return float(ratios.sum() ** 2 / (len(ratios) * (ratios**2).sum())) if ratios.any() else 0.0


def longest_turn(jobs: Sequence[Job], end: float) -> float:
    """The longest that anybody but the flooder had something waiting while none of it was started."""
    longest = 0.0
    for owner in {job.owner for job in jobs} - {FLOODER}:
        mine = [job for job in jobs if job.owner == owner]
        starts = deque(sorted(job.started for job in mine if job.started is not None))
        before = 0.0
        for arrived in sorted(job.arrived for job in mine):
            start = starts.popleft() if starts else end
            longest = max(longest, start - max(arrived, before))
            before = start
    return longest


def _spread(row: np.ndarray, start: float, end: float) -> None:
    """Add the seconds from `start` to `end` to the minutes that they lie in."""
    first, last = int(start // MINUTE), int(end // MINUTE)
    for minute in range(first, min(last + 1, len(row))):
        row[minute] += min(end, (minute + 1) * MINUTE) - max(start, minute * MINUTE)


def _by_hour(table: np.ndarray) -> np.ndarray:
    """(people, minutes) into (hours, people)."""
    return table.reshape(len(table), -1, round(HOUR / MINUTE)).sum(axis=2).T


def trial(town: Town, discipline: Discipline) -> Score:
    jobs = town.jobs()
    play(jobs, town.gpus, town.end, discipline)
    return score(town, jobs)


def main() -> None:
    print("GPUs              work x FIFO p95 wait max wait    turn   Jain  worst")
    for gpus in (1, 4, 32):
        town = Town(gpus)
        scores = {name: trial(town, discipline()) for name, discipline in DISCIPLINES.items()}
        for name, of in scores.items():
            ratio = of.work / scores["FIFO"].work
            waits = f"{of.p95_wait:6.0f} s {of.max_wait:6.0f} s {of.longest_turn:5.0f} s"
            print(f"{gpus:4} {name:11} {of.work:5.2f} {ratio:6.2f} {waits} {of.jain:6.3f} {of.worst_jain:6.3f}")
