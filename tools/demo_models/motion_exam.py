"""The fixed questions of the video models: held-out combinations of shape, colour and place, set in motion."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .exam import Question
from .exam import questions as still_questions
from .judge import find
from .motion_judge import MOVES, movement
from .words import ENGLISH, RUSSIAN
from .world import PLACES

QUESTIONS = 60
PASS_MARKS = {"motion": 0.90, "colour": 0.95, "shape": 0.85}
MEASURES = ("motion", "colour", "shape", "place")
_ACROSS = ("right", "left")
_UPRIGHT = ("up", "down", "bounce")


@dataclass(frozen=True)
class MovingQuestion:
    """`still` is what the middle frame is to show."""

    prompt: str
    still: Question
    motion: str


def questions() -> list[MovingQuestion]:
    """Those of the image models, each with a motion for which there is room at its place."""
    return [question for question, _ in zip(_questions(), range(QUESTIONS), strict=False)]


def marks(draw: Callable[[MovingQuestion], Sequence[np.ndarray]]) -> dict[str, float]:
    """The share of questions whose frames, (height, width, 3) uint8, move rightly and show the right in the middle."""
    right: Counter[str] = Counter()
    asked = questions()
    for question in asked:
        right.update(answered(question, draw(question)))
    return {name: right[name] / len(asked) for name in MEASURES}


def answered(question: MovingQuestion, frames: Sequence[np.ndarray]) -> set[str]:
    """What is right. A bouncing thing may be anywhere above its place."""
    moved, seen = movement(frames), find(frames[len(frames) // 2])
    right = {
        name for name in ("colour", "shape", "place") if getattr(seen, name, None) == getattr(question.still, name)
    }
    if moved is not None and moved.kind == question.motion:
        right.add("motion")
    return right | {"place"} if question.motion == "bounce" and seen is not None else right


def _questions() -> Iterator[MovingQuestion]:
    """Each takes the motion that was rarest so far of those that there is room for."""
    taken: Counter[str] = Counter()
    for still in still_questions():
        possible = [motion for motion in MOVES if still.place in _room(motion, still.size)]
        motion = min(possible, key=lambda each: taken[each])
        taken[motion] += 1
        yield MovingQuestion(_told(still.prompt, motion), still, motion)


def _told(prompt: str, motion: str) -> str:
    """With the motion before the background."""
    english = prompt.isascii()
    words = (ENGLISH if english else RUSSIAN).motions[motion][0]
    thing, on, background = prompt.rpartition(" on a " if english else " на ")
    return f"{thing} {words}{on}{background}"


def _room(motion: str, size: str) -> set[str]:
    """The places from which there is way to both sides, or room to grow."""
    if motion in _ACROSS:
        return {"centre", "top", "bottom"}
    if motion in _UPRIGHT:
        return {"centre", "left", "right"}
    return set(PLACES) if motion == "still" or size != "large" else {"centre"}
