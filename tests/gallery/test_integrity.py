"""Rows, files and hashes agree, or it is said what does not; only --repair changes anything."""

import json
import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from PIL import Image

from gallery import rendering
from gallery.models import Output

from .conftest import files_in


@pytest.fixture
def output(media, ada, keep) -> Output:
    output = keep(ada)
    rendering.render_next()
    output.refresh_from_db()
    return output


@pytest.fixture
def check(capsys):
    def check(**options) -> tuple[int, list[tuple[str, str, str | None, bool]]]:
        """The exit code and what was said."""
        code = 0
        try:
            call_command("check_gallery", json=True, **options)
        except SystemExit as end:
            code = end.code
        said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return code, [(each["fault"], each["file"], each["output"], each["repaired"]) for each in said]

    return check


def old_stray(media, name: str) -> None:
    default_storage.save(name, ContentFile(b"x"))
    long_ago = time.time() - 7200
    os.utime(media / name, (long_ago, long_ago))


def test_what_agrees_ends_well(output, check):
    assert check(hashes=True) == (0, [])


def test_every_fault_is_told_and_nothing_is_touched(media, output, ada, keep, check):
    poster, still = output.poster.name, output.renditions.get().file.name
    other = keep(ada)
    rendering.render_next()
    undrawn = keep(ada)
    Output.objects.filter(pk=undrawn.pk).update(draw_at=None)
    (media / poster).unlink()
    (media / still).write_bytes(b"half a")
    (media / other.poster.name).write_bytes(b"")
    (media / other.file.name).unlink()
    (media / undrawn.file.name).write_bytes(bytes(undrawn.bytes))
    old_stray(media, "outputs/00/stray.png")
    default_storage.save("outputs/00/just-written.png", ContentFile(b"x"))
    before = {name: (media / name).read_bytes() for name in files_in(media)}
    found = {
        ("missing", poster, str(output.pk), False),
        ("wrong size", still, str(output.pk), False),
        ("wrong size", other.poster.name, str(other.pk), False),
        ("missing", other.file.name, str(other.pk), False),
        ("stray", "outputs/00/stray.png", None, False),
        ("not drawn", "", str(undrawn.pk), False),
    }

    code, quick = check()
    assert (code, set(quick), len(quick)) == (1, found, 6)
    code, whole = check(hashes=True)
    assert (code, set(whole)) == (1, found | {("wrong SHA-256", undrawn.file.name, str(undrawn.pk), False)})
    assert {name: (media / name).read_bytes() for name in files_in(media)} == before


def test_repair_draws_anew_what_the_kept_file_allows(
    media, output, keep, ada, check, django_capture_on_commit_callbacks
):
    poster = output.poster.name
    undrawn = keep(ada)
    Output.objects.filter(pk=undrawn.pk).update(draw_at=None)
    (media / poster).unlink()
    (media / output.renditions.get().file.name).unlink()
    with django_capture_on_commit_callbacks(execute=True):
        code, found = check(repair=True)
    assert code == 0
    assert {(fault, mended) for fault, _name, _output, mended in found} == {("missing", True), ("not drawn", True)}
    with Image.open(media / poster) as drawn:
        assert drawn.format == "WEBP"
    assert check(hashes=True) == (0, [])


def test_what_cannot_be_repaired_is_left_and_said(media, output, check, capsys):
    old_stray(media, "renditions/00/stray.webp")
    (media / output.file.name).unlink()
    (media / output.poster.name).unlink()
    code, found = check(repair=True)
    assert code == 1
    assert {(fault, mended) for fault, _name, _output, mended in found} == {("stray", False), ("missing", False)}
    assert (media / "renditions/00/stray.webp").exists()


def test_in_words(media, output, capsys):
    (media / output.file.name).unlink()
    with pytest.raises(SystemExit):
        call_command("check_gallery")
    said = capsys.readouterr()
    assert said.out == f"missing: {output.file.name} of {output.pk}\n"
    assert said.err == "1 found, 0 repaired.\n"
