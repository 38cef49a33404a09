"""When waiting generations will start, by playing the policy forwards. Pure."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from .scheduling import POLICY, Candidate, Hand, Policy, choose


@dataclass(frozen=True, slots=True)
class Busy:
    """What a worker runs now, and how many seconds more that takes."""

    worker: str
    remaining: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """`position` is 1 for the next. Seconds from now: until it is claimed, and until it ends; `loading_seconds` of
    those between go into loading its model."""

    position: int
    start_seconds: float
    loading_seconds: float
    end_seconds: float


def forecast(
    rows: Iterable[Candidate],
    busy: Iterable[Busy],
    hands: Sequence[Hand],
    now: float,
    load_seconds: Mapping[str, float] | None = None,
    policy: Policy = POLICY,
) -> dict[UUID, Outlook]:
    """What becomes of these rows if nothing is added. Rows that no hand can run are not in the answer.

    `load_seconds` are by model; the policy says what others take. A worker keeps as many models warm as it does now.
    """
    queue = _Queue(rows)
    loads = load_seconds or {}
    free = {hand.name: 0.0 for hand in hands}
    for running in busy:
        if running.worker in free:
            free[running.worker] = max(0.0, running.remaining)
    timeline = [(moment, number) for number, moment in enumerate(free.values())]
    heapq.heapify(timeline)
    hands = list({hand.name: hand for hand in hands}.values())
    outlooks: dict[UUID, Outlook] = {}
    while timeline:
        moment, number = heapq.heappop(timeline)
        hand = hands[number]
        choice = choose(hand, queue.heads.values(), now + moment, policy)
        if choice is None:
            continue
        taken = choice.candidate
        loading = 0.0 if taken.model in hand.warm else loads.get(taken.model, policy.load_seconds)
        if taken.model not in hand.warm:
            kept = sorted(hand.warm)[1:]
            hands[number] = replace(hand, warm=frozenset([*kept, taken.model]), loaded_at=now + moment)
        end = moment + loading + taken.seconds
        outlooks[taken.id] = Outlook(len(outlooks) + 1, moment, loading, end)
        queue.take(taken, now + moment)
        heapq.heappush(timeline, (end, number))
    return outlooks


Key = tuple[int, str, tuple[str, ...], bool]
"""Whose, for which model with which LoRAs, and whether urgent: a worker can run all or none of one key."""


class _Queue:
    """The next of each key, with what the people would have been charged."""

    def __init__(self, rows: Iterable[Candidate]) -> None:
        self.heads: dict[Key, Candidate] = {}
        self._behind: defaultdict[Key, list[Candidate]] = defaultdict(list)
        self._keys: defaultdict[int, set[Key]] = defaultdict(set)
        for row in sorted(rows, key=lambda row: (row.place, row.id), reverse=True):
            key = _key(row)
            self._behind[key].append(row)
            self._keys[row.owner].add(key)
        self.heads = {key: line.pop() for key, line in self._behind.items()}

    def take(self, taken: Candidate, moment: float) -> None:
        key = _key(taken)
        if self._behind[key]:
            following = self._behind[key].pop()
            self.heads[key] = replace(following, waiting_since=max(following.waiting_since, moment))
        else:
            del self.heads[key]
            self._keys[taken.owner].remove(key)
        virtual = taken.virtual_seconds + taken.seconds / taken.weight
        for key in self._keys[taken.owner]:
            self.heads[key] = replace(self.heads[key], virtual_seconds=virtual)


def _key(row: Candidate) -> Key:
    return row.owner, row.model, row.loras, row.urgent
