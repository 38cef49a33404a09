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


def test_devices_are_called_as_they_are_sold(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"NVIDIA H100 80GB HBM3 of {device}")
    assert devices.hardware("cuda:1") == "NVIDIA H100 80GB HBM3 of cuda:1"
    monkeypatch.setattr(devices, "_PROCESSOR", tmp_path / "cpuinfo")
    assert devices.hardware("cpu").endswith(" CPU")
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: AMD EPYC 9R14\n" + "flags\t: fpu\n")
    assert devices.hardware("cpu") == "AMD EPYC 9R14"
