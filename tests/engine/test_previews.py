import numpy as np
import pytest
import torch
from PIL import Image

from generation.engine.demo.vae import autoencoder
from generation.engine.demo.wan import wan_keyframes
from generation.engine.previews import SPREAD, preview


@pytest.fixture(scope="module", params=[(4, 0.13025, None), (16, 0.3611, 0.1159)], ids=["sdxl", "flux"])
def vae(request):
    channels, scale, shift = request.param
    return autoencoder(channels, scale, shift, quant_conv=shift is None)


@torch.no_grad()
def test_a_preview_of_a_video_shows_its_middle_frame(landscape):
    vae = wan_keyframes().vae
    still = torch.from_numpy(np.array(landscape.resize((256, 256)))).permute(2, 0, 1)[None, :, None] / 127.5 - 1
    moving = torch.cat([still.flip(-1).expand(-1, -1, 9, -1, -1), still.expand(-1, -1, 8, -1, -1)], dim=2)
    latents = vae.encode(moving).latent_dist.mode()
    decoded = vae.decode(latents).sample[0, :, 8].clamp(-1, 1)
    expected = (decoded.permute(1, 2, 0) + 1) * 127.5
    assert np.abs(np.asarray(preview(vae, latents)) - expected.numpy()).mean() < 12


@torch.no_grad()
def test_a_preview_shows_what_decoding_would(vae, landscape):
    pixels = torch.from_numpy(np.array(landscape.resize((512, 256)))).permute(2, 0, 1)[None] / 127.5 - 1
    raw = vae.encode(pixels).latent_dist.mode()
    shown = preview(vae, (raw - (vae.config.shift_factor or 0)) * vae.config.scaling_factor)
    assert shown.size == (256, 128)
    expected = np.asarray(landscape.resize((256, 128), Image.Resampling.BOX)).astype(int)
    assert np.abs(np.asarray(shown) - expected).mean() < 12


def test_noise_beyond_finished_latents_is_toned_down(vae):
    noise = torch.randn(1, vae.config.latent_channels, 16, 16, generator=torch.Generator().manual_seed(1))
    early, late = preview(vae, noise * 14), preview(vae, noise * SPREAD)
    assert np.abs(np.asarray(early).astype(int) - np.asarray(late)).max() <= 3


def test_a_preview_draws_no_random_numbers(vae):
    before = torch.get_rng_state()
    preview(vae, torch.zeros(1, vae.config.latent_channels, 8, 8))
    assert torch.equal(before, torch.get_rng_state())
