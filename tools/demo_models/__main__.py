"""One command for a demo model, from nothing to the folder that ships:

    python -m tools.demo_models pony|flux

Each part goes on where it stopped, and is over at once where it is done. Parts run at the lowest priority.
"""

import argparse
import os
import subprocess
import sys

from . import FOLDER

_CORES = str(os.cpu_count() or 1)
_AUTOENCODER = [
    ["torch.distributed.run", "--standalone", "--nproc-per-node", _CORES, "-m", f"{__package__}.autoencoder", part]
    for part in ("both", "decoder")
]
_FINISH = [f"{__package__}.autoencoder", "finish"]
_PARTS = {
    "pony": [[f"{__package__}.latents", "cel"], [f"{__package__}.sdxl"], [f"{__package__}.export", "pony"]],
    "flux": [
        [f"{__package__}.latents", "lit"],
        [f"{__package__}.flux", "teacher"],
        [f"{__package__}.flux", "student"],
        [f"{__package__}.export", "flux"],
    ],
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", choices=_PARTS)
    model = arguments.parse_args().model
    both, decoder = _AUTOENCODER
    finish = [] if (FOLDER / "vae").is_dir() else [_FINISH]
    os.nice(19)
    for part in (both, *finish, decoder, *_PARTS[model]):
        subprocess.run([sys.executable, "-m", *part], check=True)


if __name__ == "__main__":
    main()
