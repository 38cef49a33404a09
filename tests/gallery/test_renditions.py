"""From a kept file to the smaller pictures, the preview and the hashes of it, once, whoever else is at it."""

import io
from datetime import timedelta

import av
import numpy as np
import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from containers import AI_GENERATED, Embedded
from gallery import drawing, likeness, queries, rendering, renditions, services
from gallery.models import Output, Rendition, Visibility, Withheld
from generation.engine.media import save

from .conftest import ask, files_in, painted

WIDTHS = {256: [256], 320: [320], 512: [320, 512], 1024: [320, 640, 1024], 2000: [320, 640, 1280]}


def store(tmp_path, owner, size=(512, 384)) -> Output:
    generation = ask(owner)
    return services.store(
        painted(tmp_path, size=size),
        owner_id=owner.pk,
        generation_id=generation.pk,
        parameters=generation.parameters,
        demo=True,
    )


def store_video(tmp_path, media, owner, size=(384, 640), count=80, fps=16, format="mp4") -> Output:
    """An output whose file is a video that grows brighter."""
    output = store(tmp_path, owner)
    levels = np.linspace(40, 220, count).astype(np.uint8)
    path = tmp_path / f"video.{format}"
    save(np.broadcast_to(levels[:, None, None, None], (count, *size, 3)), path, format, fps, Embedded("secret", "{}"))
    (media / output.file.name).write_bytes(path.read_bytes())
    Output.objects.filter(pk=output.pk).update(
        type="video", frames=count, fps=fps, format=format, height=size[0], width=size[1]
    )
    return Output.objects.get(pk=output.pk)


def read(rendition: Rendition) -> bytes:
    with rendition.file.open("rb") as file:
        return file.read()


@pytest.mark.parametrize("width", WIDTHS)
def test_stills_in_each_width_up_to_the_picture_s_own(media, ada, tmp_path, width):
    output = store(tmp_path, ada, (width, width // 2))

    assert rendering.render_next() == output

    kept = list(output.renditions.order_by("width"))
    assert [rendition.width for rendition in kept] == WIDTHS[width]
    assert [rendition.spec for rendition in kept] == ["still-320", "still-640", "still-1280"][: len(kept)]
    for rendition in kept:
        content = read(rendition)
        picture = Image.open(io.BytesIO(content))
        assert (picture.format, picture.size) == ("WEBP", (rendition.width, rendition.height))
        assert abs(rendition.height - rendition.width / 2) <= 1
        assert rendition.bytes == len(content)
        assert AI_GENERATED.encode() in content
        assert output.prompt.encode() not in content
        assert rendition.file.name.startswith(f"renditions/{output.sha256[:2]}/{output.pk}-{rendition.spec}")


@pytest.mark.parametrize("format", ["mp4", "webm", "gif"])
def test_a_preview_is_short_small_silent_and_starts_before_it_is_whole(media, ada, tmp_path, format):
    output = store_video(tmp_path, media, ada, count=80, fps=16, format=format)

    rendering.render_next()

    content = read(preview := output.renditions.get(spec="preview-320"))
    with av.open(io.BytesIO(content)) as film:
        assert [stream.type for stream in film.streams] == ["video"]
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == (preview.width, preview.height) == (320, 192)
        shown = [frame.to_ndarray(format="gray").mean() for frame in film.decode(video=0)]
    assert len(shown) == (50 if format == "gif" else 48)  # GIF counts in hundredths of a second
    assert shown == sorted(shown)
    assert content.index(b"moov") < content.index(b"mdat")
    assert AI_GENERATED.encode() in content
    assert b"secret" not in content
    assert [still.width for still in output.renditions.filter(spec__startswith="still").order_by("width")] == [320, 640]


@pytest.mark.parametrize(
    ("count", "fps", "shown", "seconds"), [(1, 16, 1, 0.1), (30, 30, 15, 1), (200, 60, 45, 3), (10, 8, 10, 1.25)]
)
def test_a_preview_has_the_video_s_pace_with_fewer_frames(media, ada, tmp_path, count, fps, shown, seconds):
    output = store_video(tmp_path, media, ada, size=(64, 50), count=count, fps=fps)
    drawn = drawing.preview(output)
    with av.open(io.BytesIO(drawn.content)) as film:
        assert sum(1 for _ in film.decode(video=0)) == shown
        assert film.duration / av.time_base == pytest.approx(seconds, abs=0.1)
    assert (drawn.width, drawn.height) == (50, 64)


def test_placeholder_and_hash_are_written_to_the_row(media, ada, tmp_path):
    output = store(tmp_path, ada)
    rendering.render_next()
    output.refresh_from_db()
    with output.file.open("rb") as file:
        picture = Image.open(file).convert("RGB")
    assert output.thumbhash == likeness.placeholder(picture)
    assert output.perceptual_hash == likeness.perceptual_hash(picture)
    assert output.draw_at is None


def test_what_looks_alike_has_a_hash_of_few_other_bits():
    picture = Image.radial_gradient("L").convert("RGB").resize((640, 480))
    picture.paste((200, 30, 30), (100, 100, 300, 250))
    smaller = picture.resize((320, 240), Image.Resampling.LANCZOS)
    other = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    def distance(a, b):
        return ((likeness.perceptual_hash(a) ^ likeness.perceptual_hash(b)) % 2**64).bit_count()

    assert distance(picture, smaller) <= 4
    assert distance(picture, other) > 12
    assert all(-(2**63) <= likeness.perceptual_hash(each) < 2**63 for each in (picture, other))


def test_each_is_drawn_once_and_the_latest_first(media, ada, tmp_path):
    outputs = [store(tmp_path, ada) for _ in range(3)]
    assert [rendering.render_next() for _ in range(4)] == [*reversed(outputs), None]
    assert Rendition.objects.count() == 6


def test_two_processes_never_draw_the_same(media, ada, tmp_path):
    output = store(tmp_path, ada)
    assert rendering._claim() == output
    assert rendering._claim() is None


def test_who_was_overtaken_leaves_nothing(media, ada, tmp_path):
    store(tmp_path, ada)
    slow = rendering._claim()
    Output.objects.update(draw_at=timezone.now())
    fast = rendering._claim()
    assert rendering.render(fast)
    kept = files_in(media)
    assert not rendering.render(slow)
    assert files_in(media) == kept


def test_what_was_deleted_meanwhile_leaves_nothing(media, ada, tmp_path, django_capture_on_commit_callbacks):
    store(tmp_path, ada)
    claimed = rendering._claim()
    with django_capture_on_commit_callbacks(execute=True):
        Output.objects.get().delete()
        content = painted(tmp_path).path.read_bytes()
    (media / claimed.file.name).write_bytes(content)
    assert not rendering.render(claimed)
    assert files_in(media) == [claimed.file.name]


def test_a_broken_file_is_tried_later_and_later_and_said(media, ada, tmp_path, caplog):
    output = store(tmp_path, ada)
    (media / output.file.name).write_bytes(b"no picture")
    pauses = []
    for _ in range(3):
        Output.objects.update(draw_at=timezone.now())
        assert rendering.render_next() == output
        assert rendering.render_next() is None
        output.refresh_from_db()
        pauses.append(output.draw_at - timezone.now())
    assert timedelta(0) < pauses[0] < pauses[1] < pauses[2]
    assert str(output.pk) in caplog.text
    assert output.prompt not in caplog.text
    assert not any(name.startswith("renditions") for name in files_in(media))


def test_where_the_database_is_away_no_file_stays(media, ada, tmp_path, monkeypatch):
    store(tmp_path, ada)
    kept = files_in(media)

    def away(*args, **kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(Rendition.objects, "bulk_create", away)
    with pytest.raises(OperationalError):
        rendering.render_next()
    assert files_in(media) == kept


def test_drawn_again_it_replaces_what_there_was(media, ada, tmp_path, django_capture_on_commit_callbacks):
    output = store(tmp_path, ada)
    rendering.render_next()
    before = set(output.renditions.values_list("pk", flat=True))
    output.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        assert rendering.render(output)
    assert before.isdisjoint(output.renditions.values_list("pk", flat=True))
    assert len(files_in(media)) == 2 + output.renditions.count()
    assert all(read(rendition) for rendition in output.renditions.all())


def test_they_go_with_their_output(media, ada, tmp_path, django_capture_on_commit_callbacks):
    output = store(tmp_path, ada)
    rendering.render_next()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(output)
    assert files_in(media) == []


def test_looking_for_work_reads_the_partial_index(ada, django_assert_num_queries, no_statistics):
    with django_assert_num_queries(1):
        assert rendering.render_next() is None
    assert "output_undrawn" in rendering._due()[:8].explain()


def test_over_http_as_the_file_itself(media, ada, hers, tmp_path):
    output = store(tmp_path, ada)
    rendering.render_next()
    rendition = output.renditions.get(spec="still-320")
    url = reverse("output_rendition", args=[output.pk, "still-320"])

    whole = hers.get(url)
    assert b"".join(whole) == read(rendition)
    assert whole["Content-Type"] == "image/webp"
    assert whole["Cache-Control"] == "private, max-age=86400"  # it may be drawn anew
    assert b"".join(hers.get(url, headers={"range": "bytes=0-9"})) == read(rendition)[:10]
    assert hers.get(url, headers={"if-none-match": whole["ETag"]}).status_code == 304
    assert hers.get(reverse("output_rendition", args=[output.pk, "still-9"])).status_code == 404


def test_others_find_none_and_what_is_shared_is_asked_for_each_time(media, ada, hers, his, tmp_path):
    output = store(tmp_path, ada)
    rendering.render_next()
    url = reverse("output_rendition", args=[output.pk, "still-320"])
    assert his.get(url).status_code == 404
    Output.objects.update(visibility=Visibility.PUBLIC, rating="general")
    shared = his.get(url)
    assert (shared.status_code, shared["Cache-Control"]) == (200, "private, no-cache")
    b"".join(shared)
    Output.objects.update(withheld=Withheld.MODERATOR)
    assert (his.get(url).status_code, hers.get(url).status_code) == (404, 404)


def test_nothing_is_said_of_what_is_not_drawn_yet(media, ada, tmp_path):
    output = store(tmp_path, ada)
    assert renditions.srcset(output) == ""
    assert renditions.preview_url(output) is None
    assert renditions.describe(output) == []


def test_facts_for_pages(media, ada, tmp_path, hers):
    output = store_video(tmp_path, media, ada)
    rendering.render_next()
    place = f"/gallery/{output.pk}/rendition"
    assert renditions.srcset(output) == f"{place}/still-320 320w, {place}/still-640 640w"
    assert renditions.preview_url(output) == f"{place}/preview-320"
    told = hers.get(f"/gallery/{output.pk}.json").json()["renditions"]
    assert [each["spec"] for each in told] == ["still-320", "still-640", "preview-320"]
    assert told[0] == {"spec": "still-320", "url": f"{place}/still-320", "width": 320, "height": 192}


def test_the_renditions_of_a_page_are_one_query(ada, rows, django_assert_num_queries):
    outputs = rows(ada, 5)
    Rendition.objects.bulk_create(
        Rendition(output=output, spec=spec, format="webp", file="x", width=320, height=320, bytes=1)
        for output in outputs
        for spec in ("still-320", "still-640")
    )
    with django_assert_num_queries(2):
        feed = queries.feed(ada)
        shown = feed.seen(feed.rows)
        renditions.read(shown)
        assert all(renditions.srcset(output) and renditions.describe(output) for output in shown)
