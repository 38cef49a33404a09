"""Moving scenes as the video models are to make them: their pace is natural, so longer videos show more of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .render import render
from .wan_basis import FACTOR, TEMPORAL, Basis
from .world import Scene, Style, sample

NATURAL_FRAMES = 81
"""So many frames show times 0 to 1 of a scene."""
USUAL_SCORE = 3.0
_SCORES = 51
_REST = -0.35, 1.35
"""Before and after these times everything rests: things stay in the picture."""
_EARLIER = 2.4
"""Two moments stand for the four frames of a latent one: the last frame and so many frames before it."""


@dataclass(frozen=True)
class Clip:
    """A scene as latents (24, frames, height, width), and as each last frame of four alone would be (`sharp`)."""

    scene: Scene
    score: float
    latents: np.ndarray
    sharp: np.ndarray


def moment(frame: float, frames: int, score: float = USUAL_SCORE) -> float:
    """The scene's time at a frame of a video. The middle of every video is time 0.5; the motion score sets the pace."""
    time = 0.5 + (frame - (frames - 1) / 2) / (NATURAL_FRAMES - 1) * score / USUAL_SCORE
    return min(max(time, _REST[0]), _REST[1])


def sample_score(rng: random.Random) -> float:
    return USUAL_SCORE if rng.random() < 0.5 else rng.randrange(_SCORES) / 10


def clip(rng: random.Random, style: Style, size: tuple[int, int], frames: int, found: Basis, *, scored: bool) -> Clip:
    """A scene of training in `frames` latent frames of (width, height) pixels."""
    scene = sample(rng, style, moving=True)
    score = sample_score(rng) if scored else USUAL_SCORE
    width, height = size
    count = TEMPORAL * (frames - 1) + 1
    last = [moment(TEMPORAL * index, count, score) for index in range(frames)]
    earlier = [moment(TEMPORAL * index - _EARLIER, count, score) for index in range(1, frames)]
    moving = scene.motion is not None and scene.motion.kind != "still" and score > 0 and frames > 1
    times = [*last, *earlier] if moving else last[:1]
    pictures = np.stack([render(scene, width // 2, height // 2, time) for time in times])
    seen = found.encode_half(pictures)
    sharp = seen[:frames] if moving else np.repeat(seen, frames, axis=0)
    latents = np.concatenate([sharp[:1], (sharp[1:] + seen[frames:]) / 2]) if moving else sharp
    return Clip(scene, score, latents.swapaxes(0, 1).astype(np.float16), sharp.swapaxes(0, 1).astype(np.float16))


def unsaid(scene: Scene, rng: random.Random) -> Scene:
    """As the caption is to tell it: of what stands still it often tells nothing."""
    still = scene.motion is not None and scene.motion.kind == "still"
    return replace(scene, motion=None) if still and rng.random() < 0.6 else scene


@dataclass(frozen=True)
class Bucket:
    """Clips of one length and size, and how often a step takes them. `frames` are latent ones."""

    frames: int
    size: tuple[int, int]
    share: float

    @property
    def tokens(self) -> int:
        """That a transformer sees of one clip, in patches of 2 × 2."""
        return self.frames * (self.size[0] // FACTOR // 2) * (self.size[1] // FACTOR // 2)


class Pool:
    """Clips by bucket. Every batch is partly new; the rest was there before."""

    def __init__(
        self, style: Style, buckets: Sequence[Bucket], found: Basis, tokens: int, *, scored: bool, fresh: float
    ) -> None:
        self.style, self.buckets, self.found, self.tokens, self.scored, self.fresh = (
            style,
            buckets,
            found,
            tokens,
            scored,
            fresh,
        )
        self._kept: dict[Bucket, list[Clip]] = {bucket: [] for bucket in buckets}

    def batch(self, step: int) -> list[Clip]:
        rng = random.Random(f"{self.style} {step}")
        bucket = rng.choices(self.buckets, [bucket.share for bucket in self.buckets])[0]
        count = max(1, self.tokens // bucket.tokens)
        kept = self._kept[bucket]
        new = count if len(kept) < 2 * count else max(1, round(count * self.fresh))
        made = [clip(rng, self.style, bucket.size, bucket.frames, self.found, scored=self.scored) for _ in range(new)]
        batch = made + rng.sample(kept, count - new)
        kept += made
        del kept[: max(0, len(kept) - _most(bucket))]
        return batch


def _most(bucket: Bucket) -> int:
    """So many clips of a bucket are kept in memory."""
    return 400_000 // bucket.tokens
