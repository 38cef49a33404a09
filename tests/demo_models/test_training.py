"""How demo models learn: trainings that can be interrupted, and the shortcuts that must change nothing."""

import random

import numpy as np
import pytest
import torch
from diffusers import FluxPipeline
from torch import nn

from tools.demo_models.autoencoder import CHANNELS, FACTOR, autoencoder, finish, pixels
from tools.demo_models.flux import Flux, predict
from tools.demo_models.muon import orthogonal
from tools.demo_models.render import render
from tools.demo_models.training import Schedule, Training, averaged
from tools.demo_models.vocabulary import T5_TOKENS
from tools.demo_models.world import sample


def training(folder, steps):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 8))
    return Training(folder, module, Schedule(steps, warmup=2), seed=1)


def learn(trained, until):
    trained.schedule = Schedule(6, warmup=2)
    steps, trained.schedule.steps = trained.schedule.steps, until
    trained.schedule.share_at = Schedule(steps, warmup=2).share_at

    def loss(step):
        inputs = torch.randn(4, 8)
        return (trained.module(inputs) - inputs).square().mean(), {}

    trained.run(loss)


def test_an_interrupted_training_goes_on_as_it_would_have(tmp_path):
    learn(training(tmp_path / "whole", 6), 6)
    learn(training(tmp_path / "parted", 6), 3)
    learn(training(tmp_path / "parted", 6), 6)
    whole, parted = (averaged(tmp_path / name, training(tmp_path / "new", 6).module) for name in ("whole", "parted"))
    for one, other in zip(whole.parameters(), parted.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("shape", [(24, 60), (60, 24), (32, 32)])
def test_muon_makes_all_directions_alike(shape):
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert values.min() > 0.3
    assert values.max() < 1.4


@torch.no_grad()
def test_one_padding_token_stands_for_all(tmp_path):
    """The short way of training gives what the pipeline computes with all of its tokens."""
    torch.manual_seed(0)
    learner = Flux().eval()
    texts = ["a red circle on the left, white background"]
    words, pooled = learner.encode(texts)
    ids = learner.tokenizer_2(texts, padding="max_length", max_length=T5_TOKENS, return_tensors="pt").input_ids
    everything = learner.text_encoder_2(ids).last_hidden_state
    torch.testing.assert_close(everything[:, : words.shape[1]], words, atol=1e-5, rtol=1e-5)
    noisy, half, scale = torch.randn(1, CHANNELS, 8, 8), torch.tensor([0.5]), torch.tensor([3.5])
    velocity = learner.transformer(
        FluxPipeline._pack_latents(noisy, 1, CHANNELS, 8, 8),
        timestep=half,
        guidance=scale,
        encoder_hidden_states=everything,
        pooled_projections=pooled,
        txt_ids=torch.zeros(T5_TOKENS, 3),
        img_ids=FluxPipeline._prepare_latent_image_ids(1, 4, 4, "cpu", torch.float32),
    ).sample
    short = predict(learner.transformer, noisy, half, words, pooled, scale)
    torch.testing.assert_close(short, FluxPipeline._unpack_latents(velocity, 64, 64, 8), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_finishing_levels_latents_and_leaves_pictures_alone(monkeypatch):
    monkeypatch.setattr("tools.demo_models.autoencoder._FINISHING", 4)
    torch.manual_seed(0)
    vae = autoencoder().eval()
    picture = pixels([render(sample(random.Random(3), "lit"), 128, 96)])
    before = vae.decode(vae.encode(picture).latent_dist.mean).sample
    finish(vae)
    posterior = vae.encode(picture).latent_dist
    assert posterior.mean.shape == (1, CHANNELS, 96 // FACTOR, 128 // FACTOR)
    torch.testing.assert_close(vae.decode(posterior.mean).sample, before, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(posterior.sample(), posterior.mean, atol=1e-3, rtol=1e-3)


@torch.no_grad()
def test_an_untrained_autoencoder_already_knows_colours():
    picture = np.full((64, 64, 3), (226, 58, 56), np.uint8)
    vae = autoencoder().eval()
    seen = vae.decode(vae.encode(pixels([picture])).latent_dist.mean).sample
    middle = seen[0, :, 28:36, 28:36].mean(dim=(1, 2))
    torch.testing.assert_close(middle, pixels([picture])[0, :, 0, 0], atol=0.3, rtol=0)


@torch.no_grad()
def test_an_untrained_flux_answers_with_the_noise_and_knows_where_pictures_end():
    torch.manual_seed(0)
    learner = Flux().eval()
    words, pooled = learner.encode(["a red circle"])
    noise, flags = torch.randn(1, CHANNELS, 8, 12), {}
    found = slice(4 * CHANNELS + 32, 4 * CHANNELS + 36)
    learner.transformer.transformer_blocks[0].register_forward_hook(
        lambda block, given, seen: flags.update(all=seen[1][0, :, found].unflatten(0, (4, 6)))
    )
    answer = predict(learner.transformer, noise, torch.ones(1), words, pooled, torch.ones(1))
    assert torch.corrcoef(torch.stack([answer.flatten(), noise.flatten()]))[0, 1] > 0.8
    right, left, below, above = flags["all"].unbind(-1)
    for flag, edge in ((right, right[:, -1]), (left, left[:, 0]), (below, below[-1]), (above, above[0])):
        assert edge.mean() > flag.mean() + 1
