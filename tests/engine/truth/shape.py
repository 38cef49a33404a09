"""What comes out: how large, how many, how fast, in which file."""

import av
import numpy as np
from PIL import Image

from generation.catalogue import Choice
from tests.engine.truth.lab import Run
from tests.engine.truth.trial import Effect, Trial, distance, levels, rising


def size(trial: Trial) -> Effect:
    axis = {"height": 1, "width": 2}[trial.parameter.id]
    wanted = [512, 768, 1024]
    runs = [trial.at(value) for value in wanted]
    assert [getattr(run.result, trial.parameter.id) for run in runs] == wanted
    found = [run.pixels.shape[axis] for run in runs]
    assert found == wanted
    return Effect(found[-1] - found[0], "px")


def num_frames(trial: Trial) -> Effect:
    wanted = [16, 17, 18, 25]
    found = [len(trial.at(value).pixels) for value in wanted]
    assert found == wanted
    return Effect(found[-1] - found[0], "frames")


def fps(trial: Trial) -> Effect:
    """Only the speed changes: the frames are the same."""
    seconds = []
    for value in (8, 16, 24):
        run = trial.at(value)
        assert run.result.pixel_sha256 == trial.run().result.pixel_sha256
        with av.open(run.result.path) as container:
            stream = container.streams.video[0]
            assert stream.average_rate == run.result.fps == value
            seconds.append(float(stream.duration * stream.time_base))
        assert abs(seconds[-1] - 17 / value) < 0.001
    return Effect(seconds[0] - seconds[-1], "s")


def batch_size(trial: Trial) -> Effect:
    """The variants are what their seeds make alone."""
    one, two = trial.at(1), trial.at(2)
    assert [result.seed for result in two.results] == [7, 8]
    alone = [one.result, trial.run(seed=8).result]
    assert [result.sha256 for result in two.results] == [result.sha256 for result in alone]
    return Effect(len(two.results) - len(one.results), "files")


def seed(trial: Trial) -> Effect:
    base, again = trial.run(), trial.lab.again(trial.lab.request(trial.model, trial.mode))
    assert again.result.sha256 == base.result.sha256
    assert trial.refusal(-2) == "out_of_range"
    return levels(base.pixels, trial.at(8).pixels)


def output_format(trial: Trial) -> Effect:
    """The same pixels in another container."""
    assert isinstance(trial.parameter, Choice)
    wanted = [str(option.value) for option in trial.parameter.options]
    runs = [trial.at(value) for value in wanted]
    assert len({run.result.pixel_sha256 for run in runs}) == 1
    assert [_container(run) for run in runs] == wanted
    assert max(distance(_soft(run.pixels), _soft(runs[0].pixels)) for run in runs) < 8
    return Effect(len({run.result.sha256 for run in runs}), "containers")


def quality(trial: Trial) -> Effect:
    """The higher, the nearer to the pixels of the PNG and the larger."""
    exact = trial.run().pixels
    runs = [trial.run(output_format="jpg", quality=value) for value in (50, 70, 95, 100)]
    assert len({run.result.pixel_sha256 for run in (trial.run(), *runs)}) == 1
    away = [distance(run.pixels, exact) for run in runs]
    assert rising(away[::-1])
    assert rising([run.result.bytes for run in runs])
    assert trial.refusal(70) == "does_nothing"
    return Effect(away[0] - away[-1], "levels")


def _soft(frames: np.ndarray) -> np.ndarray:
    """Means over 8 × 8 pixels, where the dots that stand for a colour in a GIF are that colour."""
    count, height, width, channels = frames.shape
    return frames.reshape(count, height // 8, 8, width // 8, 8, channels).mean(axis=(2, 4))


def _container(run: Run) -> str:
    """What the bytes are, whatever the name says."""
    if run.result.fps == 0:
        with Image.open(run.result.path) as image:
            return {"PNG": "png", "JPEG": "jpg"}[str(image.format)]
    with av.open(run.result.path) as container:
        name = container.format.name
    return next(form for form in ("mp4", "webm", "gif") if form in name.split(","))
