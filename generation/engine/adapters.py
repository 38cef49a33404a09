"""LoRAs on a warm pipeline: put on beside its weights, which stay as they are, and taken off again.

What a pipeline wears is told by its adapters alone: each is named by a digest of what it is made of. It wears what the
last run asked for, so that other weights of the same LoRAs load nothing.
"""

import hashlib
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import ModelMixin
from diffusers.hooks.group_offloading import _maybe_remove_and_reapply_group_offloading
from diffusers.loaders import FluxLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin
from diffusers.utils import (
    convert_state_dict_to_diffusers,
    convert_state_dict_to_peft,
    convert_unet_state_dict_to_peft,
)
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError

from generation.catalogue.faults import gettext_noop as _
from generation.engine.api import EngineError, LoraMissing, LoraUnfit
from generation.engine.formats import read_keys
from generation.engine.loras import WHOLE, Lora, find, folder
from generation.engine.weights import digests
from generation.request import Request

logger = logging.getLogger(__name__)

MISSING = _("A LoRA that was asked for is not on the machine that should make this:")
UNFIT = _("A LoRA does not fit the model as it is installed here, so nothing was made:")

_LAYER = re.compile(r"[._]lora(?:[._]|$)")
_NOT_READABLE = (AttributeError, LookupError, OSError, RuntimeError, SafetensorError, TypeError, ValueError)
"""What diffusers, PEFT and safetensors raise on files that are damaged, of another kind or for another network."""

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Worn:
    """The LoRAs of a run. `receipt` is ready for JSON; texts are encoded otherwise where `encoders` differs."""

    receipt: list[dict[str, Any]]
    encoders: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class _Asked:
    lora: Lora
    weight: float
    sha256: Mapping[str, str]

    @property
    def adapter(self) -> str:
        """Equal for equal names and files, each for the same component, alone. (PEFT takes no dots.)"""
        of_components = zip(self.lora.files, self.sha256.values(), strict=True)
        files = sorted(f"{component} {sha256}" for component, sha256 in of_components)
        return hashlib.sha256("\n".join([self.lora.name, *files]).encode()).hexdigest()


def wear(pipe: Any, request: Request, models_dir: Path) -> Worn:
    """Let the pipeline draw with the LoRAs of a request and no others; one of weight 0 is as good as none.

    Raises LoraMissing, and LoraUnfit where a file is not for this model: the pipeline then wears none.
    """
    asked = list(_asked(request, models_dir))
    adapters = [each.adapter for each in asked]
    worn = {adapter for names in pipe.get_list_adapters().values() for adapter in names}
    if worn != set(adapters):
        pipe.unload_lora_weights()
        for each in asked:
            _put_on(pipe, each)
    if asked:
        pipe.set_adapters(adapters, [each.weight for each in asked])
    encoding = {
        adapter
        for component, names in pipe.get_list_adapters().items()
        if component.startswith("text_encoder")
        for adapter in names
    }
    return Worn(
        receipt=[{"name": each.lora.name, "weight": each.weight, "sha256": dict(each.sha256)} for each in asked],
        encoders=tuple((each.adapter, each.weight) for each in asked if each.adapter in encoding),
    )


def _asked(request: Request, models_dir: Path) -> Iterator[_Asked]:
    entries = [entry for entry in request["loras"] if entry["weight"]]
    installed = find(request.model, models_dir) if entries else {}
    missing = [entry["name"] for entry in entries if entry["name"] not in installed]
    if missing:
        raise LoraMissing(f"{MISSING}\n{', '.join(missing)}")
    top = folder(request.model, models_dir)
    for entry in entries:
        lora = installed[entry["name"]]
        names = [path.relative_to(top).as_posix() for path in lora.files.values()]
        yield _Asked(lora, entry["weight"], digests(top, names))


def _put_on(pipe: Any, asked: _Asked) -> None:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Already found a `peft_config`")  # several at once are meant
            for component, path in asked.lora.files.items():
                _load(pipe, path, component, asked.adapter)
    except torch.OutOfMemoryError:
        pipe.unload_lora_weights()
        raise
    except (EngineError, *_NOT_READABLE) as error:
        pipe.unload_lora_weights()
        raise LoraUnfit(f"{UNFIT}\n{asked.lora.name}") from error


def _load(pipe: Any, path: Path, component: str, adapter: str) -> None:
    """Put a file on the component that it is for, or on all that it has layers for; on none unless it fits."""
    if any("dora_scale" in key for key in read_keys(path)):
        raise EngineError(f"{path.name} is a DoRA in a form that diffusers reads in part only.")
    tensors, alphas, metadata = _read(pipe, path)
    networks = {name: getattr(pipe, name, None) for name in pipe._lora_loadable_modules}
    if component != WHOLE:
        networks = {component: networks[component]}
        if networks[component] is None:
            raise EngineError(f"{path.name} is one half of a LoRA for two experts; this model has no {component}.")
    fitting = {name: _fitting(network, _own(network, name, tensors)) for name, network in networks.items() if network}
    _judge(path, tensors, fitting)
    for name, own in fitting.items():
        network, prefix = networks[name], _prefix(name)
        named = {f"{prefix}.{key}": tensor for key, tensor in own.items()}
        given = {"network_alphas": alphas, "metadata": metadata, "adapter_name": adapter, "low_cpu_mem_usage": True}
        if named and isinstance(network, ModelMixin):
            network.load_lora_adapter(named, prefix=prefix, _pipeline=pipe, **given)
            _keep_precision(network, own, adapter)
        elif named:
            pipe.load_lora_into_text_encoder(named, text_encoder=network, prefix=prefix, _pipeline=pipe, **given)


def _keep_precision(network: Any, own: Tensors, adapter: str) -> None:
    """PEFT gives adapters the type of the weights beside them: float8 can store those, and calculate with neither."""
    changed = False
    for key, tensor in own.items():
        name, _, part = key.rpartition(".")
        weight = network.get_parameter(f"{name}.{adapter}.{part}")
        if weight.dtype != tensor.dtype:
            weight.data, changed = tensor.to(weight.device), True
    if changed:
        _maybe_remove_and_reapply_group_offloading(network)  # which has copies of what was there


def _read(pipe: Any, path: Path) -> tuple[Tensors, Any, Any]:
    """Tensors under the names of diffusers, whatever tool wrote them, and what scales them: alphas or metadata."""
    given = {"weight_name": path.name, "use_safetensors": True, "local_files_only": True, "return_lora_metadata": True}
    if isinstance(pipe, StableDiffusionXLLoraLoaderMixin):
        return pipe.lora_state_dict(str(path.parent), unet_config=pipe.unet.config, **given)
    if isinstance(pipe, FluxLoraLoaderMixin):
        return pipe.lora_state_dict(str(path.parent), return_alphas=True, **given)
    tensors, metadata = pipe.lora_state_dict(str(path.parent), **given)
    return tensors, None, metadata


def _prefix(component: str) -> str:
    """What the names of a component's tensors begin with. Both experts are called the same."""
    return component.removesuffix("_2") if component.startswith("transformer") else component


def _own(network: Any, component: str, tensors: Tensors) -> Tensors:
    """The tensors for one component under the names of PEFT: its layers', followed by `.lora_A.weight` and the like."""
    prefix = f"{_prefix(component)}."
    own = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    if not own or isinstance(network, ModelMixin):
        return own if any(".lora_A." in key for key in own) else convert_unet_state_dict_to_peft(own)
    own = convert_state_dict_to_peft(convert_state_dict_to_diffusers(own))
    return own if hasattr(network, "text_model") else {key.removeprefix("text_model."): own[key] for key in own}


def _fitting(network: Any, own: Tensors) -> Tensors:
    """Copies of the tensors of the layers that the network has, in its precision. Raises EngineError for other shapes.

    Copies, because a file that is mapped into memory may change on disk, and lies there at any address.
    """
    layers = dict(network.named_modules())
    fitting: Tensors = {}
    for key, tensor in own.items():
        name, _, part = key.partition(".lora_")
        layer = layers.get(name)
        if not isinstance(layer, torch.nn.Linear | torch.nn.Conv2d | BaseTunerLayer):
            continue
        width, height = _shape(layer)
        other = f"{name}.lora_{'B' if part.startswith('A') else 'A'}.weight"
        wrong = {"A.weight": tensor.shape[1:2] != (width,), "B.weight": tensor.shape[0] != height}.get(part, False)
        if wrong or other not in own:
            raise EngineError(f"{name} is of another shape in the LoRA than in the model, or incomplete.")
        fitting[key] = tensor.to(network.dtype, copy=True)
    return fitting


def _shape(layer: Any) -> tuple[int, int]:
    """How many features (channels) go in and come out."""
    if isinstance(layer, BaseTunerLayer):
        layer = layer.get_base_layer()
    if isinstance(layer, torch.nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels


def _judge(path: Path, tensors: Tensors, fitting: Mapping[str, Tensors]) -> None:
    """Raise EngineError unless most of a file's layers are the model's. Some have a few for another version of it."""
    layers = {_LAYER.split(key)[0] for key in tensors}
    found = {f"{_prefix(name)}.{_LAYER.split(key)[0]}" for name, own in fitting.items() for key in own}
    if 2 * len(found) <= len(layers):
        raise EngineError(f"{path.name} has {len(layers)} layers, of which the model has {len(found)}.")
    if len(found) < len(layers):
        logger.warning("%s: %d of its %d layers are not in the model.", path, len(layers) - len(found), len(layers))
