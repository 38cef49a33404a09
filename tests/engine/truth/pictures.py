"""What is shown: the pictures that a result starts from, and how closely it keeps to them."""

import numpy as np
import torch
from PIL import Image, ImageOps

from generation.catalogue import Decimal
from tests.engine import wan
from tests.engine.truth.lab import Run
from tests.engine.truth.trial import Effect, Trial, distance, levels, rising

STRIDE = 4
"""Frames to a latent frame, but for the first."""


def reference_image(trial: Trial) -> Effect:
    """Where little may change, each result is nearer to its own picture than to the other."""
    for own, other in ((wan.FIRST, wan.SECOND), (wan.SECOND, wan.FIRST)):
        run = trial.run(reference_image=own, denoising_strength=0.1)
        assert distance(run.pixels, _cropped(own, run)) < distance(run.pixels, _cropped(other, run))
    return levels(trial.run().pixels, trial.at(wan.SECOND).pixels)


def first_frame(trial: Trial) -> Effect:
    base, other = trial.run(), trial.at(wan.SECOND)
    assert _changed(base, other)[0] > 0
    return levels(base.pixels, other.pixels)


def last_frame(trial: Trial) -> Effect:
    """Nothing before the end is told otherwise."""
    base, other = trial.run(), trial.at(wan.FIRST)
    *before, last = _changed(base, other)
    assert last > 0
    assert not any(before)
    return levels(base.pixels, other.pixels)


def keyframes(trial: Trial) -> Effect:
    """The masks mark the frames that were asked for, at the model's stride."""
    first, second = ({"image": image} for image in (wan.FIRST, wan.SECOND))
    told = []
    for index in (9, 16):
        keys = [{**first, "frame_index": 0}, {**second, "frame_index": index}]
        told.append(trial.at(keys))
        assert _marked(told[-1]) == [0, {9: 8, 16: 16}[index]]
    return levels(told[0].pixels, told[1].pixels)


def denoising_strength(trial: Trial) -> Effect:
    """The result leaves the picture behind, and the first step begins at more noise, the more may change."""
    runs = [trial.at(value) for value in (0, 0.2, 0.4, 1)]
    away = [distance(run.pixels, _cropped(wan.FIRST, run)) for run in runs]
    assert rising(away)
    assert rising([run.calls[0].timestep for run in runs if run.calls])
    if trial.model.type == "image":
        assert away[0] == 0
    return Effect(away[-1] - away[0], "levels")


def reference_strength(trial: Trial) -> Effect:
    """What the network is told of the pictures grows evenly from nothing to all."""
    assert isinstance(trial.parameter, Decimal)
    strengths = [0, 0.3, trial.parameter.default, 1]
    runs = [trial.at(value) for value in strengths]
    nothing, everything = _told(runs[0]), _told(runs[-1])
    for value, run in zip(strengths, runs, strict=True):
        torch.testing.assert_close(_told(run), torch.lerp(nothing, everything, value), atol=1e-4, rtol=1e-4)
    nearer = [distance(run.pixels, runs[-1].pixels) for run in runs]
    assert rising(nearer[::-1])
    return Effect(nearer[0], "levels")


def _cropped(sha256: str, run: Run) -> np.ndarray:
    size = run.result.width, run.result.height
    return np.asarray(ImageOps.fit(wan.PICTURES[sha256], size, Image.Resampling.LANCZOS))


def _conditioning(run: Run) -> torch.Tensor:
    """What the network is told of the given frames: (1, channels, latent frames, height, width)."""
    inputs = run.calls[0].inputs
    if "control_hidden_states" in inputs:
        return inputs["control_hidden_states"]
    latents = inputs["hidden_states"]
    return latents[:, (latents.shape[1] - STRIDE) // 2 :]


def _told(run: Run) -> torch.Tensor:
    """The conditioning with the weight that it has for the network."""
    weight = run.calls[0].inputs.get("control_hidden_states_scale")
    return _conditioning(run) if weight is None else weight


def _changed(one: Run, other: Run) -> list[float]:
    """How much the conditioning differs, by latent frame."""
    return (_conditioning(one) - _conditioning(other)).abs().amax(dim=(0, 1, 3, 4)).tolist()


def _marked(run: Run) -> list[int]:
    """The frames that the masks give as known."""
    masks = _conditioning(run)[0, :STRIDE].amax(dim=(2, 3))
    frames = masks.T.flatten()[STRIDE - 1 :]
    return frames.nonzero().flatten().tolist()
