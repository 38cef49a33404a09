"""What all trainings share: a resumable loop with averaged weights, a learning rate that falls, and a log.

A training is a folder with `checkpoint.pt`, written whole every few minutes; started again, it goes on from there.
"""

import copy
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

SAVE_EVERY = 180.0
LOG_EVERY = 20.0


@dataclass
class Schedule:
    """`steps` in all: the learning rate rises over `warmup`, holds, and falls to nothing over the last `cooldown`."""

    steps: int
    rate: float
    warmup: int = 200
    cooldown: float = 0.4
    averaging: float = 0.998

    def rate_at(self, step: int) -> float:
        rising = min(1.0, (step + 1) / self.warmup)
        left = (self.steps - step) / (self.steps * self.cooldown)
        return self.rate * rising * min(1.0, max(0.0, 0.5 - 0.5 * math.cos(math.pi * min(1.0, left))) + 0.01)


class Training:
    """Trains `module` by the loss that `loss(step)` gives, to the end of the schedule, over as many runs as it takes.

    Random numbers of a step depend on the step alone, so a training that was interrupted goes on as it would have.
    """

    def __init__(self, folder: Path, module: nn.Module, schedule: Schedule, seed: int) -> None:
        self.folder, self.module, self.schedule, self.seed = folder, module, schedule, seed
        self.step = 0
        self.average = copy.deepcopy(module).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            [parameter for parameter in module.parameters() if parameter.requires_grad],
            lr=schedule.rate,
            betas=(0.9, 0.98),
            weight_decay=0.01,
        )
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def run(self, loss: Callable[[int], tuple[torch.Tensor, Mapping[str, float]]]) -> None:
        saved = logged = time.monotonic()
        since = self.step
        while self.step < self.schedule.steps:
            for group in self.optimizer.param_groups:
                group["lr"] = self.schedule.rate_at(self.step)
            torch.manual_seed(self.seed * 1_000_003 + self.step)
            value, told = loss(self.step)
            self.optimizer.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
            self.optimizer.step()
            self._follow()
            self.step += 1
            if (now := time.monotonic()) - logged > LOG_EVERY or self.step == self.schedule.steps:
                pace = (now - logged) / max(1, self.step - since)
                self._log(f"{value.item():.4f}", pace, told)
                logged, since = now, self.step
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()

    def save(self) -> None:
        partial = self._checkpoint.with_suffix(f".{os.getpid()}")
        state = {
            "step": self.step,
            "module": self.module.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _resume(self) -> None:
        if not self._checkpoint.exists():
            return
        state = torch.load(self._checkpoint, weights_only=True)
        self.step = state["step"]
        self.module.load_state_dict(state["module"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])

    @torch.no_grad()
    def _follow(self) -> None:
        """The average forgets its beginning sooner than its end."""
        keep = min(self.schedule.averaging, (1 + self.step) / (10 + self.step))
        mine, theirs = list(self.average.parameters()), list(self.module.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - keep)

    def _log(self, value: str, pace: float, told: Mapping[str, float]) -> None:
        more = " ".join(f"{name} {number:.4f}" for name, number in told.items())
        line = f"{time.strftime('%H:%M:%S')} step {self.step}/{self.schedule.steps} {pace:.3f} s/step loss {value} {more}"
        with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def averaged(folder: Path, module: nn.Module) -> nn.Module:
    """`module` with the averaged weights of the training in `folder`, for use."""
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    module.load_state_dict(state["average"])
    return module.eval().requires_grad_(False)
