"""Which device a worker computes on."""

import torch


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
