"""Why a generation waits. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a generation has not begun to be made."""

    PAUSED = "paused"
    NO_WORKER = "no_worker"
    NOT_OFFERED = "not_offered"
    """No worker that lives has the model."""
    NO_LORAS = "no_loras"
    """None of those that have the model has its LoRAs too."""
    LIMIT = "limit"
    """As many of the same owner run as may."""
    FAIR = "fair"
    """Some came later and go first, because they had less."""
    WARM = "warm"
    """Some came later and go first, because their model is loaded."""
    AHEAD = "ahead"
    BUSY = "busy"
    """The next of all, and every worker works."""
    LOADING = "loading"
    STARTING = "starting"


HELD_UP = frozenset({Reason.PAUSED, Reason.NO_WORKER, Reason.NOT_OFFERED, Reason.NO_LORAS, Reason.LIMIT})
"""What no look at the queue tells the end of."""


@dataclass(frozen=True)
class Why:
    """`count`: how many are ahead or, at the limit, run."""

    reason: Reason
    model: str
    count: int = 0
