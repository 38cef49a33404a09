"""Every sampler of the catalogue against its published formula, on a model whose answers are known."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler
from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler
from scipy.stats import beta

from generation.catalogue import Choice, get_model
from generation.engine.samplers import flux_scheduler, rapid_scheduler, sdxl_scheduler

SDXL = EulerDiscreteScheduler(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1
).config
FLUX = FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True).config
MU = 0.8
STEPS = 10

Network = Callable[[torch.Tensor], torch.Tensor]


def names(model_id: str) -> list[str]:
    parameters = {parameter.id: parameter for parameter in get_model(model_id).parameters}
    sampler = parameters["sampler"]
    assert isinstance(sampler, Choice)
    return [str(option.value) for option in sampler.options]


def generator(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(seed: int) -> torch.Tensor:
    return torch.randn(1, 4, 8, generator=generator(seed))


def velocity(sample: torch.Tensor) -> torch.Tensor:
    """Any smooth function will do as a network."""
    return torch.sin(sample) + 0.5 * sample


def flow(name: str, seed: int = 5) -> Any:
    scheduler = flux_scheduler(name, FLUX, generator(seed))
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / STEPS, STEPS), mu=MU, device="cpu")
    return scheduler


def run(scheduler: Any, sample: torch.Tensor, network: Network = velocity, begin: int = 0) -> list[torch.Tensor]:
    """The samples after every step, as Flux's pipelines drive a scheduler."""
    scheduler.set_begin_index(begin)
    samples = []
    for timestep in scheduler.timesteps[begin:]:
        sample = scheduler.step(network(sample), timestep, sample, return_dict=False)[0]
        samples.append(sample)
    return samples


def shifted(sigma: np.ndarray, shift: float) -> np.ndarray:
    """Resolution shift, arXiv 2403.03206, eq. 23."""
    return shift * sigma / (1 + (shift - 1) * sigma)


@pytest.mark.parametrize("name", names("flux"))
def test_flux_walks_the_shifted_sigmas_whatever_the_sampler(name: str) -> None:
    expected = [*shifted(np.linspace(1, 1 / STEPS, STEPS), math.exp(MU)), 0]
    scheduler = flow(name)
    assert scheduler.sigmas.numpy() == pytest.approx(expected, abs=1e-6)
    assert scheduler.timesteps.numpy() == pytest.approx(1000 * np.array(expected[:-1]), abs=1e-3)


def test_euler_is_a_straight_step() -> None:
    scheduler = flow("Euler")
    here, there = scheduler.sigmas[0], scheduler.sigmas[1]
    start = noise(1)
    torch.testing.assert_close(run(scheduler, start)[0], start + (there - here) * velocity(start))


def test_euler_a_steps_below_and_adds_noise_up_to_the_next_sigma() -> None:
    """With eta 1 the step lands on s·s'/s of its sigma; signal and noise there are brought back to 1 - s' and s'."""
    begin = 3
    scheduler = flow("Euler a", seed=9)
    here, there = scheduler.sigmas[begin : begin + 2].double()
    start = noise(1).double()
    below = there * there / here
    lower = start + (below - here) * velocity(start.float()).double()
    signal = (1 - there) / (1 - below)
    fresh = torch.randn(1, 4, 8, generator=generator(9)).double()
    expected = signal * lower + (there**2 - (below * signal) ** 2).sqrt() * fresh
    torch.testing.assert_close(run(scheduler, start.float(), begin=begin)[0], expected.float(), atol=1e-5, rtol=1e-5)


def multistep(signal: torch.Tensor, sigmas: torch.Tensor, sample: torch.Tensor, clean: Any) -> list[torch.Tensor]:
    """DPM-Solver++(2M), arXiv 2211.01095, algorithm 2, without history at first; `clean(sample, step)` predicts."""
    logsnr = (signal / sigmas).log()
    before, samples = None, []
    for step in range(len(sigmas) - 1):
        now = clean(sample, step)
        h = logsnr[step + 1] - logsnr[step]
        direction = now
        if before is not None:
            r = (logsnr[step] - logsnr[step - 1]) / h
            direction = (1 + 1 / (2 * r)) * now - before / (2 * r)
        sample = sigmas[step + 1] / sigmas[step] * sample - signal[step + 1] * torch.expm1(-h) * direction
        before = now
        samples.append(sample)
    return samples


def test_dpm_2m_is_the_second_order_multistep_rule() -> None:
    begin = 2
    scheduler = flow("DPM++ 2M")
    sigmas = scheduler.sigmas[begin:-1].double()
    expected = multistep(1 - sigmas, sigmas, noise(1).double(), lambda x, step: x - sigmas[step] * velocity(x))
    found = run(scheduler, noise(1), begin=begin)[:-1]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs.float(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["Euler", "DPM++ 2M"])
def test_a_straight_flow_is_solved_exactly(name: str) -> None:
    """From pure noise, and from the middle as image to image starts, to the one picture all paths lead to."""
    picture, start = noise(1), noise(2)
    for begin in (0, 4, STEPS - 1):
        scheduler = flow(name)
        scheduler.set_begin_index(begin)
        sample = scheduler.scale_noise(picture, scheduler.timesteps[begin : begin + 1], start)
        end = run(scheduler, sample, lambda _: start - picture, begin)[-1]
        torch.testing.assert_close(end, picture, atol=1e-4, rtol=1e-4)


def test_euler_a_ends_without_noise_and_spreads_as_the_schedule_says() -> None:
    """A network that knows the picture is 0 leaves noise of exactly the next sigma after every step."""
    scheduler = flow("Euler a")
    scheduler.set_begin_index(0)
    sample = torch.randn(1, 100, 1000, generator=generator(2))
    for step, timestep in enumerate(scheduler.timesteps):
        sample = scheduler.step(sample / scheduler.sigmas[step], timestep, sample, return_dict=False)[0]
        assert sample.std().item() == pytest.approx(scheduler.sigmas[step + 1].item(), abs=0.005)
    assert sample.abs().max() < 1e-6


def test_flux_samplers_differ_and_repeat_by_seed() -> None:
    ends = {name: run(flow(name), noise(1))[-1] for name in names("flux")}
    again = {name: run(flow(name), noise(1))[-1] for name in names("flux")}
    assert all(torch.equal(ends[name], again[name]) for name in ends)
    for first in ends:
        assert not any(torch.allclose(ends[first], ends[other], atol=1e-3) for other in ends if other != first)
    assert not torch.allclose(run(flow("Euler a", seed=6), noise(1))[-1], ends["Euler a"], atol=1e-3)


def test_steps_keep_the_dtype_of_the_sample() -> None:
    for name in names("flux"):
        assert run(flow(name), noise(1).bfloat16())[-1].dtype == torch.bfloat16


def test_rapid_walks_beta_sigmas_without_the_end_point() -> None:
    scheduler = rapid_scheduler(generator(), shift=8.0)
    scheduler.set_timesteps(4, device="cpu")
    assert scheduler.sigmas.tolist() == pytest.approx([1, 0.974, 0.889, 0.630, 0], abs=5e-4)
    scheduler = rapid_scheduler(generator(), shift=3.0)
    scheduler.set_timesteps(6, device="cpu")
    expected = shifted(beta.ppf([1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6], 0.6, 0.6), 3.0)
    assert scheduler.sigmas[:-1].numpy() == pytest.approx(expected, abs=1e-6)


def trained_sigmas() -> np.ndarray:
    """Noise over signal at each of the 1000 timesteps that Stable Diffusion was trained on: arXiv 2112.10752."""
    kept = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)
    return np.sqrt((1 - kept) / kept)


def karras(steps: int) -> np.ndarray:
    """arXiv 2206.00364, eq. 5, over the sigmas that Stable Diffusion was trained on."""
    low, high = trained_sigmas()[[0, -1]] ** (1 / 7)
    return (high + np.linspace(0, 1, steps) * (low - high)) ** 7


def test_sdxl_euler_a_walks_the_trained_sigmas() -> None:
    """Evenly spread from the first timestep upwards, as SDXL's own configuration spaces and offsets them."""
    scheduler = sdxl_scheduler("Euler a", SDXL, seed=1)
    scheduler.set_timesteps(STEPS)
    timesteps = np.arange(STEPS)[::-1] * (1000 // STEPS) + 1
    assert scheduler.timesteps.tolist() == timesteps.tolist()
    assert scheduler.sigmas.numpy() == pytest.approx([*trained_sigmas()[timesteps], 0], rel=1e-4)


@pytest.mark.parametrize(("name", "calls"), [("DPM++ 2M Karras", 1), ("DPM++ SDE Karras", 2)])
def test_karras_sigmas(name: str, calls: int) -> None:
    scheduler = sdxl_scheduler(name, SDXL, seed=1)
    scheduler.set_timesteps(STEPS)
    assert len(scheduler.timesteps) == calls * STEPS - (calls - 1)
    distinct = list(dict.fromkeys(scheduler.sigmas.tolist()))
    assert distinct == pytest.approx([*karras(STEPS), 0], rel=1e-3)


def sdxl_run(name: str, seed: int, config: Any = SDXL) -> torch.Tensor:
    """A whole run the way SDXL's pipelines drive a scheduler, on a network that answers with a smooth function."""
    scheduler = sdxl_scheduler(name, config, seed)
    scheduler.set_timesteps(STEPS)
    draws = {"generator": generator(seed)} if name == "Euler a" else {}
    sample = noise(1)[..., None] * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        seen = scheduler.scale_model_input(sample, timestep)
        sample = scheduler.step(torch.tanh(seen), timestep, sample, return_dict=False, **draws)[0]
    return sample


def test_sdxl_samplers_differ_and_repeat_by_seed() -> None:
    ends = {name: sdxl_run(name, 3) for name in names("pony")}
    for name, end in ends.items():
        assert torch.isfinite(end).all()
        assert torch.equal(end, sdxl_run(name, 3))
        assert not any(torch.allclose(end, ends[other], atol=1e-3) for other in ends if other != name)
    for name in ("Euler a", "DPM++ SDE Karras"):
        assert not torch.allclose(ends[name], sdxl_run(name, 4), atol=1e-3)


def test_sdxl_euler_a_is_the_ancestral_step() -> None:
    """Down by the deterministic part of the step, up by noise: arXiv 2010.02502, eq. 16, with eta 1, in sigmas."""
    scheduler = sdxl_scheduler("Euler a", SDXL, seed=3)
    scheduler.set_timesteps(STEPS)
    here, there = scheduler.sigmas[0].double(), scheduler.sigmas[1].double()
    start = noise(1)[..., None] * scheduler.init_noise_sigma
    scheduler.scale_model_input(start, scheduler.timesteps[0])
    answer = torch.tanh(start)
    up = (there**2 * (here**2 - there**2) / here**2).sqrt()
    down = (there**2 - up**2).sqrt()
    expected = start + (down - here) * answer + up * torch.randn(start.shape, generator=generator(3))
    found = scheduler.step(answer, scheduler.timesteps[0], start, generator=generator(3), return_dict=False)[0]
    torch.testing.assert_close(found, expected.float(), atol=1e-4, rtol=1e-4)


def test_sdxl_dpm_2m_is_the_second_order_multistep_rule() -> None:
    scheduler = sdxl_scheduler("DPM++ 2M Karras", SDXL, seed=3)
    scheduler.set_timesteps(20)
    relative = scheduler.sigmas[:-1].double()
    signal = (1 + relative**2) ** -0.5
    sigmas = relative * signal
    expected = multistep(
        signal, sigmas, noise(1).double(), lambda x, step: (x - sigmas[step] * x.tanh()) / signal[step]
    )
    sample = noise(1)
    for timestep, theirs in zip(scheduler.timesteps, expected, strict=False):
        sample = scheduler.step(sample.tanh(), timestep, sample, return_dict=False)[0]
        torch.testing.assert_close(sample, theirs.float(), atol=2e-3, rtol=2e-3)


def test_sdxl_dpm_sde_is_the_midpoint_rule_with_noise() -> None:
    """DPM-Solver++(2S) at the middle in log sigma, with ancestral noise in both halves, as Crowson published it."""
    scheduler = sdxl_scheduler("DPM++ SDE Karras", SDXL, seed=3)
    scheduler.set_timesteps(STEPS)
    start = noise(1) * scheduler.init_noise_sigma
    sample = start
    for timestep in scheduler.timesteps[:2]:
        answer = torch.tanh(scheduler.scale_model_input(sample, timestep))
        sample = scheduler.step(answer, timestep, sample, return_dict=False)[0]

    here, there = scheduler.sigmas[0].double(), scheduler.sigmas[1].double()
    middle = (here * there).sqrt()
    tree = BrownianTreeNoiseSampler(start, karras(STEPS)[-1] - 1e-5, karras(STEPS)[0] + 1e-5, 3)

    def clean(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return x - sigma * torch.tanh(x / (sigma**2 + 1).sqrt())

    def ancestral(target: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        up = (target**2 * (here**2 - target**2) / here**2).sqrt()
        down = (target**2 - up**2).sqrt()
        return down / here * start + (1 - down / here) * direction + tree(here, target) * up

    halfway = ancestral(middle, clean(start, here))
    expected = ancestral(there, clean(halfway, middle))
    torch.testing.assert_close(sample, expected.float(), atol=0.02, rtol=0.01)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="PLMS"):
        sdxl_scheduler("PLMS", SDXL, 0)
    with pytest.raises(ValueError, match="Euler A"):
        flux_scheduler("Euler A", FLUX, generator())
