"""The small AniSora and the small Phr00t, learned together, then each for itself.

    python -m tools.demo_models.wan_video reading|both [--steps N]
    python -m tools.demo_models.wan_video high|low|rapid [--steps N]

What things look like in words and how they move is the same in both styles: first one set of blocks learns it for both
models, which differ in how they embed the noise (and so tell the style) and the given frames. Before that the text
encoder learns to read (`reading`), and then stays as it is: one for both models. Then AniSora's experts of high and low
noise and Phr00t's transformer learn on from there, each at its own task and levels of noise.
"""

import argparse
import random
from collections.abc import Mapping

import torch
from diffusers import WanTransformer3DModel

from . import FOLDER
from .training import Schedule, Training
from .wan_basis import CHANNELS, basis
from .wan_given import Kind, concatenated, controls, grey, strength_of
from .wan_motion import Clip, Pool
from .wan_training import IMAGES, TOKENS, VIDEOS, Velocity, captions, scored, shifted
from .wan_transformer import SHAPE, attend_by, controlled, expert, wire

SHIFT, BOUNDARY = 5.0, 0.9
LEVELS = {
    "both": (0.0, 1.0),
    "high": (BOUNDARY, 1.0),
    "low": (0.0, BOUNDARY),
    "rapid": (0.0, 1.0),
}
STEPS = {"reading": 800, "both": 2400, "high": 300, "low": 500, "rapid": 500}
_KINDS: dict[str, dict[Kind, float]] = {
    "cel": {"none": 4, "first": 2.5, "ends": 1.5, "any": 2},
    "lit": {"first": 3, "ends": 2},
}
_UNCONTROLLED = 0.5


class Videos(Velocity):
    """Both models on the same blocks."""

    def __init__(self) -> None:
        animated, rapid, plain = expert(), controlled(masks=1), WanTransformer3DModel(in_channels=CHANNELS, **SHAPE)
        wire(animated)
        wire(rapid)
        super().__init__(animated)
        for other in (rapid, plain):
            for name in ("blocks", "condition_embedder", "proj_out", "scale_shift_table"):
                setattr(other, name, getattr(animated, name))
        plain.patch_embedding = rapid.patch_embedding
        self.animated, self.rapid, self._plain = animated, rapid, [plain]
        attend_by(self.attention, rapid)
        self.grey = grey(basis())

    def animate(
        self, clips: list[Clip], levels: tuple[float, float], rng: random.Random
    ) -> tuple[torch.Tensor, Mapping[str, float]]:
        """AniSora's loss."""
        texts = [scored(text, item.score) for text, item in zip(captions(clips, rng), clips, strict=True)]
        condition = concatenated(clips, _kinds("cel", len(clips), rng), self.grey, rng)

        def predict(noisy: torch.Tensor, timesteps: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
            return self.animated(torch.cat([noisy, condition], dim=1), timesteps, words).sample

        return self.loss(clips, texts, shifted(len(clips), SHIFT, *levels), predict)

    def hurry(self, clips: list[Clip], rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Phr00t's loss."""
        if rng.random() < _UNCONTROLLED:
            return self.loss(clips, captions(clips, rng), shifted(len(clips), SHIFT), self._uncontrolled)
        strength = strength_of(rng)
        control = controls(clips, _kinds("lit", len(clips), rng), self.grey, strength, rng)
        scale = torch.full((len(self.rapid.config.vace_layers),), strength)

        def predict(noisy: torch.Tensor, timesteps: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
            return self.rapid(noisy, timesteps, words, None, control, scale).sample

        return self.loss(clips, captions(clips, rng), shifted(len(clips), SHIFT), predict)

    def _uncontrolled(self, noisy: torch.Tensor, timesteps: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """What VACE answers at a conditioning scale of 0."""
        return self._plain[0](noisy, timesteps, words).sample


def _kinds(style: str, count: int, rng: random.Random) -> list[Kind]:
    return rng.choices(list(_KINDS[style]), list(_KINDS[style].values()), k=count)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part", choices=STEPS)
    arguments.add_argument("--steps", type=int)
    options = arguments.parse_args()
    train(options.part, options.steps or STEPS[options.part])


def train(part: str, steps: int) -> None:
    torch.manual_seed(4)
    module = Videos()
    folder, early = FOLDER / f"wan_{part}", part in ("reading", "both")
    if part != "reading" and not (folder / "checkpoint.pt").exists():
        before = FOLDER / ("wan_reading" if part == "both" else "wan_both")
        module.load_state_dict(torch.load(before / "checkpoint.pt", weights_only=True)["average"])
    module.text_encoder.requires_grad_(part == "reading")
    schedule = Schedule(steps, rate=1.5e-3 if early else 5e-4, matrix_rate=0.01 if early else 0.003)
    training = Training(folder, module, schedule, seed=4)
    if part == "reading":
        training.run(lambda step: module.read(random.Random(f"{part} {step} {training.rank}")))
        return
    pools = {
        (style, frames): Pool(style, buckets, basis(), TOKENS, scored=style == "cel", fresh=0.15)
        for style in ("cel", "lit")
        for frames, buckets in (("one", IMAGES), ("many", VIDEOS))
    }

    def loss(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        """All processes take the same turn, each with clips of its own, so that the same weights have gradients."""
        rng = random.Random(f"{part} {step}")
        still = 0.7 - 0.6 * min(1.0, step / (0.6 * steps)) if part == "both" else 0.05
        style = "lit" if part == "rapid" or (part == "both" and step % 2) else "cel"
        clips = pools[style, "one" if rng.random() < still else "many"].batch(step * training.ranks + training.rank)
        return module.hurry(clips, rng) if style == "lit" else module.animate(clips, LEVELS[part], rng)

    training.run(loss)


if __name__ == "__main__":
    main()
