"""Small LoRAs of random numbers, saved as PEFT and diffusers save them, or under the names of other tools."""

from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import _collate_lora_metadata
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

TARGETS = {"text_encoder": ["q_proj", "v_proj"], "text_encoder_2": ["q_proj", "v_proj"]}
OF_NETWORKS = ["to_q", "to_k", "to_v", "to_out.0"]
RANK, ALPHA, GAIN = 4, 8, 0.15
DRAWS = {"sdxl": "unet", "flux": "transformer", "wan_keyframes": "transformer", "wan_vace": "transformer"}
"""The component that draws, by family."""


def save(pipe: Any, path: Path, *components: str, seed: int = 0) -> Path:
    """A LoRA for these components of a pipeline, which stays as it was."""
    tensors = given(pipe, *components, seed=seed)
    metadata = _collate_lora_metadata({name: getattr(pipe, name) for name in components})
    layers = {f"{name}_lora_layers": tensors[name] for name in components}
    path.parent.mkdir(parents=True, exist_ok=True)
    pipe.save_lora_weights(path.parent, weight_name=path.name, **layers, **metadata)
    pipe.unload_lora_weights()
    return path


def given(pipe: Any, *components: str, seed: int = 0) -> dict[str, dict[str, torch.Tensor]]:
    """Adapters put on these components: their tensors by the names of PEFT."""
    tensors = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in components:
            targets = TARGETS.get(name, OF_NETWORKS)
            config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets, init_lora_weights=False)
            getattr(pipe, name).add_adapter(config, adapter_name="default")
            adapted = get_peft_model_state_dict(getattr(pipe, name), adapter_name="default")
            tensors[name] = {key: tensor * GAIN for key, tensor in adapted.items()}
    return tensors
