"""Where weights would be on a GPU, told without one: whoever touches a weight that is away would fail there.

The hooks of diffusers and accelerate do what they do on a GPU; only that both places are main memory.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate.hooks import CpuOffload
from diffusers.hooks.group_offloading import ModuleGroup
from torch.overrides import TorchFunctionMode

from generation.engine import memory
from generation.engine.options import MemoryProfile

_HARMLESS = {
    "dtype",
    "shape",
    "requires_grad",
    "data",
    "grad",
    "nbytes",
    "is_floating_point",
    "size",
    "dim",
    "__hash__",
}
_PUT_BACK = {"compel"}
"""They ask where an encoder lies to put there what it made; prompts.py brings it back."""


class Away(TorchFunctionMode):
    """Refuses all use of weights that are away, and the question where they lie too: the answer would mislead."""

    def __init__(self, pipe) -> None:
        super().__init__()
        stays = pipe.vae if memory.profile_of(pipe) is MemoryProfile.LOW else None
        self.resting = {id(each) for _, part in memory.modules(pipe) if part is not stays for each in part.parameters()}
        self.ids = set(self.resting)
        self._pipe = pipe
        self._moving = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        asked = getattr(getattr(function, "__self__", None), "__name__", function.__name__)
        if not self._moving and asked not in _HARMLESS:
            for value in (*args, *(kwargs or {}).values()):
                if isinstance(value, torch.nn.Parameter) and id(value) in self.ids and not _is_put_back(asked):
                    raise AssertionError(f"{asked} of a weight of {tuple(value.shape)} that is not on the device")
        return function(*args, **(kwargs or {}))

    @contextmanager
    def moving(self) -> Iterator[None]:
        self._moving = True
        try:
            yield
        finally:
            self._moving = False

    def rest(self) -> None:
        """What the engine does at the end of a run."""
        with self.moving():
            memory.release(self._pipe)
        self.ids = set(self.resting)


@contextmanager
def nothing_away_is_touched(pipe, monkeypatch) -> Iterator[Away]:
    """Begins with the pipeline at rest."""
    away = Away(pipe)
    with monkeypatch.context() as patched, away:
        _follow_layers(away, patched)
        _follow_components(away, patched)
        yield away


def _is_put_back(asked: str) -> bool:
    frame = sys._getframe(2)
    for _caller in range(6):
        if frame.f_globals["__name__"].partition(".")[0] in _PUT_BACK:
            return asked == "device"
        frame = frame.f_back
    return False


def _follow_layers(away: Away, patched) -> None:
    onload, offload = ModuleGroup.onload_, ModuleGroup.offload_

    def weights(group):
        return {id(each) for each in (*group.parameters, *(p for module in group.modules for p in module.parameters()))}

    def bring(group):
        with away.moving():
            onload(group)
        away.ids -= weights(group)

    def take(group):
        with away.moving():
            offload(group)
        away.ids |= weights(group)

    patched.setattr(ModuleGroup, "onload_", bring)
    patched.setattr(ModuleGroup, "offload_", take)


def _follow_components(away: Away, patched) -> None:
    pre_forward = CpuOffload.pre_forward

    def bring(hook, module, *args, **kwargs):
        if hook.prev_module_hook is not None:
            away.ids |= {id(each) for each in hook.prev_module_hook.model.parameters()}
        with away.moving():
            moved = pre_forward(hook, module, *args, **kwargs)
        away.ids -= {id(each) for each in module.parameters()}
        return moved

    patched.setattr(CpuOffload, "pre_forward", bring)
