"""Muon: momentum whose matrices are made orthogonal, so that no direction of a layer learns slower than another.

After Keller Jordan, https://kellerjordan.github.io/posts/muon/. Matrices of inner layers go by it, the rest by AdamW.
"""

from collections.abc import Iterable

import torch
from torch import nn

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_OUTER = ("embed", "conv_in", "conv_out", "proj_out", "relative_attention_bias", "shared")


class Muon(torch.optim.Optimizer):
    """Kernels count as matrices of (out, in · height · width)."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                gradient = parameter.grad
                state["momentum"].lerp_(gradient, 1 - group["momentum"])
                update = gradient.lerp(state["momentum"], group["momentum"]).flatten(1)
                rows, columns = update.shape
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                change = orthogonal(update).view_as(parameter)
                parameter.add_(change, alpha=-group["lr"] * max(1, rows / columns) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The nearest matrix whose singular values are about 1, by five steps of a Newton-Schulz iteration.

    All steps multiply `matrix` from the left by polynomials of its Gram matrix, which is small where the matrix is
    wide: so they are gathered there, and the matrix itself is multiplied once.
    """
    a, b, c = _QUINTIC
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / (wide.norm() + 1e-7)
    first = wide @ wide.T
    gathered = torch.eye(len(first))
    for _ in range(_ITERATIONS):
        square = gathered @ first @ gathered
        gathered = a * gathered + (b * square + c * square @ square) @ gathered
    found = gathered @ wide
    return found if matrix.shape[0] <= matrix.shape[1] else found.T


def split(module: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The parameters for Muon, and those for AdamW."""
    inner: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in module.named_parameters():
        if not parameter.requires_grad:
            continue
        matrix = parameter.ndim >= 2 and min(parameter.flatten(1).shape) >= 8
        (inner if matrix and not any(word in name for word in _OUTER) else rest).append(parameter)
    return inner, rest
