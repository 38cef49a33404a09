"""Nothing is encoded twice, and what is remembered has the same bits."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from generation.catalogue import get_model, models
from generation.engine.cache import PromptCache, encoding_once
from generation.engine.weights import Weights
from generation.request import parse

from . import wan

SIDE = 128
SMALL = {"width": 512, "height": 512, "seed": 7, "prompt": "a fox dances in the rain"}
SHORT = {"image": {"steps": 10}, "video": {"num_frames": 16}}
ENCODERS = ("text_encoder", "text_encoder_2")
PONY = Weights(get_model("pony"), Path("pony"), "diffusers")
FLUX = Weights(get_model("flux"), Path("flux"), "diffusers")


def asked(model_id: str, mode: str | None = None, **values):
    model = get_model(model_id)
    return {"model": model_id, "mode": mode or model.modes[0].id} | SMALL | SHORT[model.type] | values


@pytest.fixture
def make(engine, picture, tmp_path):
    """Runs what is asked, smaller than people may ask for: what is encoded does not depend on the size."""

    def run(**values):
        return list(
            engine.run(
                parse(values).replacing(width=SIDE, height=SIDE),
                picture=picture,
                out_dir=tmp_path,
                on_progress=lambda progress: None,
                should_stop=lambda: False,
            )
        )

    return run


@pytest.fixture
def calls(engine):
    """Counts the forward calls of a model's text encoders and the encodings of its autoencoder."""
    counted = Counter()

    with ExitStack() as hooks:

        def watch(model_id: str) -> Counter:
            pipe = engine._residency.get(engine._weights(get_model(model_id)))
            for name in ENCODERS:
                if encoder := getattr(pipe, name, None):
                    hook = encoder.register_forward_hook(lambda *_: counted.update(["text"]))
                    hooks.callback(hook.remove)
            hook = pipe.vae.encoder.register_forward_hook(lambda *_: counted.update(["picture"]))
            hooks.callback(hook.remove)
            return counted

        yield watch


@pytest.mark.parametrize("model_id", models())
def test_the_same_text_is_encoded_once_for_all_seeds_and_runs(make, engine, calls, model_id):
    """With the texts kept or made anew, the bits are the same."""
    texts = {"prompt": "an owl in the rain", "negative_prompt": "fog"}
    counted = calls(model_id)
    first, other = make(**asked(model_id, **texts, batch_size=2))
    once = counted["text"]
    (again,) = make(**asked(model_id, **texts, seed=8))
    assert counted["text"] == once > 0
    assert again.pixel_sha256 == other.pixel_sha256 != first.pixel_sha256


def test_a_text_is_kept_whichever_prompt_it_was(make, calls):
    counted = calls("pony")
    make(**asked("pony", prompt="an owl at night", negative_prompt="mist"))
    counted.clear()
    make(**asked("pony", prompt="mist", negative_prompt="an owl at night"))
    assert counted["text"] == 0


@pytest.mark.parametrize(("model_id", "change"), [("pony", {"clip_skip": 3}), ("anisora", {"motion_score": 4.5})])
def test_all_that_encoding_depends_on_counts(make, calls, model_id, change):
    (plain,) = make(**asked(model_id))
    counted = calls(model_id)
    (changed,) = make(**asked(model_id, **change))
    assert counted["text"] > 0
    assert changed.pixel_sha256 != plain.pixel_sha256


def test_embeddings_go_with_their_model(engine, make):
    make(**asked("pony"))
    assert engine._prompts.bytes > 0
    engine.unload()
    assert engine._prompts.bytes == 0


@pytest.mark.parametrize("model_id", ["pony", "flux"])
def test_variants_share_the_encoded_picture(make, calls, model_id):
    """The second has the bits that it has by itself."""
    request = asked(model_id, "image2image", reference_image="a" * 64)
    counted = calls(model_id)
    (alone,) = make(**{**request, "seed": 8})
    _, second = make(**request, batch_size=2)
    assert counted["picture"] == 2
    assert second.pixel_sha256 == alone.pixel_sha256


@pytest.mark.parametrize(
    ("model_id", "mode"),
    [("anisora", "image2video"), ("anisora", "arbitrary"), ("phr00t", "image2video"), ("phr00t", "first_last")],
)
def test_variants_of_a_video_share_the_encoded_pictures(engine, calls, model_id, mode):
    pipe = engine._residency.get(engine._weights(get_model(model_id)))
    one, other = (wan.request(model_id, mode, seed=seed) for seed in (7, 8))
    alone = wan.draw(pipe, other)
    counted, made = calls(model_id), {}
    with encoding_once(pipe.vae, made):
        wan.draw(pipe, one)
    assert counted["picture"] > 0
    counted.clear()
    with encoding_once(pipe.vae, made):
        shared = wan.draw(pipe, other)
    assert counted["picture"] == 0
    assert np.array_equal(shared, alone)


def test_what_was_used_longest_ago_goes_first():
    cache = PromptCache(budget=3 * 400)
    made = []

    def remember(key, weights=PONY):
        def encode():
            made.append(key)
            return (torch.full((100,), float(len(made))),)

        return cache.get(weights, key, encode)

    for key in ("a", "b", "c", "a", "d", "a", "b"):
        remember(key)
    assert made == ["a", "b", "c", "d", "b"]
    assert cache.bytes == 3 * 400
    remember("a", FLUX)
    cache.forget(PONY)
    assert cache.bytes == 400
    assert remember("a", FLUX)[0][0] == 6
    remember("a")
    assert made[-2:] == ["a", "a"]


def test_what_is_larger_than_all_room_is_not_kept():
    cache = PromptCache(budget=100)
    (tensor,) = cache.get(PONY, "a", lambda: (torch.ones(100),))
    assert tensor.sum() == 100
    assert cache.bytes == 0


def test_it_counts_what_it_had_and_what_it_had_not():
    cache = PromptCache(budget=1000)
    for key in ("a", "b", "a", "a"):
        cache.get(PONY, key, lambda: (torch.ones(4),))
    assert cache.readings() == {"hits": 2, "misses": 2, "bytes": 32}


def test_other_pictures_are_encoded_for_themselves_and_nothing_stays_behind():
    seen, made = [], {}

    class Autoencoder:
        def encode(self, pixels, **options):
            seen.append((pixels.dtype, options))
            return SimpleNamespace(latent_dist=pixels * 2)

    vae = Autoencoder()
    black, white = torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 1, 1).expand(1, 3, 4, 4)
    for _variant in range(2):
        with encoding_once(vae, made):
            assert vae.encode(black).latent_dist.sum() == 0
            assert vae.encode(white).latent_dist.sum() == 96
            vae.encode(black.bfloat16())
            vae.encode(black, return_dict=True)
    assert len(seen) == 4
    vae.encode(black)
    assert len(seen) == 5
