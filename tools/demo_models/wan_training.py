"""What the trainings of both video models share: text, noise, and the loss."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import UMT5Config, UMT5EncoderModel

from .captions import caption
from .reading import MOVING_WORDS, Probes, lesson
from .render import View, view
from .sights import Sights
from .vocabulary import t5_tokenizer
from .wan_basis import FACTOR, TEMPORAL
from .wan_motion import NATURAL_FRAMES, USUAL_SCORE, Bucket, Clip, moment, sample_score, unsaid
from .wan_transformer import TEXT_TOKENS, TEXT_WIDTH, WIDTH, Learning, coordinates, freeze_borders

Predict = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

TOKENS = 2048
"""To a batch."""
IMAGES = [
    Bucket(1, (512, 512), 6),
    Bucket(1, (768, 512), 1),
    Bucket(1, (512, 768), 1),
    Bucket(1, (1024, 1024), 1),
    Bucket(1, (768, 768), 1),
    Bucket(1, (1024, 512), 0.5),
    Bucket(1, (512, 1024), 0.5),
    Bucket(1, (1024, 768), 0.3),
    Bucket(1, (768, 1024), 0.3),
]
VIDEOS = [
    Bucket(5, (512, 512), 4),
    Bucket(9, (512, 512), 3),
    Bucket(13, (512, 512), 1),
    Bucket(21, (512, 512), 2),
    Bucket(41, (512, 512), 0.2),
    Bucket(7, (768, 512), 0.7),
    Bucket(7, (512, 768), 0.7),
    Bucket(5, (768, 768), 0.7),
    Bucket(5, (1024, 1024), 0.5),
    Bucket(5, (1024, 512), 0.4),
    Bucket(5, (512, 1024), 0.4),
    Bucket(9, (768, 768), 0.3),
]
_STANDING, _SHOWN = 1, 2
"""The blocks behind which the probes look: there tokens are to know where they stand, there also what is where."""
_DETAIL = 8
"""Spots to a side of a token: one for 8 pixels."""
_PROBE = 0.2
"""How much counts what the first blocks know."""
_MEAN_DELAY = 1.2
"""So many frames lie, on average, between what a latent frame shows and the last of its frames."""
_NO_WORDS = 0.08


def text_encoder(vocabulary: int) -> UMT5EncoderModel:
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=vocabulary,
            d_model=TEXT_WIDTH,
            d_kv=24,
            d_ff=2 * TEXT_WIDTH,
            num_layers=2,
            num_heads=4,
            feed_forward_proj="gated-gelu",
            relative_attention_num_buckets=16,
            dropout_rate=0.0,
            pad_token_id=0,
            eos_token_id=1,
        )
    )


class Velocity(nn.Module):
    """What learns beside the transformers: the text encoder, and probes that are thrown away.

    The text encoder is asked for what captions say before all else, and only reads from then on. The first blocks are
    asked where each token stands, how far off the thing is, which spots of each token it covers, and what it is.
    """

    def __init__(self, transformer: Any) -> None:
        super().__init__()
        self.tokenizer = t5_tokenizer(moving=True)
        self.text_encoder = text_encoder(len(self.tokenizer))
        self.standing = nn.Linear(WIDTH, 3)
        self.sights = Sights(WIDTH, _DETAIL, words=MOVING_WORDS)
        self.probes = Probes(TEXT_WIDTH, MOVING_WORDS)
        self.pace = nn.Linear(TEXT_WIDTH, 1)
        freeze_borders(transformer)
        self.attention = Learning()
        self._seen: dict[int, torch.Tensor] = {}
        for index in (_STANDING, _SHOWN):
            transformer.blocks[index].register_forward_hook(partial(self._look, index))

    def _look(self, index: int, block: nn.Module, given: Any, seen: torch.Tensor) -> None:
        self._seen[index] = seen

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, tokens, width), zeros after the words; one is padding, and attention is told how many it stands for."""
        words, lengths = self._read(texts)
        places, ends = torch.arange(words.shape[1]), lengths.unsqueeze(1)
        weights = torch.where(places < ends, 0.0, -math.inf)
        weights[places == ends] = (TEXT_TOKENS - lengths).float().log()
        self.attention.weights = weights
        return words

    def _read(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, tokens, width), zeros after the words, of which each text has so many (n,)."""
        read = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=TEXT_TOKENS - 1, return_tensors="pt"
        )
        ids = functional.pad(read.input_ids, (0, 1))
        mask = functional.pad(read.attention_mask, (0, 1))
        words = self.text_encoder(ids, attention_mask=mask).last_hidden_state * mask.unsqueeze(-1)
        return words, mask.sum(dim=1)

    def read(self, rng: random.Random) -> tuple[torch.Tensor, Mapping[str, float]]:
        """A lesson for the text encoder, asked by the mean of its words. Every second text has a motion score."""
        scenes, texts = lesson("cel", rng, moving=True)
        scores = [sample_score(rng) for _ in texts[::2]]
        texts[::2] = [scored(text, score) for text, score in zip(texts[::2], scores, strict=True)]
        with torch.autocast("cpu", torch.bfloat16):
            words, lengths = self._read(texts)
        meant = words.float().sum(dim=1) / lengths.unsqueeze(1)
        named, told = self.probes(meant, scenes)
        pace = (self.pace(meant[::2])[:, 0] - torch.tensor(scores) / USUAL_SCORE).square().mean()
        return named + pace, told | {"pace": pace.item()}

    def loss(
        self, clips: list[Clip], texts: list[str], sigmas: torch.Tensor, predict: Predict
    ) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Of the velocity, noise - latents, that `predict(noisy, timesteps, words)` gives at `sigmas` (n,) of noise."""
        latents = stacked([item.latents for item in clips])
        noise = torch.randn_like(latents)
        noisy = torch.lerp(latents, noise, sigmas.view(-1, 1, 1, 1, 1))
        with torch.autocast("cpu", torch.bfloat16):
            predicted = predict(noisy, sigmas * 1000, self.encode(texts)).float()
        errors = (predicted - (noise - latents)).square().mean(dim=(1, 2, 3, 4))
        probed, told = self._probe(clips, sigmas)
        return errors.mean() + probed, told | by_noise(errors.detach(), sigmas)

    def _probe(self, clips: list[Clip], sigmas: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
        """Where tokens stand is asked only where there is noise to find the borders in."""
        _, frames, height, width = clips[0].latents.shape
        grid = height // 2, width // 2
        places = coordinates(frames, *grid, (NATURAL_FRAMES - 1) / 8)
        early, late = (self._seen.pop(index).float() for index in (_STANDING, _SHOWN))
        standing = ((self.standing(early) - places).square().mean(dim=(1, 2)) * (sigmas > 0.5)).mean()
        each = late.unflatten(1, (frames, -1)).flatten(0, 1)
        things, told = self.sights.things(each, *grid, [shown for item in clips for shown in views(item)])
        named, names = self.sights.names(late.mean(dim=1), [item.scene for item in clips])
        return _PROBE * (standing + things + named), told | names | {"standing": standing.item()}


def views(item: Clip) -> list[View]:
    """What each latent frame shows, at the mean time of its frames."""
    _, frames, height, width = item.latents.shape
    every = TEMPORAL * (frames - 1) + 1
    times = (moment(max(0, TEMPORAL * index - _MEAN_DELAY), every, item.score) for index in range(frames))
    return [view(item.scene, width * FACTOR, height * FACTOR, time) for time in times]


def captions(clips: list[Clip], rng: random.Random) -> list[str]:
    return ["" if rng.random() < _NO_WORDS else caption(unsaid(item.scene, rng), rng) for item in clips]


def scored(text: str, score: float) -> str:
    """As the pipeline ends a prompt; what has no words has no score either."""
    return f"{text} aesthetic score: 5.5. motion score: {score:.1f}. There is no text in the video." if text else ""


def stacked(fields: Sequence[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.stack(fields)).float()


def shifted(count: int, shift: float, lowest: float = 0.0, highest: float = 1.0) -> torch.Tensor:
    """Sigmas spread as the sampler's steps are, one in each of `count` equal parts, in any order."""
    even = (torch.randperm(count) + torch.rand(count)) / count
    low, high = (value / (shift - (shift - 1) * value) for value in (lowest, highest))
    even = low + even * (high - low)
    return shift * even / (1 + (shift - 1) * even)


def by_noise(errors: torch.Tensor, sigmas: torch.Tensor) -> dict[str, float]:
    """The error where there is little, some and much noise."""
    parts = {"low": sigmas < 0.7, "middle": (sigmas >= 0.7) & (sigmas < 0.93), "high": sigmas >= 0.93}
    return {name: errors[part].mean().item() for name, part in parts.items() if part.any()}
