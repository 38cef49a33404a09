"""Makes the components of a pipeline from files as their authors and ComfyUI publish them.

diffusers knows how to translate their names; what is built here is checked against its configuration tensor by tensor.
(`from_single_file` does neither keep in float32 what a model wants kept, nor tell what a file lacks.)
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from accelerate import init_empty_weights
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
    convert_wan_transformer_to_diffusers,
    convert_wan_vae_to_diffusers,
)
from safetensors import safe_open

from generation.engine import flux_keys
from generation.engine.api import EngineError
from generation.engine.formats import FORMATS, NETWORK_PREFIX, brought_by_file, find_experts, read_index, read_keys
from generation.engine.weights import Weights

Tensors = dict[str, torch.Tensor]
Config = dict[str, Any]

# Tensors that files carry along and no model needs: a count from 0 to 76, and a copy of the tokenizer.
_SUPERFLUOUS = ("embeddings.position_ids", "spiece_model")


def _unet(tensors: Tensors, config: Config) -> Tensors:
    return convert_ldm_unet_checkpoint({NETWORK_PREFIX + key: tensor for key, tensor in tensors.items()}, config)


def _open_clip(tensors: Tensors, config: Config) -> Tensors:
    return convert_open_clip_checkpoint(None, tensors, prefix="")


def _flux(tensors: Tensors, config: Config) -> Tensors:
    return flux_keys.to_diffusers(tensors)


def _wan(tensors: Tensors, config: Config) -> Tensors:
    return convert_wan_transformer_to_diffusers(tensors)


def _wan_vae(tensors: Tensors, config: Config) -> Tensors:
    return convert_wan_vae_to_diffusers(tensors)


_TRANSLATIONS: dict[str, Callable[[Tensors, Config], Tensors]] = {
    "AutoencoderKL": convert_ldm_vae_checkpoint,
    "AutoencoderKLWan": _wan_vae,
    "CLIPTextModelWithProjection": _open_clip,
    "FluxTransformer2DModel": _flux,
    "UNet2DConditionModel": _unet,
    "WanTransformer3DModel": _wan,
    "WanVACETransformer3DModel": _wan,
}


def components(weights: Weights, config: Path, dtypes: dict[str, torch.dtype]) -> dict[str, Any]:
    """What the files of `weights` bring, by name, in eval mode on the CPU; `dtypes` by component, or `default`.

    Raises EngineError where they do not fit the configuration.
    """
    form = FORMATS[weights.model.family]
    if weights.layout == "experts":
        sources = {name: _read(paths, NETWORK_PREFIX) for name, paths in find_experts(weights.path).items()}
    else:
        prefixes = {form.network: NETWORK_PREFIX, **form.parts}
        brought = brought_by_file(weights.model, read_keys(weights.path), weights.path.name)
        sources = {name: _read([weights.path], prefixes[name]) for name in brought}
    classes = read_index(config)
    return {
        name: _build(classes[name], config / name, tensors, dtypes.get(name, dtypes["default"]), weights)
        for name, tensors in sources.items()
    }


def _read(paths: Iterable[Path], prefix: str) -> Tensors:
    """The tensors whose names begin with a prefix, without it; all of them if none does."""
    found: Tensors = {}
    for path in paths:
        keys = read_keys(path)
        chosen = [key for key in keys if key.startswith(prefix)] or keys
        with safe_open(path, framework="pt") as file:
            found |= {key.removeprefix(prefix): file.get_tensor(key) for key in chosen}
    return {key: tensor for key, tensor in found.items() if not key.endswith(_SUPERFLUOUS)}


def _build(class_name: str, folder: Path, tensors: Tensors, dtype: torch.dtype, weights: Weights) -> torch.nn.Module:
    if hasattr(transformers, class_name):
        module, wrong = _text_encoder(getattr(transformers, class_name), folder, tensors, dtype)
    else:
        module, wrong = _network(getattr(diffusers, class_name), folder, tensors, dtype)
    if wrong:
        listed = ", ".join(sorted(wrong)[:3])
        raise EngineError(
            f"{weights.path.name} does not fit the configuration of {weights.model.name}: in {folder.name}, {listed} "
            f"({len(wrong)} in all) lacking, superfluous or of another shape."
        )
    return module.eval()


def _network(
    network_class: type[Any], folder: Path, tensors: Tensors, dtype: torch.dtype
) -> tuple[torch.nn.Module, set[str]]:
    """A diffusers model, and the names of tensors that do not fit it."""
    config = network_class.load_config(folder, local_files_only=True)
    with init_empty_weights(include_buffers=False):
        module: torch.nn.Module = network_class.from_config(config)
    shapes = {key: tensor.shape for key, tensor in module.state_dict().items()}
    if not shapes.keys() <= tensors.keys():
        tensors = _TRANSLATIONS[network_class.__name__](tensors, config)
    wrong = shapes.keys() ^ tensors.keys()
    wrong |= {key for key, shape in shapes.items() if key in tensors and tensors[key].shape != shape}
    if not wrong:
        kept = set(network_class._keep_in_fp32_modules or ())
        cast = {
            key: tensor.to(torch.float32 if kept.intersection(key.split(".")) else dtype)
            for key, tensor in tensors.items()
        }
        module.load_state_dict(cast, assign=True)
    return module, wrong


def _text_encoder(
    encoder_class: type[Any], folder: Path, tensors: Tensors, dtype: torch.dtype
) -> tuple[torch.nn.Module, set[str]]:
    """A transformers model, and the names of tensors that do not fit it. Tied tensors need to be there once only."""
    translate = _TRANSLATIONS.get(encoder_class.__name__)
    module, info = encoder_class.from_pretrained(
        None,
        config=encoder_class.config_class.from_pretrained(folder, local_files_only=True),
        state_dict=translate(tensors, {}) if translate else tensors,
        dtype=dtype,
        output_loading_info=True,
        local_files_only=True,
    )
    mismatched = {entry[0] for entry in info["mismatched_keys"]}
    return module, {*info["missing_keys"], *info["unexpected_keys"], *mismatched}
