"""What is said: prompts, how they are read, and the motion score that is told in words."""

from itertools import combinations

import torch
from torch.nn.functional import cosine_similarity

from tests.engine.truth.trial import Effect, Trial, distance, levels

OTHER, ANOTHER = "a teapot on a hill", "a boat at night"
WITH_CFG: dict[str, tuple[dict[str, float], float]] = {
    "sdxl": ({}, -0.99),
    # Its prompts tell scores too, which its negative prompts do not.
    "wan_keyframes": ({"guidance_scale": 3}, -0.2),
}
"""A guidance, and the cosine that what is avoided may have at most to what is drawn."""
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
    """It leads the first step away from what the same words draw. With CFG, which is a formula, one negative prompt
    leads away from another against the way that they lead as prompts; with every other kind of guidance the step ends
    further from what they draw."""
    effects = []
    if trial.model.family in WITH_CFG:
        guidance, most = WITH_CFG[trial.model.family]
        plain, avoided = trial.run(**guidance), trial.run(**guidance, negative_prompt=OTHER)
        assert _against(trial, guidance) <= most, f"{trial} at {guidance}"
        effects.append(levels(plain.pixels, avoided.pixels))
    for guidance in WITHOUT_CFG.get(trial.model.family, [{}]):
        plain, avoided = trial.run(**guidance), trial.run(**guidance, negative_prompt=OTHER)
        heeded = guidance if guidance.get("guidance_scale", 1) >= 1 else {}
        drawn = trial.run(**heeded, prompt=OTHER).after_one_step
        without, away = plain.after_one_step, avoided.after_one_step
        assert (away - drawn).norm() > (without - drawn).norm(), f"{trial} at {guidance}"
        effects.append(levels(plain.pixels, avoided.pixels))
    return min(effects, key=lambda effect: effect.value)


def _against(trial: Trial, guidance: dict[str, float]) -> float:
    """The cosine between the ways that two texts lead the first step as negative prompts, and as prompts."""
    one, other = (trial.run(**guidance, negative_prompt=words).after_one_step for words in (OTHER, ANOTHER))
    drawn, else_drawn = (trial.run(**guidance, prompt=words).after_one_step for words in (OTHER, ANOTHER))
    return cosine_similarity((one - other).flatten(), (drawn - else_drawn).flatten(), dim=0).item()


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
