"""The names of a Flux transformer's tensors, from its authors' file to diffusers.

Sizes are read off the tensors. (diffusers converts such files as well, but takes every Flux to be 3072 wide.)
Names on the left: https://github.com/black-forest-labs/flux, on the right: diffusers' FluxTransformer2DModel.
"""

import re

import torch

_TOP = {
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "txt_in": "context_embedder",
    "img_in": "x_embedder",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}
_DOUBLE = {
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_attn.qkv": "attn.to_q attn.to_k attn.to_v",
    "txt_attn.qkv": "attn.add_q_proj attn.add_k_proj attn.add_v_proj",
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
}
_SINGLE = {
    "modulation.lin": "norm.linear",
    "linear1": "attn.to_q attn.to_k attn.to_v proj_mlp",
    "linear2": "proj_out",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
}
_BLOCKS = {"double_blocks": ("transformer_blocks", _DOUBLE), "single_blocks": ("single_transformer_blocks", _SINGLE)}


def to_diffusers(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same tensors under diffusers' names. Raises KeyError for a name that no Flux transformer has."""
    width = tensors["img_in.bias"].shape[0]
    renamed: dict[str, torch.Tensor] = {}
    for key, tensor in tensors.items():
        layer, kind = key.rsplit(".", 1)
        block = re.fullmatch(r"(double_blocks|single_blocks)\.(\d+)\.(.+)", layer)
        prefix, names = "", _TOP
        if block:
            stack, names = _BLOCKS[block[1]]
            prefix, layer = f"{stack}.{block[2]}.", block[3]
        targets = names[layer].split()
        kind = "weight" if kind == "scale" else kind
        for target, part in zip(targets, _parts(layer, tensor, width, len(targets)), strict=True):
            renamed[f"{prefix}{target}.{kind}"] = part
    return renamed


def _parts(layer: str, tensor: torch.Tensor, width: int, count: int) -> list[torch.Tensor]:
    """Split fused projections by rows: each `width` high, and the last takes the rest (a single block's MLP)."""
    if layer.startswith("final_layer.adaLN"):
        shift, scale = tensor.chunk(2)  # diffusers has the scale first
        return [torch.cat([scale, shift])]
    if count == 1:
        return [tensor]
    return list(tensor.split([width] * (count - 1) + [tensor.shape[0] - width * (count - 1)]))
