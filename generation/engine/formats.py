"""What weight files hold, told from their headers: nothing is loaded here, and nothing pickled is ever opened."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from generation.catalogue import Model
from generation.engine.api import EngineError

PICKLED = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})
_PICKLE_STARTS = (b"PK\x03\x04", *(b"\x80" + bytes([protocol]) for protocol in range(2, 6)))
_SCALES = ("scaled_fp8", ".scale_weight", ".weight_scale", ".scale_input", ".input_scale", ".comfy_quant")

# Files made for ComfyUI and A1111 put this before the keys of the denoising network; its authors' own files do not.
NETWORK_PREFIX = "model.diffusion_model."
# The two experts of Wan 2.2 by the words in their file or folder names, and the components of the pipeline they become.
EXPERTS = {"high_noise": "transformer", "low_noise": "transformer_2"}


@dataclass(frozen=True)
class Format:
    """How the files of one family look.

    `network` is the component that denoises and `network_class` its class in model_index.json. `signs` are keys that
    only such a network has, any of which is enough. `parts` are the components that a single file may bring besides, by
    the prefix of their keys; `whole` tells that it has to bring them all. `experts`: the network may come as two.
    """

    network: str
    network_class: str
    signs: tuple[str, ...]
    parts: dict[str, str]
    whole: bool = False
    experts: bool = False


_WAN_PARTS = {"text_encoder": "text_encoders.umt5xxl.transformer.", "vae": "vae."}
FORMATS = {
    "sdxl": Format(
        "unet",
        "UNet2DConditionModel",
        ("label_emb.0.0.weight",),
        {
            "text_encoder": "conditioner.embedders.0.transformer.",
            "text_encoder_2": "conditioner.embedders.1.model.",
            "vae": "first_stage_model.",
        },
        whole=True,
    ),
    "flux": Format(
        "transformer",
        "FluxTransformer2DModel",
        ("double_blocks.0.img_attn.qkv.weight", "single_transformer_blocks.0.proj_mlp.weight"),
        {},
    ),
    "wan_keyframes": Format(
        "transformer",
        "WanTransformer3DModel",
        ("blocks.0.self_attn.q.weight", "blocks.0.attn1.to_q.weight"),
        _WAN_PARTS,
        experts=True,
    ),
    "wan_vace": Format(
        "transformer",
        "WanVACETransformer3DModel",
        ("vace_blocks.0.before_proj.weight", "vace_blocks.0.proj_in.weight"),
        _WAN_PARTS,
        experts=True,
    ),
}


def read_keys(path: Path) -> list[str]:
    """The names of the tensors in a .safetensors file. Raises EngineError for everything else."""
    refuse_pickle(path)
    if path.suffix != ".safetensors":
        raise EngineError(f"{path.name} is not a .safetensors file.")
    try:
        with safe_open(path, framework="numpy") as file:
            keys = list(file.keys())
    except SafetensorError as error:
        raise EngineError(f"{path.name} is damaged or incomplete: copy or download it again. ({error})") from error
    if any(key.endswith(_SCALES) for key in keys):
        raise EngineError(
            f"{path.name} is quantised (fp8_scaled): its numbers mean nothing without their scales. "
            "Take the bf16, fp16 or plain fp8 version of it."
        )
    return keys


def refuse_pickle(path: Path) -> None:
    """Raise EngineError if the file is a pickle, by its name or by how it begins."""
    with path.open("rb") as file:
        head = file.read(9)
    # A safetensors header begins at the ninth byte; the eight before are its length, which may look like anything.
    if path.suffix.lower() in PICKLED or (head.startswith(_PICKLE_STARTS) and head[8:] != b"{"):
        raise EngineError(
            f"{path.name} is a pickle checkpoint: opening one can run any program hidden in it. "
            "Take the .safetensors version."
        )


def check_network(model: Model, keys: Iterable[str], name: str) -> None:
    """Raise EngineError unless `keys` are those of the network that the model's family denoises with."""
    form = FORMATS[model.family]
    found = {key.removeprefix(NETWORK_PREFIX) for key in keys}
    if not found.intersection(form.signs):
        raise EngineError(f"{name} is not for {model.name}: it has no {form.network_class} in it.")


def brought_by_file(model: Model, keys: list[str], name: str) -> frozenset[str]:
    """The components that a single file brings. Raises EngineError if it is not for this model."""
    check_network(model, keys, name)
    form = FORMATS[model.family]
    brought = {part for part, prefix in form.parts.items() if any(key.startswith(prefix) for key in keys)}
    missing = sorted(set(form.parts) - brought)
    if form.whole and missing:
        raise EngineError(f"{name} lacks {', '.join(missing)}: take the full checkpoint of {model.name}.")
    return frozenset({form.network, *brought})


def find_experts(folder: Path) -> dict[str, list[Path]]:
    """The .safetensors files under a folder (or the one file) that belong to each expert, by component."""
    files = [(folder, folder.name)]
    if folder.is_dir():
        files = [(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*.safetensors"))]
    found: dict[str, list[Path]] = {}
    for path, name in files:
        word = re.search(r"(high|low)[-_ ]?noise", name, re.IGNORECASE)
        if word:
            found.setdefault(EXPERTS[f"{word[1].lower()}_noise"], []).append(path)
    return found


def read_index(folder: Path) -> dict[str, str]:
    """The class of every component of a diffusers folder that is not null. Raises EngineError."""
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError(f"{folder} has no readable model_index.json: it is not a diffusers folder.") from error
    strange = [name for name in index if not name.isidentifier()]
    if strange:  # names become folders: none may lead out of this one
        raise EngineError(f"{folder} names a component {strange[0]!r} in its model_index.json: that cannot be one.")
    return {
        name: str(entry[1])
        for name, entry in index.items()
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str)
    }


def check_folder(model: Model, folder: Path, brought: frozenset[str] = frozenset()) -> None:
    """Raise EngineError unless a diffusers folder is for this model, with all weights that no file `brought`."""
    form = FORMATS[model.family]
    index = read_index(folder)
    if index.get(form.network) != form.network_class:
        raise EngineError(f"{folder} is not for {model.name}: its {form.network} is not a {form.network_class}.")
    for component in index:
        if not (folder / component).is_dir():
            raise EngineError(f"{folder} lacks the folder {component} that its model_index.json names.")
    for component in sorted(set(networks(folder)) - brought):
        files = list(_component_files(folder / component))
        if not files:
            raise EngineError(_no_weights(folder / component))
        for path in files:
            read_keys(path)


def networks(folder: Path) -> Iterator[str]:
    """The components of a diffusers folder that have weights (the others are tokenizers, schedulers and the like)."""
    return (name for name in read_index(folder) if (folder / name / "config.json").is_file())


def _component_files(component: Path) -> Iterator[Path]:
    """The .safetensors of one component, every shard of it. Raises EngineError if a shard is missing."""
    for index in component.glob("*.safetensors.index.json"):
        for name in sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())):
            if not (component / name).is_file():
                raise EngineError(f"{component} lacks {name}: copy or download it again.")
    yield from sorted(component.glob("*.safetensors"))


def _no_weights(component: Path) -> str:
    pickles = sorted(path.name for path in component.iterdir() if path.suffix.lower() in PICKLED)
    if pickles:
        return f"{component} has its weights as a pickle only ({pickles[0]}), which is never opened. Take .safetensors."
    return f"{component} has no .safetensors file."
