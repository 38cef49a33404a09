"""The small SDXL: a U-Net and two CLIP encoders, learned together on the cel style.

    python -m tools.demo_models.sdxl reading|drawing|leading [--steps N]

The encoders first learn to read (`reading`), then the U-Net learns to draw what they tell, and then how far words are
to lead (`leading`): so small a network draws best at a guidance of 4, and people ask for 7.
It predicts v (arXiv 2202.00512): so a small network keeps the colours of large areas better than by predicting the
noise. Its schedule ends in more noise than SDXL's own, which leaves so much of the picture at its last step (arXiv
2305.08891) that of a few hundred latent positions one could tell the brightness: black grounds turned out bright.
"""

import argparse
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from diffusers import EulerDiscreteScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from . import FOLDER
from .autoencoder import CHANNELS
from .captions import caption
from .latents import Batch, Store
from .reading import Probes, lesson
from .sights import Sights
from .training import Schedule, Training, averaged
from .vocabulary import CLIP_TOKENS, clip_tokenizer

_WIDTHS = (64, 96, 128)
_HEADS = (2, 4, 4)
_TEXT_WIDTHS = (64, 96)
_LAYERS = 5
_TIME_WIDTH = 16
_POSITIONS = 32 * 256
"""Latent positions to a batch: 32 pictures of 512²."""
_NO_WORDS = 0.12
_WHOLE = 0.25
"""How often texts are padded to their full length, as they are when the model is used."""
_SKIPS = (1, 2, 3, 4), (2, 5, 1, 1)
"""Which layer of the text encoders is read, from the end, and how often."""
STEPS = {"reading": 800, "drawing": 7600, "leading": 630}
_DECISIVE, _OFTENER = (400, 900), 0.4
"""Steps at which it is decided what is drawn where, and in which colour: that often learned beyond their share."""
_PROBE = 0.1
"""How much counts what the U-Net knows inside."""
_LEAD = 0.55
"""How far words lead in the end, of the way that they led: 7 is then what was 3.85."""


def noise_schedule() -> EulerDiscreteScheduler:
    return EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.02,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        steps_offset=1,
    )


def text_config(tokenizer: CLIPTokenizer, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        projection_dim=width,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        max_position_embeddings=CLIP_TOKENS,
        hidden_act="gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def unet() -> UNet2DConditionModel:
    """512² is 256 latent positions at the outer level, and 64 and 16 where it attends."""
    return UNet2DConditionModel(
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        sample_size=32,
        block_out_channels=_WIDTHS,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=_HEADS,
        transformer_layers_per_block=1,
        use_linear_projection=True,
        cross_attention_dim=sum(_TEXT_WIDTHS),
        addition_embed_type="text_time",
        addition_time_embed_dim=_TIME_WIDTH,
        projection_class_embeddings_input_dim=6 * _TIME_WIDTH + _TEXT_WIDTHS[1],
        norm_num_groups=8,
    )


class Sdxl(nn.Module):
    """The networks that learn, and the loss."""

    def __init__(self) -> None:
        super().__init__()
        self.tokenizers = clip_tokenizer(), clip_tokenizer("!")
        self.text_encoder = CLIPTextModel(text_config(self.tokenizers[0], _TEXT_WIDTHS[0]))
        self.text_encoder_2 = CLIPTextModelWithProjection(text_config(self.tokenizers[1], _TEXT_WIDTHS[1]))
        self.probes, self.more_probes = Probes(_TEXT_WIDTHS[1]), Probes(_TEXT_WIDTHS[0])
        self.unet = unet().to(memory_format=torch.channels_last)
        self.sights = Sights(_WIDTHS[1], detail=4, whole_width=_WIDTHS[-1])
        self._seen: dict[str, torch.Tensor] = {}
        self._wordless: list[UNet2DConditionModel] = []
        self.unet.mid_block.register_forward_hook(partial(self._look, "middle"))
        self.unet.up_blocks[1].register_forward_hook(partial(self._look, "near the end"))
        self.signal = noise_schedule().alphas_cumprod

    def forward(self, batch: Batch, rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        count = len(batch.scenes)
        texts = [caption(scene, rng) for scene in batch.scenes]
        whole = rng.random() < _WHOLE
        padding = CLIP_TOKENS if whole else rng.randint(0, 12)
        with torch.no_grad():
            states, pooled = self.encode(texts, rng.choices(*_SKIPS)[0], padding)
        said = (torch.rand(count) > _NO_WORDS).float()
        times = torch.randint(len(self.signal), (count,))
        decisive = torch.rand(count) < _OFTENER
        times = torch.where(decisive, torch.randint(*_DECISIVE, (count,)), times)
        signal = self.signal[times].view(-1, 1, 1, 1)
        noise = torch.randn_like(batch.latents)
        noisy = signal.sqrt() * batch.latents + (1 - signal).sqrt() * noise
        target = signal.sqrt() * noise - (1 - signal).sqrt() * batch.latents
        sizes = torch.tensor([batch.height, batch.width, 0, 0, batch.height, batch.width]).expand(count, -1)
        noisy = noisy.contiguous(memory_format=torch.channels_last)
        for wordless in self._wordless:
            with torch.no_grad():
                unled = _predicted(wordless, noisy, times, states * 0, pooled * 0, sizes)
            target = torch.where(said.view(-1, 1, 1, 1) > 0, torch.lerp(unled, target, _LEAD), target)
        predicted = _predicted(self.unet, noisy, times, states * said.view(-1, 1, 1), pooled * said.view(-1, 1), sizes)
        errors = (predicted - target).square().mean(dim=(1, 2, 3))
        probed, told = self._probe(batch)
        return errors.mean() + _PROBE * probed, told | _by_noise(errors.detach(), times)

    def lead_less(self) -> None:
        """From now on words lead `_LEAD` of the way from where the U-Net of this moment goes without them.

        It is kept in a list, so that it is no part of what learns.
        """
        wordless = unet().to(memory_format=torch.channels_last)
        wordless.load_state_dict(self.unet.state_dict())
        self._wordless = [wordless.eval().requires_grad_(False)]

    def _look(self, where: str, block: nn.Module, given: Any, found: torch.Tensor) -> None:
        self._seen[where] = found

    def _probe(self, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        middle, late = self._seen.pop("middle").float(), self._seen.pop("near the end").float()
        named, names = self.sights.names(middle.mean(dim=(2, 3)), batch.scenes)
        rows, columns = late.shape[2:]
        things, told = self.sights.things(late.flatten(2).transpose(1, 2), rows, columns, batch.views)
        return named + things, told | names

    def read(self, rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        """A lesson for both encoders: the second is asked by what it pools, the first by its last state."""
        scenes, texts = lesson("cel", rng)
        states, pooled = self.encode(texts, 1, 0)
        first, _ = self.more_probes(states[:, -1, : _TEXT_WIDTHS[0]], scenes)
        second, told = self.probes(pooled, scenes)
        return first + second, told

    def encode(self, texts: list[str], skip: int, padding: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden states (n, tokens, width) of the layer `skip` from the end, and pooled (n, width).

        Behind the longest text comes so much padding, to 77 tokens at most: that they are often fewer saves time.
        """
        states = []
        longest = max(len(ids) for ids in self.tokenizers[0](texts, truncation=True).input_ids)
        for tokenizer, encoder in zip(self.tokenizers, (self.text_encoder, self.text_encoder_2), strict=True):
            length = min(CLIP_TOKENS, longest + padding)
            read = tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
            with torch.autocast("cpu", torch.bfloat16):
                output = encoder(read.input_ids, output_hidden_states=True)
            states.append(output.hidden_states[-skip].float())
        return torch.cat(states, dim=-1), output.text_embeds.float()


def _predicted(
    unet: UNet2DConditionModel,
    noisy: torch.Tensor,
    times: torch.Tensor,
    states: torch.Tensor,
    pooled: torch.Tensor,
    sizes: torch.Tensor,
) -> torch.Tensor:
    """v (n, 16, height, width), single precision."""
    with torch.autocast("cpu", torch.bfloat16):
        told = {"text_embeds": pooled, "time_ids": sizes}
        return unet(noisy, times, encoder_hidden_states=states, added_cond_kwargs=told).sample.float()


def _by_noise(errors: torch.Tensor, times: torch.Tensor) -> dict[str, float]:
    """The error where there is little, some and much noise."""
    thirds = times * 3 // 1000
    return {f"third{third}": errors[thirds == third].mean().item() for third in range(3) if (thirds == third).any()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part", choices=STEPS)
    arguments.add_argument("--steps", type=int)
    options = arguments.parse_args()
    torch.manual_seed(2)
    train(options.part, options.steps or STEPS[options.part])


def train(part: str, steps: int) -> None:
    module = Sdxl()
    schedule = Schedule(steps, rate=1.5e-3, matrix_rate=0.01, averaging=0.995)
    if part == "reading":
        Training(FOLDER / "sdxl_reading", module, schedule, seed=2).run(lambda step: module.read(_random(step)))
        return
    if part == "leading":
        module.load_state_dict(averaged(FOLDER / "sdxl", Sdxl()).state_dict())
        module.lead_less()
        schedule = Schedule(steps, rate=5e-4, matrix_rate=0.003, cooldown=0.8, averaging=0.99)
        store = Store("cel", _POSITIONS, small_steps=0)
        Training(FOLDER / "sdxl_leading", module, schedule, seed=4).run(
            lambda step: module(store.batch(step), _random(step))
        )
        return
    if not (FOLDER / "sdxl" / "checkpoint.pt").exists():
        module.load_state_dict(averaged(FOLDER / "sdxl_reading", Sdxl()).state_dict())
    store = Store("cel", _POSITIONS, small_steps=steps // 4)
    Training(FOLDER / "sdxl", module, schedule, seed=2).run(lambda step: module(store.batch(step), _random(step)))


def _random(step: int) -> random.Random:
    return random.Random(f"words {step}")


if __name__ == "__main__":
    main()
