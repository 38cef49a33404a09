"""Negative guidance on small real transformers: what it computes, when it does nothing, and that it leaves no trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
import torch
from diffusers import (
    FluxTransformer2DModel,
    UNet2DConditionModel,
    WanTransformer3DModel,
    WanVACETransformer3DModel,
)
from diffusers.models.attention import AttentionModuleMixin
from diffusers.models.attention_processor import Attention

from generation.engine.nag import FLUX, SDXL, WAN, Guidance, negative_guidance

TEXT_WIDTH = 24
Call = Callable[[torch.Tensor], torch.Tensor]
Make = Callable[[], tuple[torch.nn.Module, Call]]


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


PROMPT = drawn(1, 10, TEXT_WIDTH, seed=2)
NEGATIVE = drawn(1, 10, TEXT_WIDTH, seed=3)


@contextmanager
def fixed_weights() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def flux() -> tuple[torch.nn.Module, Call]:
    with fixed_weights():
        transformer = FluxTransformer2DModel(
            in_channels=16,
            num_layers=2,
            num_single_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=TEXT_WIDTH,
            pooled_projection_dim=8,
            guidance_embeds=True,
            axes_dims_rope=(4, 6, 6),
        ).eval()
    ids = torch.stack([torch.zeros(16), torch.arange(16) // 4, torch.arange(16) % 4], dim=1)

    def call(prompt: torch.Tensor) -> torch.Tensor:
        return transformer(
            hidden_states=drawn(1, 16, 16),
            encoder_hidden_states=prompt,
            pooled_projections=drawn(1, 8),
            timestep=torch.tensor([0.5]),
            guidance=torch.tensor([3.5]),
            img_ids=ids,
            txt_ids=torch.zeros(prompt.shape[1], 3),
            return_dict=False,
        )[0]

    return transformer, call


WAN_SHAPE: dict[str, Any] = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 4,
    "out_channels": 4,
    "text_dim": TEXT_WIDTH,
    "freq_dim": 16,
    "ffn_dim": 32,
    "num_layers": 2,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 32,
}


def wan() -> tuple[torch.nn.Module, Call]:
    with fixed_weights():
        transformer = WanTransformer3DModel(**WAN_SHAPE).eval()
    return transformer, lambda prompt: wan_call(transformer, prompt)


def wan_with_picture() -> tuple[torch.nn.Module, Call]:
    """Image to video of Wan 2.1: the picture's tokens come before the text, which diffusers takes to be 512 tokens."""
    with fixed_weights():
        transformer = WanTransformer3DModel(**WAN_SHAPE, image_dim=20, added_kv_proj_dim=24).eval()

    def call(prompt: torch.Tensor) -> torch.Tensor:
        text = torch.nn.functional.pad(prompt, (0, 0, 0, 512 - prompt.shape[1]))
        return wan_call(transformer, text, encoder_hidden_states_image=drawn(1, 7, 20))

    return transformer, call


def vace() -> tuple[torch.nn.Module, Call]:
    with fixed_weights():
        transformer = WanVACETransformer3DModel(**WAN_SHAPE, vace_layers=[0, 1], vace_in_channels=6).eval()
    return transformer, lambda prompt: wan_call(transformer, prompt, control_hidden_states=drawn(1, 6, 3, 4, 4))


def sdxl() -> tuple[torch.nn.Module, Call]:
    with fixed_weights():
        unet = UNet2DConditionModel(
            block_out_channels=(8, 16),
            layers_per_block=1,
            norm_num_groups=2,
            cross_attention_dim=TEXT_WIDTH,
            attention_head_dim=(1, 2),
            use_linear_projection=True,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        ).eval()
    return unet, lambda prompt: unet(drawn(1, 4, 8, 8), 500, prompt, return_dict=False)[0]


def wan_call(transformer: Any, prompt: torch.Tensor, **more: Any) -> torch.Tensor:
    return transformer(
        hidden_states=drawn(1, 4, 3, 4, 4),
        timestep=torch.tensor([500]),
        encoder_hidden_states=prompt,
        return_dict=False,
        **more,
    )[0]


@pytest.fixture(params=[flux, wan, wan_with_picture, vace, sdxl], ids=lambda make: make.__name__)
def subject(request: pytest.FixtureRequest) -> Iterator[tuple[torch.nn.Module, Call]]:
    with torch.inference_mode():
        yield request.param()


def test_without_a_negative_nothing_is_installed(subject: tuple[Any, Call]) -> None:
    transformer, call = subject
    before, processors = call(PROMPT), attention_processors(transformer)
    with negative_guidance([transformer], None):
        assert attention_processors(transformer) == processors
        assert torch.equal(call(PROMPT), before)


def test_a_negative_acts_and_leaves_no_trace(subject: tuple[Any, Call]) -> None:
    transformer, call = subject
    before, processors = call(PROMPT), attention_processors(transformer)
    with negative_guidance([transformer], NEGATIVE):
        guided = call(PROMPT)
        assert torch.equal(call(PROMPT), guided)
    assert (guided - before).abs().max() > 1e-3
    assert attention_processors(transformer) == processors
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in transformer.modules())
    assert torch.equal(call(PROMPT), before)


def test_an_exception_inside_leaves_no_trace(subject: tuple[Any, Call]) -> None:
    transformer, call = subject
    before = call(PROMPT)
    with pytest.raises(KeyboardInterrupt), negative_guidance([transformer], NEGATIVE):
        raise KeyboardInterrupt
    assert torch.equal(call(PROMPT), before)


@pytest.mark.parametrize("guidance", [Guidance(scale=1.0), Guidance(scale=5.0, alpha=0.0)], ids=["scale", "alpha"])
def test_neutral_values_change_nothing(subject: tuple[Any, Call], guidance: Guidance) -> None:
    """Our attention is then the stock one, written anew: it must agree with it."""
    transformer, call = subject
    before = call(PROMPT)
    with negative_guidance([transformer], NEGATIVE, guidance):
        torch.testing.assert_close(call(PROMPT), before, atol=1e-5, rtol=1e-5)


def test_a_negative_equal_to_the_prompt_changes_nothing(subject: tuple[Any, Call]) -> None:
    transformer, call = subject
    negative = torch.nn.functional.pad(PROMPT, (0, 0, 0, 502)) if is_picture_led(transformer) else PROMPT
    before = call(PROMPT)
    with negative_guidance([transformer], negative):
        torch.testing.assert_close(call(PROMPT), before, atol=1e-5, rtol=1e-5)


def test_another_negative_another_result(subject: tuple[Any, Call]) -> None:
    transformer, call = subject
    results = []
    for negative in (NEGATIVE, -NEGATIVE, drawn(1, 17, TEXT_WIDTH)):
        with negative_guidance([transformer], negative):
            results.append(call(PROMPT))
    assert all((first - second).abs().max() > 1e-3 for first, second in pairwise(results))


def test_stronger_guidance_goes_further(subject: tuple[Any, Call]) -> None:
    transformer, call = subject
    before, distances = call(PROMPT), []
    for alpha in (0.1, 0.2, 0.4):
        with negative_guidance([transformer], NEGATIVE, Guidance(scale=3.0, alpha=alpha)):
            distances.append((call(PROMPT) - before).norm().item())
    assert distances == sorted(distances)
    assert distances[-1] > 2 * distances[0]


def test_the_formula() -> None:
    """arXiv 2505.21179: extrapolate, hold the L1 norm to tau times the positive's, blend by alpha; token by token."""
    positive, negative = torch.tensor([[[1.0, -1.0], [1.0, 1.0]]]), torch.tensor([[[-1.0, 1.0], [0.9, 1.1]]])
    guided = Guidance(scale=3.0, tau=2.5, alpha=0.25).apply(positive, negative)
    # First token: 3·(1, -1) - 2·(-1, 1) = (5, -5) has five times the norm, held to 2.5 times: (2.5, -2.5).
    # Second token: 3·(1, 1) - 2·(0.9, 1.1) = (1.2, 0.8) keeps the norm.
    expected = 0.25 * torch.tensor([[[2.5, -2.5], [1.2, 0.8]]]) + 0.75 * positive
    torch.testing.assert_close(guided, expected)


def test_the_formula_bears_zeros() -> None:
    zeros = torch.zeros(1, 2, 4)
    assert torch.equal(FLUX.apply(zeros, zeros), zeros)
    assert torch.isfinite(WAN.apply(zeros, zeros + 1)).all()


FIRST_GUIDED: dict[str, tuple[Make, str, Guidance]] = {
    "flux": (flux, "transformer_blocks.0.attn", FLUX),
    "wan": (wan, "blocks.0.attn2", WAN),
    "vace": (vace, "blocks.0.attn2", WAN),
    "sdxl": (sdxl, "down_blocks.1.attentions.0.transformer_blocks.0.attn2", SDXL),
}
"""The attention that the first difference between texts comes from: what it is asked does not depend on them."""


@pytest.mark.parametrize("family", FIRST_GUIDED)
def test_the_formula_is_of_what_stock_attention_gives_before_its_output_projection(family: str) -> None:
    make, place, guidance = FIRST_GUIDED[family]
    with torch.inference_mode():
        transformer, call = make()
        features: list[torch.Tensor] = []
        projection = transformer.get_submodule(f"{place}.to_out.0")
        watch = projection.register_forward_pre_hook(lambda module, args: features.append(args[0]))
        call(PROMPT)
        call(NEGATIVE)
        with negative_guidance([transformer], NEGATIVE):
            call(PROMPT)
        watch.remove()
    with_prompt, with_negative, guided = features
    assert (with_prompt - with_negative).abs().max() > 1e-3
    torch.testing.assert_close(guided, guidance.apply(with_prompt, with_negative), atol=1e-5, rtol=1e-5)


def test_flux_guides_image_tokens_only() -> None:
    """The prompt's tokens in a joint attention are those of an attention that never saw the negative."""
    with torch.inference_mode():
        transformer, call = flux()
        seen: list[tuple[torch.Tensor, torch.Tensor]] = []
        attention = transformer.transformer_blocks[0].attn
        watch = attention.register_forward_hook(lambda module, args, output: seen.append(output))
        call(PROMPT)
        with negative_guidance([transformer], NEGATIVE):
            call(PROMPT)
        watch.remove()
        (image, text), (guided_image, guided_text) = seen
        torch.testing.assert_close(guided_text[:, : PROMPT.shape[1]], text, atol=1e-5, rtol=1e-5)
        assert guided_image.shape == image.shape
        assert (guided_image - image).abs().max() > 1e-3


def test_two_experts_at_once() -> None:
    with torch.inference_mode():
        (first, call_first), (second, call_second) = wan(), wan()
        before = call_first(PROMPT)
        with negative_guidance([first, second], NEGATIVE):
            assert torch.equal(call_first(PROMPT), call_second(PROMPT))
            assert not torch.equal(call_first(PROMPT), before)


def test_other_networks_are_refused() -> None:
    with pytest.raises(TypeError, match="Linear"), negative_guidance([torch.nn.Linear(2, 2)], NEGATIVE):
        pass


def attention_processors(transformer: Any) -> list[Any]:
    kinds = (AttentionModuleMixin, Attention)
    return [module.processor for module in transformer.modules() if isinstance(module, kinds)]


def is_picture_led(transformer: Any) -> bool:
    return getattr(transformer.config, "added_kv_proj_dim", None) is not None
