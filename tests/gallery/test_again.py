"""What was made again: identical, near or different, and what made the two."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from containers import Embedded
from gallery import comparing, measuring, services
from gallery.comparing import Verdict
from gallery.models import How, Output
from gallery.receipts import differences
from generation.engine.media import save

from .conftest import ask, painted

NOISE = np.random.default_rng(7)
RECEIPT = {
    "request": {"seed": 7},
    "seed": 7,
    "weights": {"layout": "diffusers", "sha256": {"unet": "a" * 64}},
    "versions": {"torch": "2.9.0", "cuda": None},
    "device": "x86_64 CPU",
    "dtype": "float32",
    "attention": "native",
    "seconds": {"denoising": 3.2},
    "peak_memory": {"bytes": 1},
}


@pytest.fixture
def kept(media, ada, tmp_path) -> Callable[..., Output]:
    """Keeps these pixels, a picture or the frames of a video, as what a worker made of a request."""

    def kept(pixels: np.ndarray, parent: Output | None = None, receipt: dict | None = None) -> Output:
        film = pixels.ndim == 4
        values = {"model": "anisora", "mode": "text2video", "num_frames": len(pixels)} if film else {}
        generation = ask(ada, **values)
        result = painted(tmp_path)
        if film:
            save(pixels, tmp_path / "film", "mp4", 16, Embedded(text="a boat", json="{}"))
            path = (tmp_path / "film").rename(result.path.with_suffix(".mp4"))
        else:
            path = result.path
            Image.fromarray(pixels).save(path)
        facts = {
            "path": path,
            "height": pixels.shape[-3],
            "width": pixels.shape[-2],
            "frames": len(pixels) if film else 1,
            "fps": 16 if film else 0,
            "pixel_sha256": f"{hash(pixels.tobytes()) & (2**64 - 1):064x}",
            "receipt": receipt or RECEIPT,
        }
        return services.store(
            type(result)(**{**vars(result), **facts}),
            owner_id=ada.pk,
            generation_id=generation.pk,
            parameters=generation.parameters,
            demo=True,
            parents=[(parent.pk, How.RERUN)] if parent else [],
        )

    return kept


def picture(size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return NOISE.integers(40, 200, (*reversed(size), 3), dtype=np.uint8)


def compared(output: Output) -> dict:
    assert comparing.compare_next() == output
    assert comparing.compare_next() is None
    output.refresh_from_db()
    return output.again


def test_psnr_is_that_of_the_textbook():
    flat = np.full((8, 8, 3), 100, np.uint8)
    assert measuring.psnr(flat, flat + 1) == pytest.approx(48.1308, abs=1e-3)  # 20 log10 255
    assert measuring.psnr(flat, flat) == measuring.MOST_DB
    assert measuring.psnr(np.zeros_like(flat), np.full_like(flat, 255)) == 0


def test_the_same_pixels_are_identical_and_known_at_once(kept, hers):
    pixels = picture()
    first = kept(pixels)
    again = kept(pixels, first)
    shown = hers.get(f"/gallery/{again.pk}/").context["again"]
    assert (shown.verdict, shown.original, shown.shows_difference) == (Verdict.IDENTICAL, first, False)
    assert compared(again) == {"verdict": "identical"}


@pytest.mark.parametrize(("apart", "verdict"), [(2, Verdict.NEAR), (40, Verdict.DIFFERENT)])
def test_pixels_that_are_apart_are_measured_once_and_off_the_page(kept, hers, apart, verdict):
    pixels = picture()
    first = kept(pixels)
    again = kept(pixels + np.uint8(apart), first)
    url = f"/gallery/{again.pk}/"
    assert hers.get(url).context["again"].verdict is None
    assert "is being measured" in hers.get(url).content.decode()
    psnr = 20 * np.log10(255 / apart)
    assert compared(again) == {"verdict": verdict, "psnr": round(psnr, 2), "worst": round(psnr, 2), "worst_frame": 0}
    answer = hers.get(url)
    assert answer.context["again"].verdict == verdict
    assert f"{psnr:.1f} dB" in answer.content.decode()
    assert f"/compare/difference/?o={first.pk}&amp;o={again.pk}&amp;frame=0" in answer.content.decode()


def test_a_video_is_measured_frame_by_frame(kept, hers):
    film = np.repeat(NOISE.integers(60, 180, (1, 12, 16, 3), dtype=np.uint8), 18, axis=0).repeat(8, 1).repeat(8, 2)
    other = film.copy()
    other[11] += 50
    first = kept(film)
    again = kept(other, first)
    found = compared(again)
    assert found["worst_frame"] == 11
    assert found["worst"] < comparing.NEAR_DB < found["psnr"]
    assert found["verdict"] == Verdict.NEAR
    assert "The worst is frame 11" in hers.get(f"/gallery/{again.pk}/").content.decode()


def test_another_size_or_length_is_different_without_a_measure(kept):
    first = kept(picture())
    assert compared(kept(picture((32, 48)), first)) == {"verdict": "different"}
    film = kept(np.repeat(picture()[None], 16, axis=0))
    assert compared(kept(np.repeat(picture()[None], 17, axis=0), film)) == {"verdict": "different"}


def test_a_file_that_is_gone_is_told_and_not_tried_for_ever(kept, hers, caplog):
    first = kept(picture())
    again = kept(picture(), first)
    first.file.storage.delete(first.file.name)
    assert compared(again) == {"verdict": "unreadable"}
    assert "cannot be compared" in hers.get(f"/gallery/{again.pk}/").content.decode()


def test_a_changed_version_is_named_beside_the_verdict(kept, hers):
    pixels = picture()
    first = kept(pixels)
    changed = {**RECEIPT, "versions": {"torch": "2.10.0", "cuda": "12.8"}, "dtype": "bfloat16", "seconds": {}}
    again = kept(pixels + np.uint8(1), first, changed)
    compared(again)
    page = hers.get(f"/gallery/{again.pk}/")
    told = [(str(row.name), row.part, row.was, row.now) for row in page.context["again"].environment]
    assert told == [
        ("Version", "cuda", "", "12.8"),
        ("Version", "torch", "2.9.0", "2.10.0"),
        ("Precision", "", "float32", "bfloat16"),
    ]
    for text in ("near", "torch", "2.9.0", "2.10.0"):
        assert text in page.content.decode()


def test_what_was_asked_and_what_it_took_is_no_difference_of_the_environment():
    other = {**RECEIPT, "request": {"seed": 8}, "seed": 8, "seconds": {"denoising": 9}, "peak_memory": {"bytes": 2}}
    assert differences(RECEIPT, other) == []
    assert differences(RECEIPT, {}) == []
    weights = {**RECEIPT, "weights": {"layout": "diffusers", "sha256": {"unet": "b" * 64}}}
    assert [row.part for row in differences(RECEIPT, weights)] == ["sha256 unet"]


def test_nothing_is_told_of_an_original_that_is_not_there_for_the_reader(kept, his, bob, ada):
    first = kept(picture())
    again = kept(picture(), first, {**RECEIPT, "dtype": "bfloat16"})
    Output.objects.filter(pk=again.pk).update(rating="general", visibility="public")
    page = his.get(f"/gallery/{again.pk}/")
    assert page.context["again"] is None
    for trace in (str(first.pk), "Made again", "float32"):
        assert trace not in page.content.decode()
    first.shared_with.add(bob)
    assert his.get(f"/gallery/{again.pk}/").context["again"] is None  # not rated: nobody's but the owner's
    Output.objects.filter(pk=first.pk).update(rating="general")
    assert his.get(f"/gallery/{again.pk}/").context["again"].original == first
