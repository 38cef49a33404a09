"""Results beside each other, and a picture of their difference, for whoever may see each of them."""

import io
import uuid

import numpy as np
import pytest
from PIL import Image

from gallery import measuring
from gallery.models import Output

pytestmark = pytest.mark.usefixtures("media")


def url(*outputs: Output, path: str = "/compare/") -> str:
    return path + "?" + "&".join(f"o={output.pk}" for output in outputs)


def test_two_to_four_stand_beside_each_other(ada, hers, keep):
    four = [keep(ada, prompt=f"teapot {number}", seed=number) for number in range(4)]
    for outputs in (four[:2], four[:3], four):
        answer = hers.get(url(*outputs))
        assert answer.status_code == 200
        page = answer.content.decode()
        assert page.count('<figure class="pane"') == len(outputs)
        assert ("Slider" in page) == (len(outputs) == 2)
        assert ("From the first to the second" in page) == (len(outputs) == 2)
        assert "What is the same" in page
    two = hers.get(url(*four[:2])).content.decode()
    assert "<del>0</del><ins>1</ins>" in two
    assert [f"<small>Seed: {seed}</small>" in two for seed in range(3)] == [True, True, False]
    assert f"/compare/difference/?o={four[0].pk}&amp;o={four[1].pk}" in two


@pytest.mark.parametrize(("other", "offered"), [({}, True), ({"frames": 9}, True), ({"width": 9}, False)])
def test_two_videos_of_the_same_size_have_a_difference(ada, hers, keep, other, offered):
    films = [keep(ada, prompt="a boat"), keep(ada, prompt="a boat")]
    kind = {"type": "video", "format": "mp4", "frames": 16, "fps": 16}
    Output.objects.filter(pk=films[0].pk).update(**kind)
    Output.objects.filter(pk=films[1].pk).update(**kind | other)
    assert ("data-difference" in hers.get(url(*films)).content.decode()) == offered


def test_an_image_and_a_video_have_no_difference(ada, hers, keep):
    image, film = keep(ada), keep(ada)
    Output.objects.filter(pk=film.pk).update(type="video", format="mp4", frames=16, fps=16)
    assert "Show the difference" not in hers.get(url(image, film)).content.decode()


def test_too_few_or_too_many_are_told(ada, hers, keep):
    outputs = [keep(ada) for _ in range(5)]
    for asked in ([], outputs[:1], outputs, [outputs[0]] * 3):
        answer = hers.get(url(*asked))
        assert answer.status_code == 422
        assert "Choose 2 to 4 results" in answer.content.decode()


def test_what_somebody_may_not_see_cannot_be_compared(ada, bob, his, keep):
    mine, theirs = keep(bob), keep(ada, prompt="a violet heron")
    for path in ("/compare/", "/compare/difference/"):
        for name in (theirs.pk, uuid.uuid4(), "x", ""):
            assert his.get(f"{path}?o={mine.pk}&o={name}").status_code == 404
    Output.objects.filter(pk=theirs.pk).update(rating="general", visibility="public", shows_prompt=False)
    answer = his.get(url(mine, theirs))
    assert answer.status_code == 200
    for trace in ("violet", "From the first to the second", "What differs"):
        assert trace not in answer.content.decode()


def test_the_difference_is_amplified(ada, hers, keep):
    one, other = keep(ada), keep(ada)
    for output, grey in ((one, 100), (other, 103)):
        with output.file.storage.open(output.file.name, "wb") as file:
            Image.new("RGB", (8, 8), (grey, grey, 100)).save(file, "PNG")
    answer = hers.get(url(one, other, path="/compare/difference/"))
    apart = np.asarray(Image.open(io.BytesIO(b"".join(answer))).convert("RGB"))
    assert (apart == (3 * measuring.AMPLIFIED, 3 * measuring.AMPLIFIED, 0)).all()


def test_a_difference_is_drawn_once_and_only_so_often(ada, hers, keep, settings):
    one, other = keep(ada), keep(ada)
    address = url(one, other, path="/compare/difference/")
    settings.ACCOUNT_RATE_LIMITS = {"frames": "2/m/user"}
    answer = hers.get(address)
    assert "immutable" in answer["Cache-Control"]
    one.file.storage.delete(one.file.name)
    assert hers.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
    for path in (address, f"/gallery/{other.pk}/frames/0"):
        assert hers.get(path).status_code == 429


@pytest.mark.parametrize("frame", ["1", "-1", "x", "9" * 400, "٣"])
def test_a_frame_that_is_not_there_has_no_difference(ada, hers, keep, frame):
    assert hers.get(url(keep(ada), keep(ada), path="/compare/difference/") + f"&frame={frame}").status_code == 404


def test_more_frames_than_there_are_films_have_no_difference(ada, hers, keep):
    address = url(keep(ada), keep(ada), path="/compare/difference/")
    assert hers.get(f"{address}&frame=0&frame=0").status_code == 200
    assert hers.get(f"{address}&frame=0&frame=1").status_code == 404
    assert hers.get(f"{address}&frame=0&frame=0&frame=0").status_code == 404


def test_the_difference_lies_under_the_veil_of_the_higher_rating(ada, hers, keep, settings):
    settings.MATURE = True
    one, other = keep(ada), keep(ada)
    for output, rating in ((one, "mature"), (other, "explicit")):
        Output.objects.filter(pk=output.pk).update(rating=rating, rated_by="classifier")
    page = hers.get(url(one, other)).content.decode()
    difference = page[page.index('class="difference"') : page.index("data-difference")]
    assert 'class="veil"' in difference
    assert "Explicit · Show" in difference


def test_pictures_of_another_size_have_no_difference(ada, hers, keep):
    one, other = keep(ada), keep(ada)
    with other.file.storage.open(other.file.name, "wb") as file:
        Image.new("RGB", (9, 9)).save(file, "PNG")
    assert hers.get(url(one, other, path="/compare/difference/")).status_code == 404
    assert hers.get(url(one, path="/compare/difference/")).status_code == 404
