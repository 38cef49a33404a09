"""The small Flux: a transformer, CLIP and T5, learned on the lit style; then its guidance, distilled from its own.

    python -m tools.demo_models.flux reading|teacher|student [--steps N]

Flux attends to all 512 text tokens, nearly all of them padding, without a mask. Learning with so many would cost five
times as much. Padding that lies further from the words than the text encoder looks is one and the same vector, here
zero, and attention to n equal keys is attention to one whose logit is higher by log n: so one of them stands for all.
"""

import argparse
import math
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from torch import nn
from torch.nn import functional
from transformers import CLIPTextModel, T5Config, T5EncoderModel

from . import FOLDER
from .autoencoder import CHANNELS
from .captions import caption
from .flux_wiring import freeze_borders, wire
from .latents import Batch, Store
from .reading import Probes, lesson
from .sdxl import text_config
from .sights import Sights
from .training import Schedule, Training, averaged
from .vocabulary import T5_TOKENS, clip_tokenizer, t5_tokenizer
from .world import Scene

_WIDTH, _HEADS = 160, 5
_TEXT_WIDTH = 96
_T5_LAYERS = 2
_BUCKETS, _REACH = 16, 7
"""T5 tells 8 distances to each side; the last one, from `_REACH` tokens on, it does not see."""
_UNSEEN = -30.0
_POSITIONS = 32 * 256
_NO_WORDS = 0.12
_SHORT = 20
_SHIFT = math.exp(0.5)
_GUIDANCE = (1.0, 10.0)
_PROBE = 0.2
"""How much counts what the first blocks know."""
STEPS = {"reading": 800, "teacher": 11000, "student": 500}


def noise_schedule() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)


def transformer() -> FluxTransformer2DModel:
    """512² is 64 image tokens: the autoencoder shrinks by 32, and Flux packs 2 × 2."""
    made = FluxTransformer2DModel(
        in_channels=4 * CHANNELS,
        num_layers=2,
        num_single_layers=4,
        attention_head_dim=_WIDTH // _HEADS,
        num_attention_heads=_HEADS,
        joint_attention_dim=_TEXT_WIDTH,
        pooled_projection_dim=_TEXT_WIDTH,
        guidance_embeds=True,
        axes_dims_rope=(4, 14, 14),
    )
    wire(made)
    freeze_borders(made)
    return made


def t5_encoder(vocabulary: int) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=vocabulary,
            d_model=_TEXT_WIDTH,
            d_kv=24,
            d_ff=2 * _TEXT_WIDTH,
            num_layers=_T5_LAYERS,
            num_heads=4,
            feed_forward_proj="gated-gelu",
            relative_attention_num_buckets=_BUCKETS,
            relative_attention_max_distance=8,
            dropout_rate=0.0,
            pad_token_id=0,
            eos_token_id=1,
        )
    )


class Flux(nn.Module):
    """The networks that learn, and the loss of the teacher, who has no guidance."""

    def __init__(self) -> None:
        super().__init__()
        self.tokenizer, self.tokenizer_2 = clip_tokenizer(), t5_tokenizer()
        self.text_encoder = CLIPTextModel(text_config(self.tokenizer, _TEXT_WIDTH))
        self.text_encoder_2 = t5_encoder(len(self.tokenizer_2))
        self.probes, self.more_probes = Probes(_TEXT_WIDTH), Probes(_TEXT_WIDTH)
        self.transformer = transformer()
        self.sights = Sights(_WIDTH, detail=8)
        self._seen: dict[str, torch.Tensor] = {}
        self.transformer.transformer_blocks[1].register_forward_hook(partial(self._look, "early"))
        self.transformer.single_transformer_blocks[0].register_forward_hook(partial(self._look, "late"))

    def _look(self, when: str, block: nn.Module, given: Any, found: tuple[torch.Tensor, torch.Tensor]) -> None:
        self._seen[when] = found[1]

    def forward(self, batch: Batch, rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        count = len(batch.scenes)
        texts = self.captions(batch, rng, _NO_WORDS)
        noise, sigmas, noisy = noised(batch.latents)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                words, pooled = self.encode(texts)
            predicted = predict(self.transformer, noisy, sigmas, words, pooled, torch.ones(count))
        errors = (predicted - (noise - batch.latents)).square().mean(dim=(1, 2, 3))
        probed, told = self._probe(batch, sigmas)
        return errors.mean() + probed, told | _by_noise(errors.detach(), sigmas)

    def _probe(self, batch: Batch, sigmas: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
        """Where tokens stand is asked only where there is noise to find the borders in."""
        early, late = self._seen.pop("early").float(), self._seen.pop("late").float()
        rows, columns = batch.height // 64, batch.width // 64
        standing = (self.sights.standing(early, rows, columns) * (sigmas > 0.5)).mean()
        things, told = self.sights.things(late, rows, columns, batch.views)
        named, names = self.sights.names(late.mean(dim=1), batch.scenes)
        return _PROBE * (standing + things + named), told | names | {"standing": standing.item()}

    def read(self, rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        """A lesson for both encoders: CLIP is asked by what it pools, T5 by the mean of its words."""
        scenes, texts = lesson("lit", rng)
        with torch.autocast("cpu", torch.bfloat16):
            words, pooled = self.encode(texts)
        first, told = self.probes(pooled.float(), scenes)
        second, _ = self.more_probes(words.float().mean(dim=1), scenes)
        return first + second, told

    def captions(self, batch: Batch, rng: random.Random, none: float) -> list[str]:
        """A caption for each scene, or with the probability `none` nothing. In nine batches of ten all are short."""
        most = _SHORT if rng.random() < 0.9 else T5_TOKENS // 2
        return ["" if rng.random() < none else self._caption(scene, rng, most) for scene in batch.scenes]

    def _caption(self, scene: Scene, rng: random.Random, most: int) -> str:
        while True:
            text = caption(scene, rng)
            if len(self.tokenizer_2(text).input_ids) <= most:
                return text

    def encode(self, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Words (n, tokens, width), the last of them far padding, and pooled (n, width)."""
        self._look_near()
        ids = self.tokenizer_2(texts, padding=True, truncation=True, max_length=T5_TOKENS // 2, return_tensors="pt")
        padded = functional.pad(ids.input_ids, (0, (_T5_LAYERS + 1) * _REACH))
        read = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        words = self.text_encoder_2(padded).last_hidden_state[:, :-_REACH]
        return words, self.text_encoder(read.input_ids).pooler_output

    @torch.no_grad()
    def _look_near(self) -> None:
        """T5 sees nothing further off than its reach, and its padding is zero."""
        bias = self.text_encoder_2.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight
        bias[[_BUCKETS // 2 - 1, _BUCKETS - 1]] = _UNSEEN
        self.text_encoder_2.shared.weight[0] = 0


def predict(
    transformer: FluxTransformer2DModel,
    noisy: torch.Tensor,
    sigmas: torch.Tensor,
    words: torch.Tensor,
    pooled: torch.Tensor,
    guidance: torch.Tensor,
) -> torch.Tensor:
    """The velocity (n, 16, height, width) at `noisy`, with the last word standing for all padding behind it."""
    count, channels, height, width = noisy.shape
    packed = FluxPipeline._pack_latents(noisy, count, channels, height, width)
    tokens = words.shape[1]
    weights = torch.zeros(1, 1, 1, tokens + packed.shape[1])
    weights[..., tokens - 1] = math.log(T5_TOKENS - tokens + 1)
    velocity = transformer(
        packed,
        timestep=sigmas,
        guidance=guidance,
        encoder_hidden_states=words,
        pooled_projections=pooled,
        txt_ids=torch.zeros(tokens, 3),
        img_ids=FluxPipeline._prepare_latent_image_ids(count, height // 2, width // 2, "cpu", torch.float32),
        joint_attention_kwargs={"attention_mask": weights},
    ).sample.float()
    return FluxPipeline._unpack_latents(velocity, height * 8, width * 8, 8)


class Student(nn.Module):
    """A transformer that reads the guidance scale and answers in one call what its teacher needs two for."""

    def __init__(self, teacher: Flux) -> None:
        super().__init__()
        self.transformer = transformer()
        self.transformer.load_state_dict(teacher.transformer.state_dict())
        self._teacher = [teacher]

    @property
    def teacher(self) -> Flux:
        """Kept in a list, so that it is no part of what learns."""
        return self._teacher[0]

    def forward(self, batch: Batch, rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        count = len(batch.scenes)
        texts = self.teacher.captions(batch, rng, _NO_WORDS / 3)
        _, sigmas, noisy = noised(batch.latents)
        guidance = torch.empty(count).uniform_(*_GUIDANCE)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                words, pooled = self.teacher.encode([*texts, ""])
                silence, unsaid = (side[-1:].expand(count, *side.shape[1:]) for side in (words, pooled))
                words, pooled = words[:-1], pooled[:-1]
                led = predict(self.teacher.transformer, noisy, sigmas, words, pooled, torch.ones(count))
                free = predict(self.teacher.transformer, noisy, sigmas, silence, unsaid, torch.ones(count))
                target = free + guidance.view(-1, 1, 1, 1) * (led - free)
            predicted = predict(self.transformer, noisy, sigmas, words, pooled, guidance)
        errors = (predicted - target).square().mean(dim=(1, 2, 3))
        return errors.mean(), _by_noise(errors.detach(), sigmas)


def noised(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Noise, its share for each picture (mostly in the middle, shifted as the sampler shifts it), and the mixture."""
    noise = torch.randn_like(latents)
    drawn = torch.sigmoid(torch.randn(len(latents)))
    drawn = torch.where(torch.rand(len(latents)) < 0.2, torch.rand(len(latents)), drawn)
    sigmas = _SHIFT * drawn / (1 + (_SHIFT - 1) * drawn)
    return noise, sigmas, torch.lerp(latents, noise, sigmas.view(-1, 1, 1, 1))


def _by_noise(errors: torch.Tensor, sigmas: torch.Tensor) -> dict[str, float]:
    thirds = (sigmas * 2.999).long()
    return {f"third{third}": errors[thirds == third].mean().item() for third in range(3) if (thirds == third).any()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part", choices=STEPS)
    arguments.add_argument("--steps", type=int)
    options = arguments.parse_args()
    torch.manual_seed(3)
    train(options.part, options.steps or STEPS[options.part])


def train(part: str, steps: int) -> None:
    module = Flux()
    if part == "student":
        student = Student(averaged(FOLDER / "flux_teacher", module))
        schedule = Schedule(steps, rate=5e-4, matrix_rate=0.003, cooldown=0.7, averaging=0.98)
        store = Store("lit", _POSITIONS, small_steps=0)
        Training(FOLDER / "flux_student", student, schedule, seed=3).run(
            lambda step: student(store.batch(step), _random(step))
        )
        return
    schedule = Schedule(steps, rate=1.5e-3, matrix_rate=0.01, averaging=0.995)
    if part == "reading":
        Training(FOLDER / "flux_reading", module, schedule, seed=3).run(lambda step: module.read(_random(step)))
        return
    if not (FOLDER / "flux_teacher" / "checkpoint.pt").exists():
        module.load_state_dict(averaged(FOLDER / "flux_reading", Flux()).state_dict())
    store = Store("lit", _POSITIONS, small_steps=steps // 4)
    Training(FOLDER / "flux_teacher", module, schedule, seed=3).run(
        lambda step: module(store.batch(step), _random(step))
    )


def _random(step: int) -> random.Random:
    return random.Random(f"words {step}")


if __name__ == "__main__":
    main()
