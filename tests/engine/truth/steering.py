"""How it is drawn: steps, guidance, sampler, light, LoRAs."""

from itertools import combinations

from generation.catalogue import Choice
from generation.catalogue.kinds import Number
from generation.engine import demo
from generation.engine.loras import folder
from tests.engine.loras import DRAWS, save
from tests.engine.truth.trial import Effect, Trial, distance, levels, rising


def steps(trial: Trial) -> Effect:
    """The network is called as often as that, or for the part of the steps that denoising leaves."""
    if trial.parameter.fixed:
        _refuses_others(trial)
        taken = len(trial.run().calls)
        assert taken == trial.parameter.default
        return Effect(taken, "calls")
    wanted = [10, 11, 20]
    runs = [trial.at(value) for value in wanted]
    calls = [len(run.calls) for run in runs]
    part = runs[0].request.get("denoising_strength", 1)
    assert calls == [int(value * part + 1e-6) for value in wanted]
    assert all(distance(one.pixels, other.pixels) > 0 for one, other in combinations(runs, 2))
    return Effect(calls[-1] - calls[0], "calls")


def guidance(trial: Trial) -> Effect:
    """The more, the further the first step and the result are from the unguided ones.

    A scale that is distilled into the network is something that the network reads: random weights make of it what they
    will, but read it they must.
    """
    assert isinstance(trial.parameter, Number)
    if trial.parameter.fixed:
        _refuses_others(trial)
        run = trial.run()
        return Effect(len(run.calls) / run.request["steps"], "calls a step")
    least, most = trial.parameter.minimum, trial.parameter.maximum
    unguided, *guided = (trial.at(value) for value in (least, 1.5, (least + most) / 2, most))
    if trial.model.family == "flux":
        read = [float(run.calls[0].inputs["guidance"]) for run in (unguided, *guided)]
        assert read == [run.request["guidance_scale"] for run in (unguided, *guided)]
        return Effect(min(distance(run.pixels, unguided.pixels) for run in guided), "levels")
    assert rising([(run.after_one_step - unguided.after_one_step).norm().item() for run in guided])
    away = [distance(run.pixels, unguided.pixels) for run in guided]
    assert rising(away)
    return Effect(away[-1], "levels")


def sampler(trial: Trial) -> Effect:
    assert isinstance(trial.parameter, Choice)
    runs = [trial.at(option.value) for option in trial.parameter.options]
    return Effect(min(distance(one.pixels, other.pixels) for one, other in combinations(runs, 2)), "levels")


def lighting_variant(trial: Trial) -> Effect:
    """High spends its steps at more noise."""
    low, high = trial.at("Low Noise"), trial.at("High Noise")
    assert high.timesteps[0] >= low.timesteps[0]
    assert all(more > less for less, more in zip(low.timesteps[1:], high.timesteps[1:], strict=True))
    return levels(low.pixels, high.pixels)


def loras(trial: Trial) -> Effect:
    """The more weight, the further the first step ends from where it ends without; with none it is that very result."""
    path = folder(trial.model, trial.lab.engine.models_dir) / "ink.safetensors"
    if not path.exists():
        save(demo.draw(trial.model), path, DRAWS[trial.model.family])
    base, *worn = (trial.at([{"name": "ink", "weight": weight}] if weight else []) for weight in (0, 0.1, 0.2, 0.4))
    away = [float((run.after_one_step - base.after_one_step).norm()) for run in worn]
    assert rising([0, *away]), str(away)
    assert trial.at([{"name": "ink", "weight": 0}]).result.pixel_sha256 == base.result.pixel_sha256
    assert trial.refusal([{"name": "ink", "weight": 2.05}]) == "out_of_range"
    return levels(worn[-1].pixels, base.pixels)


def _refuses_others(trial: Trial) -> None:
    fixed = trial.parameter.default
    assert trial.refusal(fixed) == ""
    assert {trial.refusal(value) for value in (0, fixed - 1, fixed + 1, fixed + 0.5)} <= {"fixed", "not_whole"}
