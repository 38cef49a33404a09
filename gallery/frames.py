"""What there is to see in a kept file, as pictures."""

from collections.abc import Iterator
from itertools import islice

import av
from PIL import Image

from .models import Output

MOST_FRAMES = 8
UNREADABLE = (OSError, av.FFmpegError)
"""What Pillow and av raise for a file that is gone or broken."""


def sample(output: Output, most: int = MOST_FRAMES) -> list[Image.Image]:
    """The image itself, or some frames of a video at even distances, the first and the last among them.

    Raises one of UNREADABLE, and ValueError for a video without a picture.
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


class NoSuchFrame(LookupError):
    """A frame that a video does not have."""


def still(output: Output, number: int = 0) -> Image.Image:
    """The image itself, or exactly this frame of a video, counted from 0.

    Raises NoSuchFrame, and one of UNREADABLE.
    """
    if not 0 <= number < output.frames:
        raise NoSuchFrame(number)
    frame = next(islice(each(output), number, None), None)
    if frame is None:
        raise NoSuchFrame(number)
    return frame


def each(output: Output) -> Iterator[Image.Image]:
    """Every frame in its order, one at a time; of an image, that image. Raises as `still` does."""
    with output.file.open("rb") as file:
        if not output.is_video:
            picture = Image.open(file)
            picture.load()
            yield picture
            return
        with av.open(file) as container:
            for frame in container.decode(video=0):
                yield frame.to_image()


def _evenly(total: int, most: int) -> set[int]:
    """Places of at most `most` frames among `total`."""
    steps = min(total, most) - 1
    return {round(step * (total - 1) / steps) for step in range(steps + 1)} if steps > 0 else {0}
