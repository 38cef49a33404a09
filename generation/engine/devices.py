"""Which device a worker computes on, and what it is called."""

import platform
import re
from pathlib import Path

import torch

_PROCESSOR = Path("/proc/cpuinfo")
_MODEL_NAME = re.compile(r"^model name\s*: (.+)$", re.MULTILINE)
_LONGEST = 60


def choose(asked: str | None, number: int) -> str:
    """The device that was asked for; else the GPU of the `number`th worker of this machine, counted round from 1.

    With one GPU all share it, without any the CPU.
    """
    if asked is not None:
        return asked
    gpus = torch.cuda.device_count()
    if gpus > 1:
        return f"cuda:{(number - 1) % gpus}"
    return "cuda" if gpus else "cpu"


def hardware(device: str) -> str:
    """What the device is called by those who sell it: at most 60 characters."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name(device)[:_LONGEST]
    told = _MODEL_NAME.search(_PROCESSOR.read_text()) if _PROCESSOR.exists() else None
    return (told[1].strip() if told else f"{platform.machine()} CPU")[:_LONGEST]
