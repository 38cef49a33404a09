"""Where generations stand: their position in the queue, when they start and end, and why they wait."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from . import fleet, timing
from .access import Person
from .durations import NOTHING, Range
from .engine.api import Stage
from .experience import Forecast
from .line import Line, line, line_with
from .models import Generation, Share, State
from .reasons import HELD_UP, Reason, Why
from .request import Request
from .scheduling import Candidate


@dataclass(frozen=True)
class Standing:
    """`position` is 1 for the next in line. The ranges are seconds from now; None where nobody can tell, because it has
    ended or no worker can make it."""

    position: int | None = None
    starts_in: Range | None = None
    ends_in: Range | None = None
    why: Why | None = None

    @property
    def starts_at_once(self) -> bool:
        held_up = self.why is not None and self.why.reason in HELD_UP
        return not held_up and self.starts_in is not None and self.starts_in.high < 1


@dataclass(frozen=True)
class Estimate(Standing):
    """Where a submit would stand now. `work` is without waiting and loading; `forecast` has no experience in it."""

    work: Range = NOTHING
    forecast: Forecast | None = None

    @property
    def ahead(self) -> int:
        return (self.position or 1) - 1


def standing(generation: Generation, known: Line | None = None) -> Standing:
    """`known` is a look at the queue, for those who ask for many; else one is taken that is not too old."""
    if generation.state == State.RUNNING:
        loading = generation.stage == Stage.LOADING
        why = Why(Reason.LOADING, generation.model) if loading else None
        return Standing(ends_in=timing.remaining(generation), why=why)
    if generation.state != State.QUEUED:
        return Standing()
    known = known or line_with([generation])
    work = Range(generation.estimated_seconds, max(generation.estimated_seconds, generation.estimated_seconds_high))
    candidate = known.candidates.get(generation.pk)
    return _waiting(candidate, work, known) if candidate else _behind(generation, work, known)


def estimate(person: Person, request: Request, pk: UUID | None = None) -> Estimate:
    """`pk` is of the generation where it was submitted a moment ago: it does not stand in its own way."""
    known = line()
    work = timing.expected(request, fleet.devices(request))
    asked = _newcomer(person, request, work, known, pk or uuid4())
    known = known.with_one_more(asked)
    where = _waiting(asked, work, known)
    return Estimate(
        where.position, where.starts_in, where.ends_in, where.why, work, forecast=_forecast(asked, work, known)
    )


def _waiting(candidate: Candidate, work: Range, known: Line) -> Standing:
    why, expected = _why(candidate, known), _forecast(candidate, work, known)
    if expected is None:
        return Standing(why=why)
    promised = known.experience.promise(expected)
    return Standing(known.outlooks[candidate.id].position, promised.start, promised.end, why)


def _forecast(candidate: Candidate, work: Range, known: Line) -> Forecast | None:
    outlook = known.outlooks.get(candidate.id)
    return Forecast(outlook.start_seconds, outlook.loading_seconds, work) if outlook else None


def _behind(generation: Generation, work: Range, known: Line) -> Standing:
    """Behind all that was played forwards: as far as its age tells, at the pace of those before."""
    tail, seen = known.tail, len(known.candidates)
    along = (generation.created_at.timestamp() - tail.since) / max(tail.until - tail.since, 1e-6)
    position = seen + 1 + round(min(max(along, 0.0), 1.0) * max(tail.count - 1, 0))
    last = max((outlook.start_seconds for outlook in known.outlooks.values()), default=0.0)
    promised = known.experience.promise(Forecast(last * position / max(seen, 1), 0.0, work))
    return Standing(position, promised.start, promised.end, Why(Reason.AHEAD, generation.model, position - 1))


def _newcomer(person: Person, request: Request, work: Range, known: Line, pk: UUID) -> Candidate:
    """What the policy would see of a submit: whoever has nothing waiting starts beside the least served of the rest."""
    share = Share.of(person.pk)
    least = min((candidate.virtual_seconds for candidate in known.candidates.values()), default=0.0)
    return Candidate(
        id=pk,
        owner=share.pk,
        model=request.model_id,
        seconds=work.low,
        virtual_seconds=max(share.virtual_seconds, least),
        waiting_since=known.at,
        weight=share.weight,
        place=known.at,
        loras=tuple(request.loras),
    )


def _why(candidate: Candidate, known: Line) -> Why | None:
    def why(reason: Reason, count: int = 0) -> Why:
        return Why(reason, candidate.model, count)

    if known.paused:
        return why(Reason.PAUSED)
    if not known.workers:
        return why(Reason.NO_WORKER)
    outlook = known.outlooks.get(candidate.id)
    if outlook is None:
        offered = any(hand.can_run(candidate.model) for hand in known.hands)
        return why(Reason.NO_LORAS if offered else Reason.NOT_OFFERED)
    if running := known.at_limit.get(candidate.owner):
        return why(Reason.LIMIT, running)
    if ahead := outlook.position - 1:
        return why(_order(candidate, outlook.position, known), ahead)
    if outlook.start_seconds > 0:
        return why(Reason.BUSY)
    return why(Reason.LOADING if outlook.loading_seconds else Reason.STARTING)


def _order(candidate: Candidate, position: int, known: Line) -> Reason:
    """Why others go first: they were there first, unless some were not."""
    before = [known.candidates[pk] for pk, outlook in known.outlooks.items() if outlook.position < position]
    own = sum(other.seconds for other in before if other.owner == candidate.owner) / candidate.weight
    overtaking = [
        other for other in before if other.owner != candidate.owner and other.waiting_since > candidate.waiting_since
    ]
    if any(other.virtual_seconds < candidate.virtual_seconds + own for other in overtaking):
        return Reason.FAIR
    return Reason.WARM if overtaking else Reason.AHEAD
