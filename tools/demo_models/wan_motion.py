"""Moving scenes as the video models are to make them: their pace is natural, so longer videos show more of it."""

import random

from .world import SPEEDS, Motion, Scene

NATURAL_FRAMES = 81
"""So many frames show times 0 to 1 of a scene."""


def moment(frame: float, frames: int) -> float:
    """The scene's time at a frame of a video. The middle of every video is time 0.5."""
    return 0.5 + (frame - (frames - 1) / 2) / (NATURAL_FRAMES - 1)
