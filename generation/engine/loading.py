"""Makes a pipeline from weights on disk: every family, every layout, nothing from the network and nothing pickled."""

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline
from safetensors import SafetensorError

from generation.engine.api import EngineError
from generation.engine.native import components
from generation.engine.weights import Weights

# The kernels of the CPU add up in another order where memory begins elsewhere: torch aligns its own to this many bytes.
_ALIGNMENT = 64


def load(weights: Weights, pipeline_class: type[DiffusionPipeline], *, dtype: torch.dtype) -> DiffusionPipeline:
    """The pipeline in main memory, its weights as `dtype` (the VAE of a video model stays in float32).

    Equal tensors give equal pictures, whatever layout they were stored in. Raises EngineError if the files do not fit
    together or are damaged.
    """
    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()  # they warn of long prompts; the receipt tells what was read
    try:
        pipe = _from_disk(weights, pipeline_class, dtype)
    except (KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
        raise EngineError(f"The weights of {weights.model.name} in {weights.path} cannot be loaded: {error}") from error
    pipe.set_progress_bar_config(disable=True)
    for component in pipe.components.values():
        if isinstance(component, torch.nn.Module):
            _align(component)
    return pipe


def _from_disk(weights: Weights, pipeline_class: type[DiffusionPipeline], dtype: torch.dtype) -> DiffusionPipeline:
    # A video decoded in half precision flickers and shows bands; the VAE is small enough to do without.
    dtypes = {"default": dtype, "vae": torch.float32 if weights.model.type == "video" else dtype}
    parts = components(weights, weights.config, dtypes) if weights.config else {}
    return pipeline_class.from_pretrained(
        weights.config or weights.path, dtype=dtypes, local_files_only=True, use_safetensors=True, **parts
    )


def _align(module: torch.nn.Module) -> None:
    """Copy the tensors that lie in the file as it is mapped into memory, at whatever address."""
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.device.type == "cpu" and tensor.data_ptr() % _ALIGNMENT:
            tensor.data = tensor.data.clone()
