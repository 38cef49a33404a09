"""What time a GIF can tell: hundredths of a second, and nothing between them."""

from itertools import pairwise

HUNDREDTHS = 100


def delays(fps: int) -> list[int]:
    """For how many hundredths of a second the frames stand, shortest first: each begins at its own time, rounded."""
    begins = [round(frame * HUNDREDTHS / fps) for frame in range(fps + 1)]
    return sorted({after - before for before, after in pairwise(begins)})
