"""Weights in the formats in which people have them come out as the same tensors, in a pipeline that runs."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FluxPipeline, StableDiffusionXLPipeline, WanImageToVideoPipeline, WanVACEPipeline
from diffusers.loaders.single_file_utils import convert_flux_transformer_checkpoint_to_diffusers
from PIL import Image
from safetensors.torch import load_file, save_file

from generation.catalogue import get_model
from generation.engine import flux_keys
from generation.engine.api import EngineError
from generation.engine.loading import load
from generation.engine.weights import Weights
from tests.engine import originals, small

# diffusers' schedulers hand tensors to numpy in a way that torch does not speak yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small pipeline by name, in memory and in the diffusers layout."""

    def save(name: str) -> tuple[object, Path]:
        pipe = getattr(small, name)()
        pipe.set_progress_bar_config(disable=True)
        place = tmp_path_factory.mktemp(name)
        pipe.save_pretrained(place)
        return pipe, place

    return save


def without(folder: Path, target: Path, *components: str) -> Path:
    """A copy of a diffusers folder that lacks the weights of some components."""
    shutil.copytree(folder, target)
    for component in components:
        for path in (target / component).glob("*.safetensors"):
            path.unlink()
    return target


def saved(tensors: dict[str, torch.Tensor], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
    return path


def same(loaded, source) -> None:
    """Every tensor of every component equals the source's bit for bit."""
    for name, component in source.components.items():
        if isinstance(component, torch.nn.Module):
            ours, theirs = getattr(loaded, name).state_dict(), component.state_dict()
            assert ours.keys() == theirs.keys()
            assert all(torch.equal(ours[key], theirs[key]) for key in theirs), name


def draw(pipe) -> np.ndarray:
    common = {
        "prompt": "a teapot in a meadow",
        "width": 64,
        "height": 64,
        "num_inference_steps": 2,
        "generator": torch.Generator().manual_seed(3),
        "output_type": "np",
    }
    if isinstance(pipe, StableDiffusionXLPipeline | FluxPipeline):
        return np.asarray(pipe(**common).images)
    still = {"image": Image.new("RGB", (64, 64), "teal")} if isinstance(pipe, WanImageToVideoPipeline) else {}
    return np.asarray(pipe(**common, **still, num_frames=5, guidance_scale=1.0).frames)


def on_cpu(weights: Weights, pipeline_class, dtype: torch.dtype = torch.float32):
    return load(weights, pipeline_class, dtype=dtype)


CLASSES = {
    "sdxl": ("pony", StableDiffusionXLPipeline),
    "flux": ("flux", FluxPipeline),
    "wan_image_to_video": ("anisora", WanImageToVideoPipeline),
    "wan_vace": ("phr00t", WanVACEPipeline),
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_diffusers_folder(name, folder, capfd):
    model_id, pipeline_class = CLASSES[name]
    source, place = folder(name)
    capfd.readouterr()
    pipe = on_cpu(Weights(get_model(model_id), place, "diffusers"), pipeline_class)
    assert type(pipe) is pipeline_class
    same(pipe, source)
    assert np.array_equal(draw(pipe), draw(source))
    assert capfd.readouterr().err == ""


def test_a_single_file_of_sdxl(folder, tmp_path, capfd):
    source, place = folder("sdxl")
    config = without(place, tmp_path / "config", "unet", "vae", "text_encoder", "text_encoder_2")
    path = saved(originals.sdxl(source), tmp_path / "pony.safetensors")
    pipe = on_cpu(Weights(get_model("pony"), path, "single_file", config), StableDiffusionXLPipeline)
    same(pipe, source)
    assert np.array_equal(draw(pipe), draw(source))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_a_transformer_of_flux(prefix, folder, tmp_path, capfd):
    source, place = folder("flux")
    config = without(place, tmp_path / "config", "transformer")
    tensors = originals.flux(source.transformer.state_dict())
    path = saved({prefix + key: tensor for key, tensor in tensors.items()}, tmp_path / "flux.safetensors")
    pipe = on_cpu(Weights(get_model("flux"), path, "single_file", config), FluxPipeline)
    same(pipe, source)
    assert np.array_equal(draw(pipe), draw(source))
    assert capfd.readouterr().err == ""


def test_a_transformer_of_flux_under_diffusers_names(folder, tmp_path):
    source, place = folder("flux")
    config = without(place, tmp_path / "config", "transformer")
    path = saved(source.transformer.state_dict(), tmp_path / "flux.safetensors")
    same(on_cpu(Weights(get_model("flux"), path, "single_file", config), FluxPipeline), source)


def test_flux_names_agree_with_diffusers_at_the_real_width():
    """diffusers' own conversion knows one width only; one column of each tensor is enough to compare the rows."""
    width, rows = 3072, {"linear1": 7, "qkv": 3, "img_mod": 6, "txt_mod": 6, "mlp.0": 4, "modulation": 3, "adaLN": 2}
    layers = originals.flux(small.flux().transformer.state_dict())
    tensors = {
        key: torch.arange(width * next((n for part, n in rows.items() if part in key), 1))[:, None].clone()
        for key in layers
    }
    ours = flux_keys.to_diffusers(dict(tensors))
    theirs = convert_flux_transformer_checkpoint_to_diffusers(dict(tensors))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def shards(tensors: dict[str, torch.Tensor], folder: Path) -> None:
    keys = sorted(tensors)
    for number, part in enumerate((keys[::2], keys[1::2]), start=1):
        name = f"diffusion_pytorch_model-0000{number}-of-00002.safetensors"
        saved({key: tensors[key] for key in part}, folder / name)


def test_the_two_experts_of_wan(folder, tmp_path, capfd):
    source, place = folder("wan_image_to_video")
    without(place, tmp_path / "config", "transformer", "transformer_2")
    shards(originals.wan(source.transformer.state_dict()), tmp_path / "high_noise_model")
    shards(originals.wan(source.transformer_2.state_dict()), tmp_path / "low_noise_model")
    weights = Weights(get_model("anisora"), tmp_path, "experts", tmp_path / "config")
    pipe = on_cpu(weights, WanImageToVideoPipeline)
    same(pipe, source)
    assert np.array_equal(draw(pipe), draw(source))
    assert capfd.readouterr().err == ""


def test_one_expert_of_wan_beside_the_other_from_the_config(folder, tmp_path):
    source, place = folder("wan_image_to_video")
    without(place, tmp_path / "config", "transformer_2")
    saved(originals.wan(source.transformer_2.state_dict()), tmp_path / "low_noise_model" / "low.safetensors")
    weights = Weights(get_model("anisora"), tmp_path, "experts", tmp_path / "config")
    same(on_cpu(weights, WanImageToVideoPipeline), source)


def test_everything_in_one_file(folder, tmp_path, capfd):
    source, place = folder("wan_vace")
    config = without(place, tmp_path / "config", "transformer", "text_encoder", "vae")
    path = saved(originals.wan_all_in_one(source), tmp_path / "all.safetensors")
    pipe = on_cpu(Weights(get_model("phr00t"), path, "single_file", config), WanVACEPipeline)
    same(pipe, source)
    assert np.array_equal(draw(pipe), draw(source))
    assert capfd.readouterr().err == ""


def test_half_precision_leaves_the_video_vae_alone(folder, tmp_path):
    source, place = folder("wan_vace")
    path = saved(originals.wan_all_in_one(source), tmp_path / "all.safetensors")
    for weights in (
        Weights(get_model("phr00t"), place, "diffusers"),
        Weights(get_model("phr00t"), path, "single_file", place),
    ):
        pipe = on_cpu(weights, WanVACEPipeline, torch.bfloat16)
        assert {pipe.transformer.dtype, pipe.text_encoder.dtype} == {torch.bfloat16}
        assert pipe.vae.dtype == torch.float32
        same_vae = zip(pipe.vae.state_dict().values(), source.vae.state_dict().values(), strict=True)
        assert all(torch.equal(ours, theirs) for ours, theirs in same_vae)
        assert np.isfinite(draw(pipe)).all()


def test_plain_fp8_is_widened(folder, tmp_path):
    source, place = folder("flux")
    narrow = {key: tensor.to(torch.float8_e4m3fn) for key, tensor in source.transformer.state_dict().items()}
    path = saved(originals.flux({key: tensor.float() for key, tensor in narrow.items()}), tmp_path / "wide.safetensors")
    fp8 = {key: tensor.to(torch.float8_e4m3fn) for key, tensor in load_file(path).items()}
    path = saved(fp8, tmp_path / "flux.safetensors")
    pipe = on_cpu(Weights(get_model("flux"), path, "single_file", place), FluxPipeline)
    loaded = pipe.transformer.state_dict()
    assert all(torch.equal(loaded[key], tensor.float()) for key, tensor in narrow.items())


@pytest.mark.parametrize(
    "key",
    [
        "model.diffusion_model.vace_blocks.1.after_proj.weight",
        "text_encoders.umt5xxl.transformer.encoder.final_layer_norm.weight",
        "vae.decoder.head.2.bias",
    ],
)
def test_a_missing_tensor_is_told(key, folder, tmp_path):
    source, place = folder("wan_vace")
    tensors = originals.wan_all_in_one(source)
    del tensors[key]
    path = saved(tensors, tmp_path / "all.safetensors")
    with pytest.raises(EngineError, match="does not fit"):
        on_cpu(Weights(get_model("phr00t"), path, "single_file", place), WanVACEPipeline)


def test_shapes_of_another_model_are_told(folder, tmp_path):
    source, place = folder("flux")
    tensors = originals.flux(source.transformer.state_dict())
    tensors["txt_in.weight"] = torch.zeros(small.WIDTH, 7)
    path = saved(tensors, tmp_path / "flux.safetensors")
    with pytest.raises(EngineError, match=r"does not fit .* Flux\.1 dev: in transformer, context_embedder\.weight"):
        on_cpu(Weights(get_model("flux"), path, "single_file", place), FluxPipeline)


def test_a_pickle_in_a_folder_is_not_opened(folder, tmp_path):
    _, place = folder("sdxl")
    copy = without(place, tmp_path / "sdxl", "unet")
    tensors = load_file(place / "unet" / "diffusion_pytorch_model.safetensors")
    torch.save(tensors, copy / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(EngineError, match="cannot be loaded"):
        on_cpu(Weights(get_model("pony"), copy, "diffusers"), StableDiffusionXLPipeline)
