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
from .render import pose
from .vocabulary import t5_tokenizer
from .wan_basis import CHANNELS, TEMPORAL
from .wan_motion import NATURAL_FRAMES, Bucket, Clip, moment, unsaid
from .wan_transformer import TEXT_TOKENS, TEXT_WIDTH, WIDTH, Learning, coordinates, freeze_borders
from .world import BACKGROUNDS, COLOURS, MOTIONS, PLACES, SHAPES, SIZES, SPEEDS, Motion, Scene, sample

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
_WORDS: dict[str, Sequence[str]] = {
    "shape": SHAPES,
    "colour": COLOURS,
    "ground": BACKGROUNDS,
    "place": tuple(PLACES),
    "size": tuple(SIZES),
    "motion": MOTIONS,
    "speed": tuple(SPEEDS),
}
_PROBE = 0.5
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

    The probes read from the first blocks where each token stands, how far it is to the thing, and the thing's name and
    looks. That teaches these blocks in a few hundred steps what the velocity alone teaches in many thousand.
    """

    def __init__(self, transformer: Any) -> None:
        super().__init__()
        self.tokenizer = t5_tokenizer(moving=True)
        self.text_encoder = text_encoder(len(self.tokenizer))
        self.standing = nn.Linear(WIDTH, 3)
        self.distance = nn.Linear(WIDTH, 3)
        self.names = nn.ModuleDict({name: nn.Linear(WIDTH, len(words)) for name, words in _WORDS.items()})
        freeze_borders(transformer)
        self.attention = Learning()
        self._seen: dict[int, torch.Tensor] = {}
        for index in (_STANDING, _SHOWN):
            transformer.blocks[index].register_forward_hook(partial(self._look, index))

    def _look(self, index: int, block: nn.Module, given: Any, seen: torch.Tensor) -> None:
        self._seen[index] = seen

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, tokens, width), zeros after the words; one is padding, and attention is told how many it stands for."""
        read = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=TEXT_TOKENS - 1, return_tensors="pt"
        )
        ids = functional.pad(read.input_ids, (0, 1))
        mask = functional.pad(read.attention_mask, (0, 1))
        words = self.text_encoder(ids, attention_mask=mask).last_hidden_state * mask.unsqueeze(-1)
        lengths = mask.sum(dim=1)
        places = torch.arange(ids.shape[1])
        weights = torch.where(mask.bool(), 0.0, -math.inf)
        weights[places == lengths.unsqueeze(1)] = (TEXT_TOKENS - lengths).float().log()
        self.attention.weights = weights
        return words

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
        places = coordinates(frames, height // 2, width // 2, (NATURAL_FRAMES - 1) / 8)
        early, late = (self._seen.pop(index).float() for index in (_STANDING, _SHOWN))
        standing = ((self.standing(early) - places).square().mean(dim=(1, 2)) * (sigmas > 0.5)).mean()
        things = torch.stack([_way_of_thing(item) for item in clips])
        wanted = things.repeat_interleave(height * width // 4, dim=1) - functional.pad(places[:, 1:], (0, 1))
        distance = (self.distance(late) - wanted).square().mean()
        told = {"standing": standing.item(), "distance": distance.item()}
        named, more = self._name(late.mean(dim=1), [item.scene for item in clips])
        return _PROBE * (standing + distance) + 0.1 * named, told | more

    def _name(self, states: torch.Tensor, scenes: Sequence[Scene]) -> tuple[torch.Tensor, dict[str, float]]:
        """How well the words for scenes can be told from states (n, width)."""
        labels = [_labels(scene) for scene in scenes]
        named = {
            name: functional.cross_entropy(probe(states), torch.tensor([label[name] for label in labels]))
            for name, probe in self.names.items()
        }
        return torch.stack(list(named.values())).sum(), {name: loss.item() for name, loss in named.items()}

    def read(self, transformer: Any, rng: random.Random, count: int) -> tuple[torch.Tensor, dict[str, float]]:
        """A lesson in reading: what captions say, by videos of a single token of noise, which cost next to nothing."""
        scenes = [sample(rng, "cel", moving=True) for _ in range(count)]
        texts = [caption(scene, rng) for scene in scenes]
        with torch.autocast("cpu", torch.bfloat16):
            noise = torch.randn(count, CHANNELS, 1, 2, 2)
            transformer(noise, torch.full((count,), 1000.0), self.encode(texts))
        return self._name(self._seen.pop(_SHOWN).float()[:, 0], scenes)


def _way_of_thing(item: Clip) -> torch.Tensor:
    """(latent frames, 3): row and column in -1 … 1 where the thing is, and the logarithm of its size."""
    _, frames, height, width = item.latents.shape
    every = TEMPORAL * (frames - 1) + 1
    (thing,) = item.scene.things
    way = []
    for index in range(frames):
        time = moment(max(0, TEMPORAL * index - _MEAN_DELAY), every, item.score)
        at = pose(thing, item.scene.motion, width, height, time)
        way.append((2 * at.y / height - 1, 2 * at.x / width - 1, 2 * math.log(at.radius / min(width, height) / 0.165)))
    return torch.tensor(way)


def _labels(scene: Scene) -> dict[str, int]:
    (thing,), motion = scene.things, scene.motion or Motion()
    said = {
        "shape": thing.shape,
        "colour": thing.colour,
        "ground": scene.background,
        "place": thing.place,
        "size": thing.size,
        "motion": motion.kind,
        "speed": motion.speed,
    }
    return {name: list(_WORDS[name]).index(word) for name, word in said.items()}


def captions(clips: list[Clip], rng: random.Random) -> list[str]:
    return ["" if rng.random() < _NO_WORDS else caption(unsaid(item.scene, rng), rng) for item in clips]


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
