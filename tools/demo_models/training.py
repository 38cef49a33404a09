"""What all trainings share: a resumable loop with averaged weights, a learning rate that falls, and a log.

A training is a folder with `checkpoint.pt`, written whole every few minutes; started again, it goes on from there.
Under `torchrun` several processes share one training: each draws its own batches, and they learn from the mean.
"""

import copy
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from .muon import Muon, split

AnyModule = TypeVar("AnyModule", bound=nn.Module)
SAVE_EVERY = 90.0
LOG_EVERY = 20.0


@dataclass
class Schedule:
    """`steps` in all: the learning rates rise over `warmup`, hold, and fall to nothing over the last `cooldown`."""

    steps: int
    rate: float = 1e-3
    matrix_rate: float = 0.01
    warmup: int = 50
    cooldown: float = 0.5
    averaging: float = 0.998

    def share_at(self, step: int) -> float:
        rising = min(1.0, (step + 1) / self.warmup)
        left = min(1.0, (self.steps - step) / (self.steps * self.cooldown))
        return rising * left


class Training:
    """Trains `module` by the loss that `loss(step)` gives, to the end of the schedule, over as many runs as it takes.

    Random numbers of a step depend on the step alone, so a training that was interrupted goes on as it would have.
    """

    def __init__(self, folder: Path, module: nn.Module, schedule: Schedule, seed: int) -> None:
        self.folder, self.module, self.schedule, self.seed = folder, module, schedule, seed
        if "RANK" in os.environ and not distributed.is_initialized():
            distributed.init_process_group("gloo")
        self.rank = distributed.get_rank() if distributed.is_initialized() else 0
        self.ranks = distributed.get_world_size() if distributed.is_initialized() else 1
        self.step = 0
        self.average = copy.deepcopy(module).requires_grad_(False)
        inner, rest = split(module)
        self.optimizers = [
            Muon(inner, lr=schedule.matrix_rate),
            torch.optim.AdamW(rest, lr=schedule.rate, betas=(0.9, 0.98), weight_decay=0),
        ]
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def run(self, loss: Callable[[int], tuple[torch.Tensor, Mapping[str, float]]]) -> None:
        saved = logged = time.monotonic()
        since, told = self.step, dict[str, float]()
        while self.step < self.schedule.steps:
            share = self.schedule.share_at(self.step)
            for optimizer, rate in zip(self.optimizers, (self.schedule.matrix_rate, self.schedule.rate), strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = rate * share
            torch.manual_seed((self.seed * 1_000_003 + self.step) * self.ranks + self.rank)
            with sdpa_kernel(
                SDPBackend.MATH
            ):  # on a CPU the fused attention's backward pass takes longer than all else
                value, measured = loss(self.step)
            for name, number in {"loss": value.item(), **measured}.items():
                told[name] = told.get(name, number) * 0.95 + number * 0.05
            self.module.zero_grad(set_to_none=True)
            value.backward()
            self._share()
            nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
            for optimizer in self.optimizers:
                optimizer.step()
            self._follow()
            self.step += 1
            if (now := time.monotonic()) - logged > LOG_EVERY or self.step == self.schedule.steps:
                pace = (now - logged) / max(1, self.step - since)
                self._log(pace, told)
                logged, since = now, self.step
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()

    def _share(self) -> None:
        """The mean of what all processes found."""
        if self.ranks == 1:
            return
        gradients = [parameter.grad for parameter in self.module.parameters() if parameter.grad is not None]
        joined = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(joined)
        joined /= self.ranks
        for gradient, mean in zip(gradients, joined.split([each.numel() for each in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def save(self) -> None:
        if self.rank:
            return
        partial = self._checkpoint.with_suffix(f".{os.getpid()}")
        state = {
            "step": self.step,
            "module": self.module.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
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
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)

    @torch.no_grad()
    def _follow(self) -> None:
        """The average forgets its beginning sooner than its end."""
        keep = min(self.schedule.averaging, (1 + self.step) / (10 + self.step))
        mine: list[torch.Tensor] = list(self.average.parameters())
        theirs: list[torch.Tensor] = list(self.module.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - keep)

    def _log(self, pace: float, told: Mapping[str, float]) -> None:
        """Running means."""
        if self.rank:
            return
        more = " ".join(f"{name} {number:.4f}" for name, number in told.items())
        line = f"{time.strftime('%H:%M:%S')} step {self.step}/{self.schedule.steps} {pace:.3f} s/step {more}"
        with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def averaged(folder: Path, module: AnyModule) -> AnyModule:
    """`module` with the averaged weights of the training in `folder`, for use."""
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    module.load_state_dict(state["average"])
    return module.eval().requires_grad_(False)
