"""First guesses of how long a request takes, in seconds for one variant, until real timings are known."""

from collections.abc import Mapping
from typing import Any


def image_seconds(values: Mapping[str, Any]) -> float:
    return float(values["steps"]) * 0.4


def video_seconds(values: Mapping[str, Any]) -> float:
    return float(values["num_frames"]) / float(values["fps"]) * 3.5
