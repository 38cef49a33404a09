"""What there is to see in a kept file, as pictures."""

import av
from PIL import Image

from .models import Output

MOST_FRAMES = 8


def sample(output: Output, most: int = MOST_FRAMES) -> list[Image.Image]:
    """The image itself, or some frames of a video at even distances, the first and the last among them.

    Raises OSError or av's errors where the file is gone or cannot be read, ValueError for a video without a picture.
    """
    with output.file.open("rb") as file:
        if not output.is_video:
            return [Image.open(file).convert("RGB")]
        wanted = _evenly(output.frames, most)
        with av.open(file) as container:
            frames = [frame.to_image() for at, frame in enumerate(container.decode(video=0)) if at in wanted]
    if not frames:
        raise ValueError("This video has no picture.")
    return frames


def _evenly(total: int, most: int) -> set[int]:
    """Places of at most `most` frames among `total`."""
    steps = min(total, most) - 1
    return {round(step * (total - 1) / steps) for step in range(steps + 1)} if steps > 0 else {0}
