"""What should fit, where a request did not."""

import pytest

from generation.engine.fitting import Experience, pixels_of, smaller
from generation.request import parse

SIDE = 512
AREA = SIDE * SIDE


def video(frames=161, width=SIDE, height=SIDE):
    asked = {"model": "anisora", "mode": "text2video", "prompt": "a fox", "num_frames": frames}
    return parse(asked | {"width": width, "height": height})


def image(width=1024, height=1024):
    return parse({"model": "flux", "mode": "text2image", "prompt": "a fox", "width": width, "height": height})


def test_pixels_are_those_of_one_variant():
    assert pixels_of(video(81)) == 81 * AREA
    assert pixels_of(image().replacing(batch_size=4)) == 1024 * 1024


@pytest.mark.parametrize(
    ("request_", "most", "suggested"),
    [
        (video(161), 81 * AREA, {"num_frames": 81}),
        (video(161), 84 * AREA, {"num_frames": 81}),
        (video(161), 85 * AREA - 1, {"num_frames": 81}),
        (video(161), 17 * AREA, {"num_frames": 17}),
        (video(161), 16 * AREA, None),
        (video(81, 1024, 1024), 81 * AREA, {"num_frames": 17}),
        (video(17, 1024, 1024), 17 * AREA, {"width": 512, "height": 512}),
        (video(17, 1024, 512), 17 * AREA, {"width": 512, "height": 512}),
        (image(), 1024 * 768, {"width": 768, "height": 1024}),
        (image(1024, 768), 768 * 768, {"width": 768, "height": 768}),
        (image(768, 1024), 512 * 768, {"width": 512, "height": 768}),
        (image(512, 512), 256 * 512, None),
    ],
)
def test_the_largest_that_the_model_can_do_is_suggested(request_, most, suggested):
    assert smaller(request_, most) == suggested


def test_it_is_in_proportion_to_what_the_weights_leave():
    experience = Experience()
    experience.fitted(pixels=1000, taken=10_000)
    experience.fitted(pixels=2000, taken=18_000)
    assert experience.most(failed=8000, room=50_000) == 4500
    assert experience.most(failed=8000, room=500_000) == 7999
    assert experience.most(failed=8000, room=5_000) == 2000, "as much has fitted before"


def test_without_measures_it_is_what_has_fitted_or_half():
    experience = Experience()
    assert experience.most(failed=8000, room=None) == 4000
    experience.fitted(pixels=1000, taken=None)
    assert experience.most(failed=8000, room=50_000) == 4000
    experience.fitted(pixels=6000, taken=None)
    assert experience.most(failed=8000, room=None) == 6000
    assert experience.most(failed=5000, room=None) == 2500, "what fits no more says nothing of what does"
