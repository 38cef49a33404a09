"""What would fit, where a request did not: learned from the runs of this process, in proportion to the pixels."""

from dataclasses import dataclass
from itertools import product
from typing import Any

from generation.request import Request

_MARGIN = 0.9
_STRIDE = 4
"""Video models make their frames in groups of so many after the first: frames beyond a whole group cost one more."""


@dataclass
class Experience:
    """What one model has needed beside its weights: `largest` is the run with the most pixels that fitted, `per_pixel`
    the most bytes that a pixel of any run took, 0 where that cannot be measured.
    """

    largest: int = 0
    per_pixel: float = 0.0

    def fitted(self, pixels: int, taken: int | None) -> None:
        """A run of so many pixels came to its end and took so many bytes of the device beside the weights."""
        self.largest = max(self.largest, pixels)
        if taken is not None:
            self.per_pixel = max(self.per_pixel, taken / pixels)

    def most(self, failed: int, room: int | None) -> int:
        """Pixels that should fit where `failed` did not: in proportion to `room`, the bytes that the weights leave,
        or as many as have fitted before. Where nothing is known, half.
        """
        known = self.largest if self.largest < failed else 0
        if room is not None and self.per_pixel:
            return min(max(known, int(room * _MARGIN / self.per_pixel)), failed - 1)
        return max(known, failed // 2)


def pixels_of(request: Request) -> int:
    """Width × height × frames of one variant."""
    return int(request["width"] * request["height"] * request.get("num_frames", 1))


def smaller(request: Request, most: int) -> dict[str, Any] | None:
    """The values to change so that a request has at most so many pixels: fewer frames, else a smaller size.

    None if the model can do nothing so small.
    """
    area = request["width"] * request["height"]
    if "num_frames" in request.values:
        frames = (most // area - 1) // _STRIDE * _STRIDE + 1
        if frames >= _parameter(request, "num_frames").minimum:
            return {"num_frames": frames}
    widths, heights = (
        [option.value for option in _parameter(request, side).options if option.value <= request[side]]
        for side in ("width", "height")
    )
    ratio = request["width"] / request["height"]
    sizes = [(w, h) for w, h in product(widths, heights) if w * h * request.get("num_frames", 1) <= most]
    if not sizes:
        return None
    width, height = max(sizes, key=lambda size: (size[0] * size[1], -abs(size[0] / size[1] - ratio)))
    return {"width": width, "height": height}


def _parameter(request: Request, parameter_id: str) -> Any:
    parameter = request.model.parameter(parameter_id)
    assert parameter is not None, parameter_id
    return parameter
