"""AniSora: four modes on one model, and what parameters do to the pixels, beside what test_truth proves of each."""

import numpy as np
import pytest
import torch
from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline
from PIL import Image, ImageOps

from generation.catalogue import get_model
from generation.engine.api import Stage, Stopped
from generation.engine.demo import draw as draw_demo
from generation.engine.pipelines.videos import encode_still, encode_video, given_video, noised_still, padded
from generation.engine.pipelines.wan_keyframes import LateUniPC, WanKeyframes, WanKeyframesPipeline
from generation.engine.tokens import counter, with_motion_score

from .wan import FIRST, PICTURES, SECOND, SIDE, distance, draw, gradient, request

MODES = ["text2video", "image2video", "first_last", "arbitrary"]


@pytest.fixture(scope="module")
def pipe():
    stock = draw_demo(get_model("anisora"))
    pipe = WanKeyframesPipeline(**stock.components, boundary_ratio=stock.config.boundary_ratio)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module")
def stock(pipe):
    stock = WanImageToVideoPipeline(**pipe.components, boundary_ratio=pipe.config.boundary_ratio)
    stock.set_progress_bar_config(disable=True)
    return stock


def asked(mode="image2video", **values):
    return request("anisora", mode, **values)


def cropped(sha256):
    return ImageOps.fit(PICTURES[sha256], (SIDE, SIDE), Image.Resampling.LANCZOS)


def settings(**values):
    return {
        "prompt": "a fox dances in the snow",
        "height": SIDE,
        "width": SIDE,
        "num_frames": 17,
        "num_inference_steps": 8,
        "guidance_scale": 1.0,
        "generator": torch.Generator().manual_seed(7),
        "output_type": "latent",
    } | values


@pytest.mark.parametrize("mode", MODES)
def test_a_video_has_exactly_the_frames_that_were_asked_for(pipe, mode):
    """Every number of them is asked for in test_frame_counts."""
    pixels = draw(pipe, asked(mode, num_frames=18))
    assert pixels.shape == (18, SIDE, SIDE, 3)
    assert pixels.dtype == np.uint8
    assert pixels.std() > 20


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("last", [None, SECOND])
def test_what_stock_can_do_comes_out_as_from_stock(pipe, stock, last, guidance):
    keys = [(0, cropped(FIRST))] + ([(16, cropped(last))] if last else [])
    ours = pipe(keyframes=keys, **settings(guidance_scale=guidance)).frames
    theirs = stock(
        image=cropped(FIRST), last_image=cropped(last) if last else None, **settings(guidance_scale=guidance)
    ).frames
    assert torch.equal(ours, theirs)


def test_a_whole_request_comes_out_as_from_stock(pipe, stock):
    request = asked(reference_strength=1, denoising_strength=1, guidance_scale=4)
    prompt = with_motion_score(counter(pipe.tokenizer), request["prompt"], request["motion_score"])
    theirs = stock(
        image=cropped(FIRST),
        **settings(prompt=prompt, guidance_scale=4.0, max_sequence_length=512, output_type="np"),
    ).frames[0]
    assert np.array_equal(draw(pipe, request), (theirs * 255).round().astype(np.uint8))


def test_the_scheduler_starts_where_stock_starts():
    options = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 5.0}
    ours, theirs = LateUniPC(**options), UniPCMultistepScheduler(**options)
    for scheduler in (ours, theirs):
        scheduler.set_timesteps(8)
    assert torch.equal(ours.sigmas, theirs.sigmas)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_request_gives_the_same_bits(pipe, mode):
    first = draw(pipe, asked(mode))
    draw(pipe, asked("text2video", seed=9, guidance_scale=2, negative_prompt="fog"))
    assert np.array_equal(first, draw(pipe, asked(mode)))
    assert np.array_equal(first, draw(draw_demo(get_model("anisora")), asked(mode)))


def test_guidance_goes_further_from_the_unguided_the_higher_it_is(pipe):
    nothing, *guided = (draw(pipe, asked(guidance_scale=scale, negative_prompt="fog")) for scale in (0, 0.5, 1.5, 4))
    distances = [distance(nothing, video) for video in guided]
    assert distances == sorted(distances)


def test_guidance_below_1_blends_with_no_prompt_and_not_with_the_negative(pipe):
    encode = WanKeyframes().encode
    unguided = encode(pipe, asked(guidance_scale=0)).unguided
    for scale in (0, 0.5):
        assert torch.equal(encode(pipe, asked(guidance_scale=scale, negative_prompt="fog")).unguided, unguided)
    above = encode(pipe, asked(guidance_scale=3, negative_prompt="fog"))
    assert torch.equal(above.unguided, above.negative)
    assert encode(pipe, asked(negative_prompt="fog")).unguided is None


def test_negative_guidance_leaves_nothing_behind(pipe):
    before = draw(pipe, asked())
    draw(pipe, asked(negative_prompt="fog, rain"))
    assert np.array_equal(before, draw(pipe, asked()))


@pytest.mark.parametrize("mode", ["image2video", "first_last", "arbitrary"])
def test_without_reference_strength_the_pictures_do_not_matter(pipe, mode):
    loose = {"reference_strength": 0} | ({"denoising_strength": 1} if mode == "image2video" else {})
    assert np.array_equal(draw(pipe, asked(mode, **loose)), draw(pipe, asked("text2video")))


def test_denoising_strength_orders_the_way_from_the_source(pipe):
    source = np.asarray(cropped(FIRST))
    distances = [
        distance(source, draw(pipe, asked(denoising_strength=strength))) for strength in (0, 0.05, 0.2, 0.5, 0.95)
    ]
    assert distances == sorted(distances)
    assert distances[0] < 20 < distances[-1]


def test_an_untouched_source_holds_still(pipe):
    video = draw(pipe, asked(denoising_strength=0, num_frames=50))
    assert max(distance(video[8], frame) for frame in video[1:]) < 12


def test_keyframes_stand_at_their_snapped_index(pipe):
    pipe.keyframes = [(8, cropped(SECOND))]
    condition = pipe._condition(17, SIDE, SIDE)
    masks, latents = condition[0, :4], condition[:, 4:]
    assert masks.amax(dim=(2, 3)).nonzero().tolist() == [[3, 2]]
    assert torch.equal(latents, encode_video(pipe, given_video(pipe, pipe.keyframes, 17, SIDE, SIDE)))
    assert latents[:, :, 2].abs().mean() > 5 * latents[:, :, 4].abs().mean()

    keys = asked("arbitrary")["keyframes"]
    assert [key["snapped_index"] for key in keys] == [0, 8]
    nearby = asked("arbitrary", keyframes=[{**keys[0]}, {"frame_index": 7, "image": SECOND}])
    assert np.array_equal(draw(pipe, asked("arbitrary")), draw(pipe, nearby))
    away = asked("arbitrary", keyframes=[{**keys[0]}, {"frame_index": 16, "image": SECOND}])
    assert distance(draw(pipe, asked("arbitrary")), draw(pipe, away)) > 0.2


def test_first_and_last_are_the_first_and_the_last_frame_of_the_result(pipe):
    pair = [{"frame_index": 0, "image": FIRST}, {"frame_index": 16, "image": SECOND}]
    assert np.array_equal(draw(pipe, asked("first_last")), draw(pipe, asked("arbitrary", keyframes=pair)))


def test_a_still_settles(pipe):
    picture = torch.rand(1, 3, SIDE, SIDE) * 2 - 1
    whole = encode_video(pipe, picture.unsqueeze(2).expand(-1, -1, 65, -1, -1))
    assert torch.allclose(encode_still(pipe, picture, 65), whole, atol=1e-5)


def test_the_still_is_as_noisy_as_the_first_step(pipe):
    scheduler = LateUniPC(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0)
    scheduler.start = 0.4
    picture = gradient(200).resize((SIDE, SIDE))
    noisy = noised_still(pipe, scheduler, picture, 17, 8, torch.Generator().manual_seed(1))
    noise = torch.randn(noisy.shape, generator=torch.Generator().manual_seed(1))
    still = encode_still(pipe, pipe.video_processor.preprocess(picture, SIDE, SIDE), 17)
    sigma = 5 * 0.4 / (1 + 4 * 0.4)
    assert torch.allclose(noisy, (1 - sigma) * still + sigma * noise, atol=1e-4)
    assert len(scheduler.timesteps) == 8


def test_the_motion_score_survives_the_longest_prompt(pipe):
    long = "a winding river under snowy mountains, " * 60
    for prompt in (long[:2000], "x" * 2000, "ёлка " * 400, "龙" * 2000, "a fox"):
        text = with_motion_score(counter(pipe.tokenizer), prompt, 4.5)
        ids = pipe.tokenizer(text).input_ids
        assert len(ids) <= 512
        assert text.endswith(" aesthetic score: 5.5. motion score: 4.5. There is no text in the video.")
    assert with_motion_score(counter(pipe.tokenizer), "a fox", 3).startswith("a fox aesthetic")
    slow, fast = (draw(pipe, asked(prompt=long[:2000].strip(), motion_score=score)) for score in (0, 5))
    assert distance(slow, fast) > 0.2


def test_steps_are_reported_with_previews(pipe):
    steps, stages, previews = [], [], []

    def stepped(step, count, preview):
        steps.append((step, count))
        previews.append(preview())

    draw(pipe, asked(), stepped, stages.append)
    assert steps == [(step, 8) for step in range(1, 9)]
    assert stages == [Stage.DENOISING, Stage.DECODING]
    assert all(preview.mode == "RGB" and preview.width == preview.height for preview in previews)
    assert len({preview.tobytes() for preview in previews}) == 8


@pytest.mark.parametrize("values", [{}, {"negative_prompt": "fog"}, {"guidance_scale": 3}], ids=str)
def test_a_stopped_run_leaves_the_pipeline_as_it_was(pipe, values):
    before = draw(pipe, asked())

    def stop(step, count, preview):
        if step == 3:
            raise Stopped

    with pytest.raises(Stopped):
        draw(pipe, asked(**values), stop)
    assert np.array_equal(before, draw(pipe, asked()))


def test_padding_goes_to_the_next_valid_count():
    assert [padded(frames, 8) for frames in (16, 17, 18, 81, 161)] == [17, 17, 25, 81, 161]
    assert [padded(frames, 4) for frames in (16, 17, 18, 81, 161)] == [17, 17, 21, 81, 161]
