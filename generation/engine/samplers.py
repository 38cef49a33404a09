"""The scheduler behind each sampler of the catalogue.

A scheduler belongs to one variant: it carries that variant's noise, so it is made anew each time.
"""

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, signature
from typing import Any

import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    DPMSolverSDEScheduler,
    EulerAncestralDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    SchedulerMixin,
)
from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler

from .flow import FlowDPMSolver, FlowEulerAncestral, RapidEulerAncestral


class SeededDPMSolverSDE(DPMSolverSDEScheduler):
    """DPM++ SDE whose noise reaches a little beyond its sigmas: torchsde rounds its ends to 1e-6 and warns outside.

    And the step goes by way of their logarithms, which in single precision loses some of the last digits.
    """

    noise_sampler: BrownianTreeNoiseSampler | None

    def step(self, model_output: torch.Tensor, timestep: float, sample: torch.Tensor, return_dict: bool = True) -> Any:
        if self.noise_sampler is None:
            low, high = self.sigmas[self.sigmas > 0].min().item(), self.sigmas.max().item()
            beyond = max(1e-5, 4 * torch.finfo(self.sigmas.dtype).eps * high)
            self.noise_sampler = BrownianTreeNoiseSampler(sample, low - 1e-5, high + beyond, self.noise_sampler_seed)
        return super().step(model_output, timestep, sample, return_dict)


def sdxl_scheduler(name: str, config: Mapping[str, Any], seed: int) -> SchedulerMixin:
    """The scheduler for an SDXL sampler, from the pipeline's own scheduler config. Raises ValueError on another name.

    DPM++ SDE draws its noise by `seed`, the others from the generator that the pipeline hands to `step`. DPM++ SDE
    calls the model twice a step but once in the last: 2·steps - 1 calls and callbacks.
    """
    match name:
        case "Euler a":
            return _made(EulerAncestralDiscreteScheduler, config)
        case "DPM++ 2M Karras":
            return _made(DPMSolverMultistepScheduler, config, use_karras_sigmas=True)
        case "DPM++ SDE Karras":
            # Its Karras range is that of its timesteps; only evenly spread ones reach from pure noise to none.
            return _made(
                SeededDPMSolverSDE, config, use_karras_sigmas=True, noise_sampler_seed=seed, timestep_spacing="linspace"
            )
    raise ValueError(f"SDXL has no sampler {name!r}.")


def flux_scheduler(name: str, config: Mapping[str, Any], generator: torch.Generator) -> SchedulerMixin:
    """The scheduler for a Flux sampler, from the pipeline's own scheduler config. Raises ValueError on another name.

    Euler a draws its noise from `generator`, which is the one that also drew the first noise.
    """
    match name:
        case "Euler":
            return _made(FlowMatchEulerDiscreteScheduler, config)
        case "Euler a":
            scheduler = _made(FlowEulerAncestral, config)
            scheduler.generator = generator
            return scheduler
        case "DPM++ 2M":
            return _made(FlowDPMSolver, config)
    raise ValueError(f"Flux has no sampler {name!r}.")


def rapid_scheduler(generator: torch.Generator, shift: float) -> SchedulerMixin:
    """What Phr00t's Rapid models were merged for: Euler a on beta sigmas, shifted by `shift`."""
    scheduler = RapidEulerAncestral(shift=shift)
    scheduler.generator = generator
    return scheduler


@cache
def _parameters(kind: Callable[..., Any]) -> Mapping[str, Parameter]:
    return signature(kind).parameters


def _made(kind: Callable[..., Any], config: Mapping[str, Any], **changes: Any) -> Any:
    """What `from_config` makes, which reads the signatures of all related schedulers anew each time.

    As there, what the config's own scheduler left to its defaults is left to those of this one.
    """
    known, left = _parameters(kind), config.get("_use_default_values", ())
    chosen = {name: value for name, value in config.items() if name not in left} | changes
    return kind(**{name: value for name, value in chosen.items() if name in known})
