"""Prompts as people write them, and what CLIP makes of them."""

import random

import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from generation.engine.demo.sdxl import sdxl
from generation.engine.prompts import encode_sdxl, parse

CLIP_SKIPS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def pipe() -> StableDiffusionXLPipeline:
    return sdxl()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a red cat", [[("a red cat", 1)]]),
        ("a (red) cat", [[("a ", 1), ("red", 1.1), (" cat", 1)]]),
        ("a (red:1.3) cat", [[("a ", 1), ("red", 1.3), (" cat", 1)]]),
        ("a (red : 1.3 ) cat", [[("a ", 1), ("red ", 1.3), (" cat", 1)]]),
        ("a [red] cat", [[("a ", 1), ("red", 0.909), (" cat", 1)]]),
        ("((red))", [[("red", 1.21)]]),
        ("(a (b:1.5) c:2)", [[("a ", 2), ("b", 3), (" c", 2)]]),
        (r"fox \(animal\) \[x\] \\ \y", [[(r"fox (animal) [x] \ \y", 1)]]),
        ("(red", [[("red", 1.1)]]),
        ("red) ]:1.3) :)", [[("red) ]:1.3) :)", 1)]]),
        ("time: 12:30", [[("time: 12:30", 1)]]),
        ("a BREAK b", [[("a", 1)], [("b", 1)]]),
        ("(a BREAK b:1.2) c", [[("a", 1.2)], [("b", 1.2), (" c", 1)]]),
        ("BREAKFAST", [[("BREAKFAST", 1)]]),
        ("()", [[]]),
        ("(red:0)", [[("red", 0)]]),
    ],
)
def test_emphasis(written, meant):
    assert [[(piece.text, round(piece.weight, 3)) for piece in chunk] for chunk in parse(written)] == meant


@pytest.mark.parametrize("clip_skip", CLIP_SKIPS)
def test_plain_prompts_are_what_diffusers_makes_of_them(pipe, clip_skip):
    """diffusers counts CLIP skip from one layer earlier."""
    ours = encode_sdxl(pipe, "a red circle", "blurred, dark", clip_skip)
    prompt, _, pooled, _ = pipe.encode_prompt("a red circle", clip_skip=clip_skip - 2)
    negative, _, negative_pooled, _ = pipe.encode_prompt("blurred, dark", clip_skip=clip_skip - 2)
    assert torch.equal(ours.prompt, prompt)
    assert torch.equal(ours.pooled, pooled)
    assert torch.equal(ours.negative, negative)
    assert torch.equal(ours.negative_pooled, negative_pooled)


@pytest.mark.parametrize("prompt", ["a red circle", "a (red:1.4) circle", "a (red:0.4) circle"])
def test_clip_skip_reaches_every_prompt(pipe, prompt):
    found = [encode_sdxl(pipe, prompt, prompt, clip_skip).negative for clip_skip in CLIP_SKIPS]
    assert all(not torch.allclose(found[n], found[m]) for n in range(4) for m in range(n))


def test_clip_skip_leaves_no_hook(pipe):
    encode_sdxl(pipe, "a red circle", "", 4)
    assert not pipe.text_encoder._forward_hooks
    assert not pipe.text_encoder_2._forward_hooks


def test_emphasis_moves_the_embeddings_away_from_the_empty_prompt(pipe):
    plain, strong, weak = (encode_sdxl(pipe, text, "", 2).prompt for text in ("teapot", "(teapot:1.5)", "(teapot:0.5)"))
    empty = encode_sdxl(pipe, "()", "", 2).prompt
    distance = {name: (each - empty).norm() for name, each in [("weak", weak), ("plain", plain), ("strong", strong)]}
    assert distance["weak"] < distance["plain"] < distance["strong"]


def test_the_end_of_the_longest_prompt_counts(pipe):
    head = ("a dancing fox, in the rain. " * 80)[:1990]
    one, other = (encode_sdxl(pipe, head + tail, "", 2).prompt for tail in (" red", " blue"))
    assert one.shape[1] > 10 * 77
    assert not torch.equal(one, other)
    assert torch.equal(one[:, :77], other[:, :77])


def test_both_prompts_come_in_one_length(pipe):
    embeddings = encode_sdxl(pipe, "short", "long, " * 100, 2)
    assert embeddings.prompt.shape == embeddings.negative.shape


def test_break_begins_a_chunk(pipe):
    joined = encode_sdxl(pipe, "a fox BREAK the rain", "", 2).prompt
    assert joined.shape[1] == 2 * 77
    assert torch.equal(joined[:, :77], encode_sdxl(pipe, "a fox", "", 2).prompt)


def test_no_negative_prompt_is_zeros(pipe):
    embeddings = encode_sdxl(pipe, "a fox", "", 2)
    assert not embeddings.negative.any()
    assert not embeddings.negative_pooled.any()


def test_whatever_is_typed_can_be_encoded(pipe):
    bits = ["(", ")", "[", "]", ":1.2)", ":.3)", "\\", "BREAK ", "cat", "<|endoftext|>", "<|startoftext|>", " ", ", "]
    bits += [". ", "привет", "日本", "\u200b", "\n", "!", "😀", "'s", "+", "-", '".blend(1,2)', "é", "(\u200b:0.5)"]
    chance = random.Random(7)
    for _ in range(10):
        written = "".join(chance.choices(bits, k=25))
        assert encode_sdxl(pipe, written, written, 2).prompt.isfinite().all(), written
