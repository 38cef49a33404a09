"""The only writer of generations. Every change is a compare-and-set: it names the state (and attempt) it starts from,
and tells whether it took place. What is late or second finds another state and changes nothing."""

from .accounting import mend_turns
from .asking import cancel, check, retry, submit
from .claiming import claim, hand_back
from .control import cancel_all, drain, move, move_to_front, pause, resume, undrain
from .holding import LeaseLost, beat, fail, finish, holding, show
from .recovering import MAX_CRASHES, WORKER_LOST, recover, recover_silent
from .returning import bring_back

__all__ = [
    "MAX_CRASHES",
    "WORKER_LOST",
    "LeaseLost",
    "beat",
    "bring_back",
    "cancel",
    "cancel_all",
    "check",
    "claim",
    "drain",
    "fail",
    "finish",
    "hand_back",
    "holding",
    "mend_turns",
    "move",
    "move_to_front",
    "pause",
    "recover",
    "recover_silent",
    "resume",
    "retry",
    "show",
    "submit",
    "undrain",
]
