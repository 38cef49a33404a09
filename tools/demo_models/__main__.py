"""One command for a demo model, from nothing to the folder that ships:

    python -m tools.demo_models pony|flux|anisora|phr00t

Each part goes on where it stopped, and is over at once where it is done. Parts run at the lowest priority.
"""

import argparse
import os
import subprocess
import sys

from . import FOLDER

_CORES = str(os.cpu_count() or 1)


def _on_all_cores(*part: str) -> list[str]:
    """Gradients are shared: a step is so many batches."""
    return ["torch.distributed.run", "--standalone", "--nproc-per-node", _CORES, "-m", *part]


_AUTOENCODER = [_on_all_cores(f"{__package__}.autoencoder", part) for part in ("both", "decoder")]
_FINISH = [f"{__package__}.autoencoder", "finish"]
_PARTS = {
    "pony": [
        [f"{__package__}.latents", "cel"],
        [f"{__package__}.sdxl", "reading"],
        [f"{__package__}.sdxl", "drawing"],
        [f"{__package__}.sdxl", "leading"],
        [f"{__package__}.export", "pony"],
    ],
    "flux": [
        [f"{__package__}.latents", "lit"],
        [f"{__package__}.flux", "reading"],
        [f"{__package__}.flux", "teacher"],
        [f"{__package__}.flux", "student"],
        [f"{__package__}.export", "flux"],
    ],
}
_VIDEO_AUTOENCODER = _on_all_cores(f"{__package__}.wan_autoencoder")
_TOGETHER = [_on_all_cores(f"{__package__}.wan_video", part) for part in ("reading", "both")]
_VIDEO_PARTS = {
    "anisora": [
        *_TOGETHER,
        _on_all_cores(f"{__package__}.wan_video", "high"),
        _on_all_cores(f"{__package__}.wan_video", "low"),
        [f"{__package__}.export", "anisora"],
    ],
    "phr00t": [
        *_TOGETHER,
        _on_all_cores(f"{__package__}.wan_video", "rapid"),
        [f"{__package__}.export", "phr00t"],
    ],
}


def _parts(model: str) -> list[list[str]]:
    if model in _VIDEO_PARTS:
        return [_VIDEO_AUTOENCODER, *_VIDEO_PARTS[model]]
    both, decoder = _AUTOENCODER
    finish = [] if (FOLDER / "vae").is_dir() else [_FINISH]
    return [both, *finish, decoder, *_PARTS[model]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", choices=[*_PARTS, *_VIDEO_PARTS])
    model = arguments.parse_args().model
    os.nice(19)
    for part in _parts(model):
        subprocess.run([sys.executable, "-m", *part], check=True)


if __name__ == "__main__":
    main()
