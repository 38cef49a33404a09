"""From diffusers' names back to the names in the files that the models' authors and ComfyUI publish."""

import re
from collections.abc import Iterable

import torch

Tensors = dict[str, torch.Tensor]

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET_TOP = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_FLUX = [
    ("time_text_embed.timestep_embedder.linear_1", "time_in.in_layer"),
    ("time_text_embed.timestep_embedder.linear_2", "time_in.out_layer"),
    ("time_text_embed.text_embedder.linear_1", "vector_in.in_layer"),
    ("time_text_embed.text_embedder.linear_2", "vector_in.out_layer"),
    ("time_text_embed.guidance_embedder.linear_1", "guidance_in.in_layer"),
    ("time_text_embed.guidance_embedder.linear_2", "guidance_in.out_layer"),
    ("context_embedder", "txt_in"),
    ("x_embedder", "img_in"),
    ("norm_out.linear", "final_layer.adaLN_modulation.1"),
    (r"^proj_out", "final_layer.linear"),
    (r"^single_transformer_blocks\.(\d+)\.norm\.linear", r"single_blocks.\1.modulation.lin"),
    (r"^single_transformer_blocks\.(\d+)\.proj_out", r"single_blocks.\1.linear2"),
    (r"^single_transformer_blocks\.(\d+)\.attn\.norm_q\.weight", r"single_blocks.\1.norm.query_norm.scale"),
    (r"^single_transformer_blocks\.(\d+)\.attn\.norm_k\.weight", r"single_blocks.\1.norm.key_norm.scale"),
    (r"^transformer_blocks", "double_blocks"),
    (r"norm1\.linear", "img_mod.lin"),
    (r"norm1_context\.linear", "txt_mod.lin"),
    (r"attn\.norm_q\.weight", "img_attn.norm.query_norm.scale"),
    (r"attn\.norm_k\.weight", "img_attn.norm.key_norm.scale"),
    (r"attn\.norm_added_q\.weight", "txt_attn.norm.query_norm.scale"),
    (r"attn\.norm_added_k\.weight", "txt_attn.norm.key_norm.scale"),
    (r"attn\.to_out\.0", "img_attn.proj"),
    (r"attn\.to_add_out", "txt_attn.proj"),
    (r"\.ff\.net\.0\.proj", ".img_mlp.0"),
    (r"\.ff\.net\.2", ".img_mlp.2"),
    (r"\.ff_context\.net\.0\.proj", ".txt_mlp.0"),
    (r"\.ff_context\.net\.2", ".txt_mlp.2"),
]
_WAN = [
    ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
    ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
    ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
    ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
    ("condition_embedder.time_proj", "time_projection.1"),
    (r"^scale_shift_table", "head.modulation"),
    (r"^proj_out", "head.head"),
    (r"(vace_blocks\.\d+)\.proj_in", r"\1.before_proj"),
    (r"(vace_blocks\.\d+)\.proj_out", r"\1.after_proj"),
    ("scale_shift_table", "modulation"),
    (r"\.norm2\.", ".norm three."),
    (r"\.norm3\.", ".norm2."),
    (r"\.norm three\.", ".norm3."),
    ("attn1", "self_attn"),
    ("attn2", "cross_attn"),
    (r"\.to_([qkv])\.", r".\1."),
    (r"\.to_out\.0\.", ".o."),
    (r"ffn\.net\.0\.proj", "ffn.0"),
    (r"ffn\.net\.2", "ffn.2"),
]
_WAN_VAE = [
    (r"^quant_conv", "conv1"),
    (r"^post_quant_conv", "conv2"),
    ("norm_out", "head.0"),
    ("conv_out", "head.2"),
    ("conv_in", "conv1"),
    (r"mid_block\.attentions\.0", "middle.1"),
    (r"mid_block\.resnets\.0", "middle.0"),
    (r"mid_block\.resnets\.1", "middle.2"),
    (r"encoder\.down_blocks", "encoder.downsamples"),
    (r"\.norm1\.", ".residual.0."),
    (r"(downsamples\.\d+|middle\.\d|resnets\.\d)\.conv1\.", r"\1.residual.2."),
    (r"\.norm2\.", ".residual.3."),
    (r"(downsamples\.\d+|middle\.\d|resnets\.\d)\.conv2\.", r"\1.residual.6."),
    ("conv_shortcut", "shortcut"),
]


def sdxl(pipe) -> Tensors:
    """The whole checkpoint of Stable Diffusion XL: UNet, VAE and both text encoders."""
    return {
        **_prefixed("model.diffusion_model.", _unet(pipe.unet)),
        **_prefixed("first_stage_model.", _image_vae(pipe.vae)),
        **_prefixed("conditioner.embedders.0.transformer.", _clip(pipe.text_encoder)),
        **_prefixed("conditioner.embedders.1.model.", _open_clip(pipe.text_encoder_2)),
    }


def flux(state: Tensors) -> Tensors:
    """The transformer of Flux, with query, key and value fused."""
    found: Tensors = {}
    for kind in ("weight", "bias"):
        for name in _blocks(state, r"transformer_blocks\.\d+"):
            block = name.replace("transformer_blocks", "double_blocks")
            for ours, theirs in (("to_{}", "img_attn"), ("add_{}_proj", "txt_attn")):
                fused = [state[f"{name}.attn.{ours.format(letter)}.{kind}"] for letter in "qkv"]
                found[f"{block}.{theirs}.qkv.{kind}"] = torch.cat(fused)
        for name in _blocks(state, r"single_transformer_blocks\.\d+"):
            fused = [state[f"{name}.{part}.{kind}"] for part in ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")]
            found[f"{name.replace('single_transformer_blocks', 'single_blocks')}.linear1.{kind}"] = torch.cat(fused)
    for key, tensor in state.items():
        if re.search(r"attn\.(to_[qkv]|add_[qkv]_proj)\.|proj_mlp", key):
            continue
        if key.startswith("norm_out"):
            scale, shift = tensor.chunk(2)
            tensor = torch.cat([shift, scale])
        found[_renamed(key, _FLUX)] = tensor
    return found


def wan(state: Tensors) -> Tensors:
    return {_renamed(key, _WAN): tensor for key, tensor in state.items()}


def wan_all_in_one(pipe) -> Tensors:
    """Transformer, UMT5 and VAE in one file, under ComfyUI's prefixes."""
    encoder = pipe.text_encoder.state_dict()
    encoder.pop("encoder.embed_tokens.weight", None)
    return {
        **_prefixed("model.diffusion_model.", wan(pipe.transformer.state_dict())),
        **_prefixed("text_encoders.umt5xxl.transformer.", encoder),
        **_prefixed("vae.", {_wan_vae_key(key): tensor for key, tensor in pipe.vae.state_dict().items()}),
    }


def _unet(unet) -> Tensors:
    blocks, layers = len(unet.config.block_out_channels), unet.config.layers_per_block
    names: dict[str, str] = {}
    for block in range(blocks):
        for layer in range(layers + 1):
            down, up = 1 + block * (layers + 1) + layer, block * (layers + 1) + layer
            names[f"down_blocks.{block}.resnets.{layer}"] = f"input_blocks.{down}.0"
            names[f"down_blocks.{block}.attentions.{layer}"] = f"input_blocks.{down}.1"
            names[f"up_blocks.{block}.resnets.{layer}"] = f"output_blocks.{up}.0"
            names[f"up_blocks.{block}.attentions.{layer}"] = f"output_blocks.{up}.1"
        place = 2 if "CrossAttn" in unet.config.up_block_types[block] else 1
        names[f"down_blocks.{block}.downsamplers.0.conv"] = f"input_blocks.{(block + 1) * (layers + 1)}.0.op"
        names[f"up_blocks.{block}.upsamplers.0.conv"] = f"output_blocks.{block * (layers + 1) + layers}.{place}.conv"
    names |= {
        f"mid_block.{ours}": f"middle_block.{i}" for i, ours in enumerate(("resnets.0", "attentions.0", "resnets.1"))
    }
    found: Tensors = {}
    for key, tensor in unet.state_dict().items():
        ours = next(name for name in (*_UNET_TOP, *names) if key.startswith(f"{name}."))
        rest = key.removeprefix(ours)
        if ".resnets." in key:
            rest = re.sub(r"\.(\w+)\.", lambda layer: f".{_RESNET[layer[1]]}.", rest, count=1)
        found[{**_UNET_TOP, **names}[ours] + rest] = tensor
    return found


def _image_vae(vae) -> Tensors:
    last = len(vae.config.block_out_channels) - 1
    found: Tensors = {}
    for key, tensor in vae.state_dict().items():
        name = re.sub(r"up_blocks\.(\d+)", lambda block: f"up.{last - int(block[1])}", key)
        name = re.sub(r"down_blocks\.(\d+)", r"down.\1", name)
        name = re.sub(r"mid_block\.resnets\.(\d)", lambda block: f"mid.block_{int(block[1]) + 1}", name)
        name = name.replace(".resnets.", ".block.").replace("samplers.0.", "sample.")
        name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        if "attentions" in name:
            name = name.replace("mid_block.attentions.0", "mid.attn_1").replace("group_norm", "norm")
            name = re.sub(r"to_([qkv])", r"\1", name).replace("to_out.0", "proj_out")
            tensor = tensor[:, :, None, None] if tensor.dim() == 2 else tensor
        found[name] = tensor
    return found


def _clip(encoder) -> Tensors:
    return _prefixed(
        "text_model.", {key.removeprefix("text_model."): value for key, value in encoder.state_dict().items()}
    )


def _open_clip(encoder) -> Tensors:
    state = {key.removeprefix("text_model."): tensor for key, tensor in encoder.state_dict().items()}
    found = {
        "positional_embedding": state.pop("embeddings.position_embedding.weight"),
        "token_embedding.weight": state.pop("embeddings.token_embedding.weight"),
        "text_projection": state.pop("text_projection.weight").T.contiguous(),
        "ln_final.weight": state.pop("final_layer_norm.weight"),
        "ln_final.bias": state.pop("final_layer_norm.bias"),
    }
    for name in _blocks(state, r"encoder\.layers\.\d+"):
        block = name.replace("encoder.layers", "transformer.resblocks")
        for kind in ("weight", "bias"):
            fused = [state.pop(f"{name}.self_attn.{letter}_proj.{kind}") for letter in "qkv"]
            found[f"{block}.attn.in_proj_{kind}"] = torch.cat(fused)
            for ours, theirs in (
                ("self_attn.out_proj", "attn.out_proj"),
                ("layer_norm1", "ln_1"),
                ("layer_norm2", "ln_2"),
                ("mlp.fc1", "mlp.c_fc"),
                ("mlp.fc2", "mlp.c_proj"),
            ):
                found[f"{block}.{theirs}.{kind}"] = state.pop(f"{name}.{ours}.{kind}")
    assert not state
    return found


def _wan_vae_key(key: str) -> str:
    name = _renamed(key, _WAN_VAE)
    name = re.sub(
        r"up_blocks\.(\d)\.resnets\.(\d)", lambda block: f"upsamples.{4 * int(block[1]) + int(block[2])}", name
    )
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda block: f"upsamples.{4 * int(block[1]) + 3}", name)


def _renamed(key: str, table: Iterable[tuple[str, str]]) -> str:
    for ours, theirs in table:
        key = re.sub(ours, theirs, key)
    return key


def _blocks(state: Tensors, pattern: str) -> list[str]:
    return sorted({found[0] for key in state if (found := re.match(pattern, key))})


def _prefixed(prefix: str, state: Tensors) -> Tensors:
    return {prefix + key: tensor for key, tensor in state.items()}
