"""Given frames as the two families of Wan are told of them, in latents."""

import random
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch

from .wan_basis import FRAME_WEIGHTS, TEMPORAL, Basis
from .wan_motion import Clip

_STRIDE = 8
_LOOSE = 0.6
STRENGTHS = (1.0, 1.0, 1.0, 0.85, 0.85)

Kind = Literal["none", "first", "ends", "any"]


def grey(found: Basis) -> torch.Tensor:
    """(1, 24, 1, 1, 1): the latents of a grey picture."""
    picture = np.full((1, 32, 32, 3), 127.5, np.float32)
    return torch.from_numpy(found.encode(picture)).unsqueeze(2)


def of_frame(index: int) -> tuple[int, int, float]:
    """The latent frame that holds a frame, its place among the four there, and its weight."""
    if index == 0:
        return 0, 0, 1.0
    latent, place = divmod(index - 1, TEMPORAL)
    return latent + 1, place, FRAME_WEIGHTS[place]


def keyframes(frames: int, kind: Kind, rng: random.Random) -> list[int]:
    """Indices of given frames: none, the first, first and last, or some of every eighth."""
    last = frames - 1 if rng.random() < 0.6 else max(0, frames - 1 - rng.randrange(TEMPORAL))
    places = range(0, frames, _STRIDE)
    chosen = {"none": [], "first": [0], "ends": sorted({0, last})}
    return (
        chosen.get(kind) or rng.sample(places, min(len(places), rng.choice((1, 1, 2, 3, 4)))) if kind != "none" else []
    )


def strength_of(rng: random.Random) -> float:
    return rng.choice((*STRENGTHS, rng.random()))


def source(clips: Sequence[Clip], index: int, strength: float, rng: random.Random) -> torch.Tensor:
    """The frames of a clip to give; with little strength perhaps those of another, for the words are then to win."""
    other = rng.random() * _LOOSE > strength
    return torch.from_numpy(clips[rng.randrange(len(clips)) if other else index].sharp).float()


def concatenated(
    clips: Sequence[Clip], kinds: Sequence[Kind], filler: torch.Tensor, rng: random.Random
) -> torch.Tensor:
    """For image to video, (n, 4 + 24, frames, height, width): masks, then latents of grey with given frames in it."""
    count, (_, frames, height, width) = len(clips), clips[0].sharp.shape
    masks = torch.zeros(count, TEMPORAL, frames, height, width)
    given = filler.repeat(count, 1, frames, height, width)
    for index, kind in enumerate(kinds):
        strength = strength_of(rng)
        pictures = source(clips, index, strength, rng)
        for frame in keyframes(TEMPORAL * (frames - 1) + 1, kind, rng):
            latent, place, weight = of_frame(frame)
            masks[index, slice(None) if frame == 0 else place, latent] = strength
            given[index, :, latent].lerp_(pictures[:, latent], strength * weight)
    return torch.cat([masks, given], dim=1)


def controls(
    clips: Sequence[Clip], kinds: Sequence[Kind], filler: torch.Tensor, strength: float, rng: random.Random
) -> torch.Tensor:
    """For VACE, (n, 2 · 24 + 1, frames, height, width): latents of grey with the given frames in it, of grey, and the
    mask, which is 1 where a frame is to be made and which VACE takes from one frame for every latent one.
    """
    count, (_, frames, height, width) = len(clips), clips[0].sharp.shape
    every = TEMPORAL * (frames - 1) + 1
    asked = [int((latent + 0.5) * every / frames) for latent in range(frames)]
    given = filler.repeat(count, 1, frames, height, width)
    masks = torch.ones(count, 1, frames, height, width)
    for index, kind in enumerate(kinds):
        pictures = source(clips, index, strength, rng)
        for frame in keyframes(every, kind, rng):
            latent, _, weight = of_frame(frame)
            given[index, :, latent].lerp_(pictures[:, latent], weight)
            for place, at in enumerate(asked):
                if at == frame:
                    masks[index, :, place] = 0
    return torch.cat([given, filler.expand_as(given), masks], dim=1)
