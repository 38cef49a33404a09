"""What is said: prompts, how they are read, and the motion score that is told in words."""

from itertools import combinations

import torch

from tests.engine.truth.trial import Effect, Trial, distance, levels

OTHER = "a teapot on a hill"
WITH_CFG: dict[str, list[dict[str, float]]] = {"sdxl": [{}], "wan_keyframes": [{"guidance_scale": 3}]}
WITHOUT_CFG: dict[str, list[dict[str, float]]] = {
    "sdxl": [{"cfg_scale": 1}],
    # Below 1 a prompt counts half, or not at all.
    "wan_keyframes": [{}, {"guidance_scale": 0.5}, {"guidance_scale": 0}],
}
LONGEST = ("a winding river under snowy mountains, " * 60)[:1999] + "."


def prompt(trial: Trial) -> Effect:
    base, other = trial.run(), trial.at(OTHER)
    assert not torch.equal(base.calls[0].text, other.calls[0].text)
    return levels(base.pixels, other.pixels)


def negative_prompt(trial: Trial) -> Effect:
    """It leads the first step away from what the same words draw: with CFG against what they add to no words at all,
    which is its formula, and with every other kind of guidance further from their picture."""
    effects = []
    for guidance in WITH_CFG.get(trial.model.family, []):
        plain, avoided = trial.run(**guidance), trial.run(**guidance, negative_prompt=OTHER)
        wordless = trial.lab.again(trial.lab.request(trial.model, trial.mode, **guidance).replacing(prompt=""))
        added = trial.run(**guidance, prompt=OTHER).after_one_step - wordless.after_one_step
        led = avoided.after_one_step - plain.after_one_step
        assert (led * added).sum() < 0, f"{trial} at {guidance}"
        effects.append(levels(plain.pixels, avoided.pixels))
    for guidance in WITHOUT_CFG.get(trial.model.family, [{}]):
        plain, avoided = trial.run(**guidance), trial.run(**guidance, negative_prompt=OTHER)
        heeded = guidance if guidance.get("guidance_scale", 1) >= 1 else {}
        drawn = trial.run(**heeded, prompt=OTHER).after_one_step
        without, away = plain.after_one_step, avoided.after_one_step
        assert (away - drawn).norm() > (without - drawn).norm(), f"{trial} at {guidance}"
        effects.append(levels(plain.pixels, avoided.pixels))
    return min(effects, key=lambda effect: effect.value)


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
