"""Flow-matching schedules whose steps other solvers take.

Flux's and Wan's pipelines want a schedule that shifts with the picture's size and starts anywhere (image to image), and
pass no generator to `step`. `FlowMatchEulerDiscreteScheduler` gives the schedule, the solvers of diffusers the steps.
"""

from typing import Any

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, LTXEulerAncestralRFScheduler
from scipy.stats import beta


class FlowSolver(FlowMatchEulerDiscreteScheduler):
    """The schedule of flow matching with the steps of `solver`, which is made anew for every schedule."""

    solver: Any
    generator: torch.Generator | None = None

    def new_solver(self) -> Any:
        """A solver that walks `self.sigmas`."""
        raise NotImplementedError

    def solver_options(self) -> dict[str, Any]:
        return {}

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: Any = None,
        mu: float | None = None,
        timesteps: Any = None,
    ) -> None:
        super().set_timesteps(num_inference_steps, device, sigmas, mu, timesteps)
        self.solver = self.new_solver()

    def set_begin_index(self, begin_index: int = 0) -> None:
        super().set_begin_index(begin_index)
        self.solver.set_begin_index(begin_index)

    def step(
        self,
        model_output: torch.Tensor,
        timestep: torch.Tensor,
        sample: torch.Tensor,
        return_dict: bool = False,
    ) -> tuple[torch.Tensor]:
        """One step in float32, given back in the sample's dtype."""
        previous = self.solver.step(
            model_output.float(), timestep, sample.float(), **self.solver_options(), return_dict=False
        )[0]
        return (previous.to(sample.dtype),)


class FlowEulerAncestral(FlowSolver):
    """Euler a: every step goes down further than Euler's, then back up with fresh noise from `generator`."""

    def new_solver(self) -> LTXEulerAncestralRFScheduler:
        solver = LTXEulerAncestralRFScheduler(num_train_timesteps=self.config.num_train_timesteps)
        solver.set_timesteps(sigmas=self.sigmas)
        return solver

    def solver_options(self) -> dict[str, Any]:
        return {"generator": self.generator}


class FlowDPMSolver(FlowSolver):
    """DPM-Solver++(2M), arXiv 2211.01095, on the signal 1 - sigma and the noise sigma.

    The stock flow schedule of the solver starts below pure noise and rounds its timesteps; this keeps the model's own.
    """

    def new_solver(self) -> DPMSolverMultistepScheduler:
        solver = DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True)
        solver.sigmas, solver.timesteps = self.sigmas, self.timesteps
        solver.num_inference_steps = self.num_inference_steps
        return solver


class RapidEulerAncestral(FlowEulerAncestral):
    """Euler a on beta sigmas (arXiv 2407.12173) without the end point: the last step still has noise to remove.

    The sigmas (before the shift) begin at `start`: below 1 it takes latents that are only that noisy.
    """

    start: float = 1.0

    def set_timesteps(  # type: ignore[override]  # its sigmas are its own
        self, num_inference_steps: int, device: str | torch.device | None = None
    ) -> None:
        ranks = 1 - np.arange(num_inference_steps) / num_inference_steps
        super().set_timesteps(sigmas=self.start * beta.ppf(ranks, 0.6, 0.6), device=device)
