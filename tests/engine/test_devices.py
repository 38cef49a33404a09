"""One worker for each GPU, as far as there are GPUs."""

import pytest
import torch

from generation.engine import devices


@pytest.mark.parametrize(
    ("asked", "gpus", "chosen"),
    [
        (None, 0, ["cpu", "cpu", "cpu"]),
        (None, 1, ["cuda", "cuda", "cuda"]),
        (None, 2, ["cuda:0", "cuda:1", "cuda:0"]),
        ("cuda:1", 4, ["cuda:1", "cuda:1", "cuda:1"]),
        ("cpu", 4, ["cpu", "cpu", "cpu"]),
    ],
)
def test_workers_take_the_gpus_in_turn(monkeypatch, asked, gpus, chosen):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert [devices.choose(asked, number) for number in (1, 2, 3)] == chosen
