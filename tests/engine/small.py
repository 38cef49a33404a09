"""Small random pipelines in the shapes that original files have: depth and block structure are real, widths are not."""

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLWan,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)

from generation.engine.demo.clip import clip_encoder, clip_tokenizer, projecting_clip_encoder
from generation.engine.demo.t5 import t5_encoder, t5_tokenizer, umt5_encoder

WIDTH = 32
LATENTS = 4


def image_vae(**config):
    return AutoencoderKL(
        block_out_channels=[8, 16, 16],
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=LATENTS,
        down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3,
        **config,
    )


def sdxl() -> StableDiffusionXLPipeline:
    torch.manual_seed(0)
    first, second = clip_tokenizer(), clip_tokenizer(pad_token="!")
    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(16, 32),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        transformer_layers_per_block=(1, 2),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=48 + 6 * 8,
        cross_attention_dim=WIDTH + 48,
        norm_num_groups=8,
    )
    return StableDiffusionXLPipeline(
        vae=image_vae(),
        text_encoder=clip_encoder(first, WIDTH),
        text_encoder_2=projecting_clip_encoder(second, 48),
        tokenizer=first,
        tokenizer_2=second,
        unet=unet,
        scheduler=EulerDiscreteScheduler(),
    )


def flux() -> FluxPipeline:
    torch.manual_seed(0)
    clip, t5 = clip_tokenizer(), t5_tokenizer()
    transformer = FluxTransformer2DModel(
        in_channels=4 * LATENTS,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=WIDTH,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=image_vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1, scaling_factor=0.4),
        text_encoder=clip_encoder(clip, WIDTH),
        tokenizer=clip,
        text_encoder_2=t5_encoder(len(t5), WIDTH),
        tokenizer_2=t5,
        transformer=transformer,
    )


def wan_image_to_video() -> WanImageToVideoPipeline:
    torch.manual_seed(0)
    experts = [_wan_network(WanTransformer3DModel, 2 * LATENTS + 4) for _ in range(2)]
    return WanImageToVideoPipeline(
        transformer=experts[0], transformer_2=experts[1], boundary_ratio=0.9, **_wan_surroundings()
    )


def wan_vace() -> WanVACEPipeline:
    torch.manual_seed(0)
    network = _wan_network(WanVACETransformer3DModel, LATENTS, vace_layers=[0, 1], vace_in_channels=2 * LATENTS + 8 * 8)
    return WanVACEPipeline(transformer=network, **_wan_surroundings())


def _wan_network(network_class, channels, **config):
    return network_class(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=channels,
        out_channels=LATENTS,
        text_dim=WIDTH,
        freq_dim=32,
        ffn_dim=WIDTH,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=64,
        **config,
    ).eval()


def _wan_surroundings():
    tokenizer = t5_tokenizer()
    vae = AutoencoderKLWan(base_dim=4, z_dim=LATENTS, latents_mean=[0.0] * LATENTS, latents_std=[1.0] * LATENTS)
    return {
        "tokenizer": tokenizer,
        "text_encoder": umt5_encoder(len(tokenizer), WIDTH),
        "vae": vae.eval(),
        "scheduler": UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0),
    }
