"""Pipelines that draw one variant each, made of the parts of a warm one."""

from copy import copy
from functools import cached_property
from typing import Any

import torch
from diffusers import DiffusionPipeline


class Settled(DiffusionPipeline):
    """A pipeline whose parts stay where they were placed. diffusers looks through every layer for where that is, each
    time that it wants to know, which takes longer than all else before the first step.
    """

    @cached_property
    def _execution_device(self) -> torch.device:
        device: torch.device = DiffusionPipeline._execution_device.fget(self)
        return device


def drawing(kind: type[Settled], pipe: Any, scheduler: Any, **own: Any) -> Any:
    """A pipeline of the placed one's parts with a scheduler and settings of its own: the warm one never changes.

    (`from_pipe` would convert the parts' dtype.) It is a copy, and what is copied lies with the placed one and never
    draws: to make one, diffusers looks into the class and the signature of every part.
    """
    blanks: dict[Any, Any] = vars(pipe).setdefault("_blanks", {})
    key = (kind, *own.items())
    if key not in blanks:
        blanks[key] = kind(**{**pipe.components, **own})
        blanks[key].set_progress_bar_config(disable=True)
    made = copy(blanks[key])
    made.scheduler = scheduler
    made._execution_device = pipe._execution_device
    return made
