"""Every parameter × model × mode of the catalogue, and what proves it."""

import math
from collections.abc import Callable, Iterator

from generation.catalogue import Mode, Model, Parameter, models
from tests.engine.truth import pictures, shape, steering, words
from tests.engine.truth.trial import Effect, Trial

TRUTHS: dict[str, Callable[[Trial], Effect]] = {
    "batch_size": shape.batch_size,
    "cfg_scale": steering.guidance,
    "clip_skip": words.clip_skip,
    "denoising_strength": pictures.denoising_strength,
    "first_frame": pictures.first_frame,
    "fps": shape.fps,
    "guidance_scale": steering.guidance,
    "height": shape.size,
    "keyframes": pictures.keyframes,
    "last_frame": pictures.last_frame,
    "lighting_variant": steering.lighting_variant,
    "loras": steering.loras,
    "motion_score": words.motion_score,
    "negative_prompt": words.negative_prompt,
    "num_frames": shape.num_frames,
    "output_format": shape.output_format,
    "prompt": words.prompt,
    "quality": shape.quality,
    "reference_image": pictures.reference_image,
    "reference_strength": pictures.reference_strength,
    "sampler": steering.sampler,
    "seed": shape.seed,
    "steps": steering.steps,
    "width": shape.size,
}
"""Each raises AssertionError where a parameter does not do what its help says, and returns how much it does."""


def every_parameter() -> Iterator[tuple[Model, Mode, Parameter]]:
    """Mode by mode, so that the truths of a mode share their runs."""
    for model in models().values():
        for mode in model.modes:
            for parameter in model.parameters_for(mode.id):
                yield model, mode, parameter


def measure(trial: Trial) -> Effect:
    """What the truth finds. Raises AssertionError for a lie, for no effect and for a parameter without a truth."""
    name = trial.parameter.id
    assert name in TRUTHS, (
        f"Nothing proves {trial}: add {name!r} to TRUTHS in tests/engine/truth/matrix.py, with a function that changes"
        " it alone, shows that it does what its help says, and returns the Effect."
    )
    effect = TRUTHS[name](trial)
    assert math.isfinite(effect.value), f"{trial} has no measurable effect"
    assert effect.value > 0, f"{trial} has no effect"
    return effect
