"""Makes a pipeline from weights on disk: every family, every layout, nothing from the network and nothing pickled."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoencoderKLWan, DiffusionPipeline, ModelMixin
from safetensors import SafetensorError, safe_open
from transformers import UMT5Config, UMT5EncoderModel

from generation.engine import flux_keys
from generation.engine.api import EngineError
from generation.engine.formats import FORMATS, NETWORK_PREFIX, find_experts, read_keys
from generation.engine.weights import Weights

Tensors = dict[str, torch.Tensor]

_LOCAL: dict[str, Any] = {"local_files_only": True, "use_safetensors": True}
# A video that is decoded in half precision shows banding and flicker; the VAE is small enough for full precision.
_VAE_DTYPE = torch.float32
# UMT5 uses one table for both, and files hold it once.
_TIED = frozenset({"encoder.embed_tokens.weight"})


def load(
    weights: Weights, pipeline_class: type[DiffusionPipeline], *, device: str, dtype: torch.dtype
) -> DiffusionPipeline:
    """The pipeline on `device`, its weights as `dtype` (Wan's VAE stays in float32).

    Raises EngineError if the files do not fit together or are damaged.
    """
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    try:
        pipe = _from_disk(weights, pipeline_class, dtype)
    except (KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
        raise EngineError(f"The weights of {weights.model.name} in {weights.path} cannot be loaded: {error}") from error
    _refuse_gaps(weights, pipe)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def _from_disk(weights: Weights, pipeline_class: type[DiffusionPipeline], dtype: torch.dtype) -> DiffusionPipeline:
    if weights.config is None:
        return pipeline_class.from_pretrained(weights.path, dtype=_dtypes(weights, dtype), **_LOCAL)
    if weights.model.family == "sdxl":
        return pipeline_class.from_single_file(
            str(weights.path), config=str(weights.config), dtype=dtype, local_files_only=True
        )
    parts = _experts(weights, dtype) if weights.layout == "experts" else _single_file(weights, dtype)
    return pipeline_class.from_pretrained(weights.config, dtype=_dtypes(weights, dtype), **_LOCAL, **parts)


def _dtypes(weights: Weights, dtype: torch.dtype) -> Any:
    return {"default": dtype, "vae": _VAE_DTYPE} if weights.model.type == "video" else dtype


def _experts(weights: Weights, dtype: torch.dtype) -> dict[str, Any]:
    return {
        component: _network(weights, component, paths, dtype) for component, paths in find_experts(weights.path).items()
    }


def _single_file(weights: Weights, dtype: torch.dtype) -> dict[str, Any]:
    """The components that one file brings."""
    form = FORMATS[weights.model.family]
    keys = read_keys(weights.path)
    parts: dict[str, Any] = {form.network: _network(weights, form.network, [weights.path], dtype)}
    if weights.model.type == "video":
        brought = {part for part, prefix in form.parts.items() if any(key.startswith(prefix) for key in keys)}
        if "text_encoder" in brought:
            parts["text_encoder"] = _umt5(weights, form.parts["text_encoder"], dtype)
        if "vae" in brought:
            vae = _tensors([weights.path], form.parts["vae"])
            parts["vae"] = _converted(AutoencoderKLWan, vae, weights, "vae", _VAE_DTYPE)
    return parts


def _network(weights: Weights, component: str, paths: Iterable[Path], dtype: torch.dtype) -> ModelMixin:
    paths = list(paths)
    prefixed = any(key.startswith(NETWORK_PREFIX) for key in read_keys(paths[0]))
    tensors = _tensors(paths, NETWORK_PREFIX if prefixed else "")
    if "img_in.weight" in tensors:
        tensors = flux_keys.to_diffusers(tensors)
    network_class = getattr(diffusers, FORMATS[weights.model.family].network_class)
    return _converted(network_class, tensors, weights, component, dtype)


def _converted(
    network_class: type[Any], tensors: Tensors, weights: Weights, component: str, dtype: torch.dtype
) -> ModelMixin:
    """A diffusers model from tensors under its own names or under its authors' names, which diffusers translates."""
    return network_class.from_single_file(
        tensors, config=str(weights.config), subfolder=component, dtype=dtype, local_files_only=True
    )


def _umt5(weights: Weights, prefix: str, dtype: torch.dtype) -> UMT5EncoderModel:
    config = UMT5Config.from_pretrained(weights.config, subfolder="text_encoder", local_files_only=True)
    with torch.device("meta"):
        encoder = UMT5EncoderModel(config)
    tensors = {key: tensor.to(dtype) for key, tensor in _tensors([weights.path], prefix).items()}
    missing, unexpected = encoder.load_state_dict(tensors, strict=False, assign=True)
    if unexpected or set(missing) - _TIED:
        wrong = ", ".join(sorted({*unexpected, *missing} - _TIED)[:3])
        raise EngineError(f"The text encoder in {weights.path.name} does not fit its configuration: {wrong}.")
    encoder.tie_weights()
    return encoder.eval()


def _tensors(paths: Iterable[Path], prefix: str) -> Tensors:
    """The tensors whose names begin with a prefix, under what remains of their names."""
    found: Tensors = {}
    for path in paths:
        with safe_open(path, framework="pt") as file:
            found |= {key.removeprefix(prefix): file.get_tensor(key) for key in file.keys() if key.startswith(prefix)}  # noqa: SIM118
    return found


def _refuse_gaps(weights: Weights, pipe: DiffusionPipeline) -> None:
    """diffusers leaves tensors that a file lacks without values, on the device `meta`."""
    for name, component in pipe.components.items():
        if isinstance(component, torch.nn.Module):
            gaps = [key for key, tensor in component.state_dict().items() if tensor.is_meta]
            if gaps:
                raise EngineError(f"The weights of {weights.model.name} in {weights.path} lack {name}.{gaps[0]}.")
