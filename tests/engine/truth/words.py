"""What is said: prompts, how they are read, and the motion score that is told in words."""

from itertools import combinations
from typing import Any

import torch

from tests.engine.truth.trial import Effect, Trial, distance, levels

OTHER = "a teapot on a hill"
LONGEST = ("a winding river under snowy mountains, " * 60)[:1999] + "."


def prompt(trial: Trial) -> Effect:
    base, other = trial.run(), trial.at(OTHER)
    assert not torch.equal(base.calls[0].text, other.calls[0].text)
    return levels(base.pixels, other.pixels)


def negative_prompt(trial: Trial) -> Effect:
    """At every kind of guidance it leads the first step away from what the same words draw as a prompt."""
    effects = []
    for guidance in _kinds_of_guidance(trial):
        plain, avoided = trial.run(**guidance), trial.run(**guidance, negative_prompt=OTHER)
        heeded = guidance if guidance.get("guidance_scale", 1) >= 1 else {}
        drawn = trial.run(**heeded, prompt=OTHER).after_one_step
        without, away = plain.after_one_step, avoided.after_one_step
        assert (away - drawn).norm() > (without - drawn).norm(), f"{trial} at {guidance}"
        effects.append(levels(plain.pixels, avoided.pixels))
    return min(effects, key=lambda effect: effect.value)


def _kinds_of_guidance(trial: Trial) -> list[dict[str, Any]]:
    """With CFG, without, and with CFG below 1, which heeds no prompt or half of it: where they exist."""
    kinds: dict[str, list[dict[str, Any]]] = {
        "sdxl": [{"cfg_scale": 1}, {}],
        "wan_keyframes": [{}, {"guidance_scale": 3}, {"guidance_scale": 0.5}, {"guidance_scale": 0}],
    }
    return kinds.get(trial.model.family, [{}])


def clip_skip(trial: Trial) -> Effect:
    runs = [trial.at(value) for value in (1, 2, 3, 4)]
    pairs = list(combinations(runs, 2))
    assert not any(torch.equal(one.calls[0].text, other.calls[0].text) for one, other in pairs)
    return Effect(min(distance(one.pixels, other.pixels) for one, other in pairs), "levels")


def motion_score(trial: Trial) -> Effect:
    """The text encoder reads it behind the prompt, and behind the longest one too."""
    for words in ({}, {"prompt": f"{trial.mode.id}, {LONGEST}"[:2000]}):
        for score in (0.0, 5.0):
            run = trial.run(**words, motion_score=score)
            (text,) = run.texts
            assert text.endswith(f"motion score: {score:.1f}. There is no text in the video.")
    return levels(trial.at(0.0).pixels, trial.at(5.0).pixels)
