"""The main job through the web, on a whole site that one worker serves: ask, queue, generate, keep."""

import io
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from generation.catalogue import Image as ImageParameter
from generation.catalogue import Keyframes, models
from tests.browsing import chromium, watched_page
from tests.site import running_site
from tests.waiting import wait_until

PAIRS = [(model.id, mode.id) for model in models().values() for mode in model.modes]
FRAMES = 18


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One for all of this file: to start takes longer than what most of these tests ask."""
    with running_site(tmp_path_factory.mktemp("home")) as site:
        yield site


def png(seed: int) -> bytes:
    rows, columns = np.mgrid[0:512, 0:512]
    pixels = np.stack([rows // 2, columns // 2, np.full_like(rows, 40 * seed % 256)], axis=-1)
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def asked(model_id: str, mode_id: str, **values: object) -> tuple[dict[str, object], dict[str, tuple[str, bytes]]]:
    """Fields and files of a small request with every picture that the mode wants."""
    model = models()[model_id]
    fields = {"type": model.type, "model": model_id, "mode": mode_id, "prompt": "a red fox dances", "seed": 11}
    fields |= {"width": 512, "height": 512} | ({"num_frames": FRAMES, "fps": 8} if model.type == "video" else {})
    files = {}
    for parameter in model.images_for(mode_id):
        if isinstance(parameter, ImageParameter):
            files[parameter.id] = (f"{parameter.id}.png", png(len(files) + 1))
        elif isinstance(parameter, Keyframes):
            fields |= {"keyframes-TOTAL_FORMS": 2, "keyframes-INITIAL_FORMS": 0}
            for number, index in enumerate((0, 10)):
                fields[f"keyframes-{number}-frame_index"] = index
                files[f"keyframes-{number}-image"] = ("key.png", png(number + 1))
    return fields | values, files


def frames_of(data: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_from_the_entrance_to_the_gallery_and_back(site):
    """In a browser, and first of all: nothing that others asked stands on the stage."""
    with chromium() as browser, watched_page(browser, site.url) as page:
        page.set_default_timeout(120_000)
        page.goto("/")
        page.get_by_label("Username").fill("demo")
        page.get_by_label("Password").fill("demo")
        page.keyboard.press("Enter")

        page.locator("[name=type][value=image]").check()
        page.locator("[name=width][value='512']").check()
        page.locator("[name=height][value='512']").check()
        page.get_by_label("Prompt", exact=True).fill("a red circle on a blue table")
        page.get_by_label("Seed", exact=True).fill("11")
        page.keyboard.press("Control+Enter")

        page.locator("[data-card][data-state=succeeded] img.whole").wait_for()
        page.locator("#stage").get_by_role("link", name="Open").click()
        page.get_by_role("heading", name="a red circle on a blue table").wait_for()
        assert page.locator("img.whole").evaluate("image => [image.naturalWidth, image.naturalHeight]") == [512, 512]

        page.get_by_role("button", name="Make again").click()
        page.locator("[data-card][data-state=succeeded]").wait_for()
        page.get_by_role("link", name="Open").click()
        page.get_by_text("identical").wait_for()


@pytest.mark.parametrize(("model_id", "mode_id"), PAIRS)
def test_every_pair_ends_in_a_file_that_opens(site, model_id, mode_id):
    row = site.finished(site.generate(*asked(model_id, mode_id)))
    assert row["state"] == "succeeded", row["error"]
    (output,) = row["outputs"]
    answer = site.get(output["url"].removeprefix(site.url))
    assert (output["seed"], output["width"], output["height"]) == (11, 512, 512)
    frames = frames_of(answer.content)
    assert frames[0].shape == (512, 512, 3)
    if models()[model_id].type == "video":
        assert len(frames) == output["frames"] == FRAMES
        with av.open(io.BytesIO(answer.content)) as container:
            assert container.streams.video[0].average_rate == output["fps"] == 8
        assert answer.headers["content-type"] == "video/mp4"
    else:
        assert len(frames) == output["frames"] == 1
        assert answer.headers["content-type"] == "image/png"


def test_same_seed_same_pixels_in_the_web_and_on_the_command_line(site, tmp_path):
    fields, files = asked("pony", "text2image")
    first, again, other = (
        site.finished(site.generate({**fields, "seed": seed}, files))["outputs"][0] for seed in (11, 11, 12)
    )
    assert first["pixel_sha256"] == again["pixel_sha256"] != other["pixel_sha256"]
    words = ["generate", "--model", "pony", "--mode", "text2image", "--prompt", str(fields["prompt"]), "--json"]
    words += ["--set", "width=512", "--set", "height=512", "--set", "seed=11", "--out", str(tmp_path)]
    here = json.loads(site.manage(*words).stdout)
    queued = json.loads(site.manage(*words, "--queued", "--user", "demo").stdout)
    assert here["pixel_sha256"] == queued["pixel_sha256"] == first["pixel_sha256"]
    assert here["parameters"] == queued["parameters"] == first_parameters(site, first)


def first_parameters(site, output) -> dict[str, object]:
    return site.json(f"/gallery/{output['id']}/")["parameters"]


def test_made_again_it_is_identical(site):
    fields, files = asked("phr00t", "image2video")
    (output,) = site.finished(site.generate(fields, files))["outputs"]
    answer = site.post(f"/gallery/{output['id']}/rerun/", {})
    assert answer.status_code in (302, 303)
    (again,) = site.finished(answer.headers["location"])["outputs"]
    assert again["id"] != output["id"]
    assert again["pixel_sha256"] == output["pixel_sha256"]


def test_wrong_words_on_the_command_line_name_their_fields(site, tmp_path):
    words = ["generate", "--model", "pony", "--mode", "image2image", "--set", "steps=9", "--set", "fps=8"]
    answer = site.manage(*words, "--image", f"reference={tmp_path}/none.png", check=False)
    assert answer.returncode == 2
    fields = {line.partition(":")[0] for line in answer.stderr.splitlines() if line}
    assert fields == {"prompt", "steps", "fps", "reference_image"}
    assert answer.stdout == ""


def test_a_running_job_stops_within_a_step_of_its_cancel(site):
    path = site.generate(*asked("pony", "text2image", steps=50))
    wait_until(lambda: site.json(path)["progress"]["step"] > 2, pause=0.01)
    site.post(path + "cancel/", {})
    step = site.json(path)["progress"]["step"]
    row = site.finished(path)
    assert row["state"] == "cancelled"
    assert row["progress"]["step"] <= step + 1 < 50
    assert row["outputs"] == []


def test_a_second_start_says_so_and_exits(site):
    answer = site.manage("up", check=False)
    assert answer.returncode != 0
    assert "already running" in answer.stderr


def rss(pid: int) -> int:
    """Resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024


def test_twenty_jobs_on_one_worker_load_each_model_once_and_hold_their_memory(site):
    (pid,) = site.workers()
    cycle = [
        asked("pony", "text2image", steps=10),
        asked("flux", "text2image", steps=10),
        asked("anisora", "text2video"),
        asked("phr00t", "text2video"),
    ]

    def round_of_four() -> list[dict]:
        return [site.finished(path) for path in [site.generate(*request) for request in cycle]]

    round_of_four()
    after_four = rss(pid)
    rows = [row for _ in range(4) for row in round_of_four()]
    assert all(row["state"] == "succeeded" for row in rows)
    assert site.workers() == [pid]
    loads = [row["outputs"][0]["receipt"]["seconds"].get("loading", 0) for row in rows]
    assert max(loads) < 0.5, loads
    assert rss(pid) < after_four * 1.15 + 30
