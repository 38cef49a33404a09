"""Which waiting generation a worker takes next. Pure: no database, no clock, no torch.

Fair sharing by virtual time. A share's virtual seconds are the GPU seconds that its owner had, divided by the weight:
CFS's vruntime, and the start tag of start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queuing", 1996).
The finish tag of weighted fair queueing (Demers, Keshav and Shenker, "Analysis and Simulation of a Fair Queueing
Algorithm", 1989) adds what the generation itself will take. The lowest tag is served next. A finish tag prefers short
generations, and only within what their owners are entitled to; while a generation waits, its tag falls to the start
tag, which knows no lengths.

A change of models costs half a minute, often more than the work itself. So a worker stays with the model that it has
warm while somebody waits for that model, until it has stayed long enough for the change to be cheap beside the work,
and somebody more entitled has waited long enough (a time-limited polling system: Takagi, "Queuing Analysis of Polling
Models", 1988). Policy has the bounds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID


@dataclass(frozen=True)
class Policy:
    """The bounds of what may be preferred to the fair order. Seconds."""

    stay_seconds: float = 300.0
    """A worker that loaded a model works on it so long, if anybody wants it: with loads of 30 seconds, at most
    30 / (30 + 300) = 9 % of the time goes into loading, however many people wait for however many models."""
    patience_seconds: float = 60.0
    """Whoever waited so long is served in the fair order: no warm model (beyond the stay) and no shorter work is
    preferred to theirs any more. About what people bear before they look whether it is broken."""
    lead_seconds: float = 120.0
    """Nor is the warm model preferred for somebody who is ahead of another by more virtual seconds than this."""
    short_seconds: float = 60.0
    """Work longer than this counts as this long: the most by which short work gets ahead of long work."""
    load_seconds: float = 30.0
    """What loading a model takes, for forecasts, where nothing was measured."""


POLICY = Policy()


class Reason(StrEnum):
    """Why it was this one's turn."""

    URGENT = "urgent"
    """An operator moved it to the front."""
    FAIR = "fair"
    """Its owner had the least, and the model is warm or none is."""
    WARM = "warm"
    """Its model is warm, and a change to a more entitled one's would come too soon."""
    OVERDUE = "overdue"
    """Its owner had the least and waited beyond patience: worth a change of models."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting generation. Times are seconds since one moment; `place` is its owner's order."""

    id: UUID
    owner: int
    model: str
    seconds: float
    virtual_seconds: float
    waiting_since: float
    weight: float = 1.0
    urgent: bool = False
    place: float = 0.0
    loras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker that asks for work. `models` are those it can run, and `loras` those it has by model, None for all;
    `loaded_at` is when it last changed."""

    name: str
    warm: frozenset[str] = frozenset()
    models: frozenset[str] | None = None
    loaded_at: float = 0.0
    loras: Mapping[str, frozenset[str]] | None = None

    def can_run(self, model: str, loras: Iterable[str] = ()) -> bool:
        """Whether it has the model, and all these LoRAs for it."""
        if self.models is not None and model not in self.models:
            return False
        return self.loras is None or self.loras.get(model, frozenset()).issuperset(loras)


@dataclass(frozen=True, slots=True)
class Choice:
    candidate: Candidate
    reason: Reason


def choose(hand: Hand, candidates: Iterable[Candidate], now: float, policy: Policy = POLICY) -> Choice | None:
    """The candidate to run next on this worker; None where it can run none of them."""
    runnable = [candidate for candidate in candidates if hand.can_run(candidate.model, candidate.loras)]
    if urgent := [candidate for candidate in runnable if candidate.urgent]:
        return Choice(min(urgent, key=lambda candidate: (candidate.place, candidate.id)), Reason.URGENT)
    tag = partial(_tag, now=now, policy=policy)
    warm = min(_next_of_each(c for c in runnable if c.model in hand.warm), key=tag, default=None)
    cold = min(_next_of_each(c for c in runnable if c.model not in hand.warm), key=tag, default=None)
    if warm is None or cold is None:
        only = warm or cold
        return Choice(only, Reason.FAIR) if only else None
    if tag(warm) <= tag(cold):
        return Choice(warm, Reason.FAIR)
    stayed = now - hand.loaded_at >= policy.stay_seconds
    may_change = stayed or warm.virtual_seconds - cold.virtual_seconds > policy.lead_seconds
    if may_change and now - cold.waiting_since >= policy.patience_seconds:
        return Choice(cold, Reason.OVERDUE)
    return Choice(warm, Reason.WARM)


def _next_of_each(candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    """Of each owner the one that the owner put first: no policy knows better in which order they want theirs."""
    firsts: dict[int, Candidate] = {}
    for candidate in candidates:
        first = firsts.get(candidate.owner)
        if first is None or (candidate.place, candidate.id) < (first.place, first.id):
            firsts[candidate.owner] = candidate
    return firsts.values()


def _tag(candidate: Candidate, now: float, policy: Policy) -> tuple[float, float, float, UUID]:
    """From the finish tag of somebody who comes to the start tag of somebody whose patience ends; then by age."""
    tag = candidate.virtual_seconds
    waited = now - candidate.waiting_since
    if waited < policy.patience_seconds:
        freshness = 1.0 - max(0.0, waited) / policy.patience_seconds
        tag += freshness * min(candidate.seconds, policy.short_seconds) / candidate.weight
    return (tag, candidate.waiting_since, candidate.place, candidate.id)


def virtual_now(waiting: Iterable[float], started: Iterable[float], known: Iterable[float]) -> float:
    """Where newcomers and returners begin, if they are not ahead of it: nobody saves up by staying away.

    With those who wait: where the least served of them stands. When nobody waits, where the furthest of those stood
    whose generations run, as they were claimed (the virtual time of start-time fair queueing, for several servers as in
    Jin, Chase and Kaur, "Interposed Proportional Sharing", 2004). When all is quiet, the furthest of all that are
    known: what people had while nobody else wanted it counts no more.
    """
    return min(waiting, default=max(started, default=max(known, default=0.0)))
