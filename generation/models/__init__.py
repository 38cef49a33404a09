"""The ledger's tables. The `ledger` package is the only writer of Generation, Share and QueueControl."""

from .fairness import QueueControl, Share, Turn
from .generation import ACTIVE_STATES, FINAL_STATES, Generation, Grid, Preview, State
from .reference import ReferenceImage, reference_path
from .worker import NUMBERED, Worker

__all__ = [
    "ACTIVE_STATES",
    "FINAL_STATES",
    "NUMBERED",
    "Generation",
    "Grid",
    "Preview",
    "QueueControl",
    "ReferenceImage",
    "Share",
    "State",
    "Turn",
    "Worker",
    "reference_path",
]
