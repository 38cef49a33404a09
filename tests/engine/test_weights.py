"""Finding, installing, verifying and downloading weights: only what the model can use, and nothing pickled."""

import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.catalogue import get_model
from generation.catalogue.model import Source
from generation.engine.api import EngineError, WeightsMissing
from generation.engine.fetching import fetch
from generation.engine.installing import add
from generation.engine.weights import Condition, find, hashes, read_manifest, verify
from tests.engine import hub as hubs
from tests.engine import originals, small

PONY, FLUX, ANISORA, PHR00T = (get_model(name) for name in ("pony", "flux", "anisora", "phr00t"))
FOLDERS = {"pony": small.sdxl, "flux": small.flux, "anisora": small.wan_image_to_video, "phr00t": small.wan_vace}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """All four models as diffusers folders (by id), and as their authors publish them (in native/)."""
    place = tmp_path_factory.mktemp("shelf")
    native = place / "native"
    for model_id, build in FOLDERS.items():
        pipe = build()
        pipe.save_pretrained(place / model_id)
        match model_id:
            case "pony":
                write(originals.sdxl(pipe), native / "pony.safetensors")
            case "flux":
                write(originals.flux(pipe.transformer.state_dict()), native / "flux.safetensors")
            case "anisora":
                experts = {"high_noise_model": pipe.transformer, "low_noise_model": pipe.transformer_2}
                for name, expert in experts.items():
                    write(originals.wan(expert.state_dict()), native / "V3.2" / name / "model.safetensors")
                (native / "V3.2" / "models_t5.pth").write_bytes(pickle.dumps("never opened"))
            case "phr00t":
                write(originals.wan_all_in_one(pipe), native / "mega.safetensors")
    return place


def write(tensors, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
    return path


@pytest.fixture
def home(tmp_path):
    return tmp_path / "models"


class TestFind:
    def test_nothing_there(self, home):
        assert find(PONY, home) is None
        (home / "pony").mkdir(parents=True)
        assert find(PONY, home) is None

    def test_a_diffusers_folder(self, shelf):
        found = find(PONY, shelf, demo=True)
        assert found is not None
        assert (found.layout, found.path, found.config, found.demo) == ("diffusers", shelf / "pony", None, True)
        assert found.size == sum(path.stat().st_size for path in (shelf / "pony").rglob("*") if path.is_file())

    def test_a_file_put_there_by_hand_needs_its_config(self, shelf, home):
        (home / "pony").mkdir(parents=True)
        shutil.copy(shelf / "native" / "pony.safetensors", home / "pony")
        with pytest.raises(WeightsMissing, match="config"):
            find(PONY, home)
        shutil.copytree(shelf / "pony", home / "pony" / "config")
        found = find(PONY, home)
        assert found is not None
        assert (found.layout, found.config) == ("single_file", home / "pony" / "config")
        shutil.copy(shelf / "native" / "pony.safetensors", home / "pony" / "another.safetensors")
        with pytest.raises(WeightsMissing, match="another"):
            find(PONY, home)


class TestAdd:
    @pytest.mark.parametrize("model_id", FOLDERS)
    def test_a_diffusers_folder(self, model_id, shelf, home):
        weights = add(get_model(model_id), shelf / model_id, home)
        assert weights == find(get_model(model_id), home)
        assert weights.layout == "diffusers"
        assert set(verify(weights).values()) == {Condition.OK}

    def test_files_are_linked_and_the_rest_is_left(self, shelf, home, tmp_path):
        source = shutil.copytree(shelf / "pony", tmp_path / "source")
        (source / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps("never opened"))
        (source / "README.md").write_text("notes")
        (source / "extra").mkdir()
        weights = add(PONY, source, home)
        installed, original = (
            folder / "unet" / "diffusion_pytorch_model.safetensors" for folder in (weights.path, source)
        )
        assert installed.samefile(original)
        assert not any(name.endswith((".bin", ".md")) for name in weights.files)

    def test_a_checkpoint_takes_configurations_only(self, shelf, home):
        weights = add(PONY, shelf / "native" / "pony.safetensors", home, shelf / "pony")
        assert (weights.layout, weights.path.name) == ("single_file", "pony.safetensors")
        assert [name for name in weights.files if name.endswith(".safetensors")] == ["pony.safetensors"]
        assert "config/tokenizer_2/tokenizer_config.json" in weights.files

    def test_a_transformer_takes_the_rest_of_the_weights(self, shelf, home):
        weights = add(FLUX, shelf / "native" / "flux.safetensors", home, shelf / "flux")
        assert {name for name in weights.files if name.endswith(".safetensors")} == {
            "flux.safetensors",
            "config/text_encoder/model.safetensors",
            "config/text_encoder_2/model.safetensors",
            "config/vae/diffusion_pytorch_model.safetensors",
        }

    def test_experts(self, shelf, home):
        weights = add(ANISORA, shelf / "native" / "V3.2", home, shelf / "anisora")
        assert weights.layout == "experts"
        assert {name for name in weights.files if name.endswith(".safetensors")} == {
            "high_noise_model/model.safetensors",
            "low_noise_model/model.safetensors",
            "config/text_encoder/model.safetensors",
            "config/vae/diffusion_pytorch_model.safetensors",
        }

    def test_one_expert_by_its_name(self, shelf, home, tmp_path):
        source = shelf / "native" / "V3.2" / "low_noise_model" / "model.safetensors"
        file = shutil.copy(source, tmp_path / "wan2.2_i2v_low_noise_14B.safetensors")
        weights = add(ANISORA, Path(file), home, shelf / "anisora")
        assert "low_noise_model/wan2.2_i2v_low_noise_14B.safetensors" in weights.files
        assert "config/transformer/diffusion_pytorch_model.safetensors" in weights.files
        assert "config/transformer_2/diffusion_pytorch_model.safetensors" not in weights.files

    def test_everything_in_one_file(self, shelf, home):
        weights = add(PHR00T, shelf / "native" / "mega.safetensors", home, shelf / "phr00t")
        assert [name for name in weights.files if name.endswith(".safetensors")] == ["mega.safetensors"]

    def test_the_config_is_found_beside_the_file_or_where_it_was(self, shelf, home, tmp_path):
        file = shutil.copy(shelf / "native" / "pony.safetensors", tmp_path / "pony.safetensors")
        with pytest.raises(EngineError, match=r"--config.*stable-diffusion-xl-base"):
            add(PONY, Path(file), home)
        shutil.copytree(shelf / "pony", tmp_path / "config")
        first = add(PONY, Path(file), home)
        shutil.rmtree(tmp_path / "config")
        assert add(PONY, Path(file), home).files == first.files

    def test_new_weights_take_the_place_of_the_old(self, shelf, home):
        add(PONY, shelf / "native" / "pony.safetensors", home, shelf / "pony")
        weights = add(PONY, shelf / "pony", home)
        assert weights.layout == "diffusers"
        assert not list(weights.folder.glob("*.safetensors"))
        assert [path.name for path in home.iterdir()] == ["pony"]


class TestRefusals:
    @pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin", ".pth", ".pkl"])
    def test_pickles_by_name(self, suffix, shelf, home, tmp_path):
        file = shutil.copy(shelf / "native" / "pony.safetensors", tmp_path / f"pony{suffix}")
        refused(PONY, Path(file), home, shelf, "pickle")

    @pytest.mark.parametrize("protocol", range(2, 6))
    def test_pickles_by_content(self, protocol, shelf, home, tmp_path):
        file = tmp_path / "pony.safetensors"
        file.write_bytes(pickle.dumps({"weights": [1, 2, 3]}, protocol=protocol))
        refused(PONY, file, home, shelf, "pickle")

    @pytest.mark.parametrize("zipped", [True, False])
    def test_torch_checkpoints_by_content(self, zipped, shelf, home, tmp_path):
        file = tmp_path / "pony.safetensors"
        torch.save({"a": torch.zeros(1)}, file, _use_new_zipfile_serialization=zipped)
        refused(PONY, file, home, shelf, "pickle")

    def test_a_safetensors_whose_length_looks_like_a_pickle(self, tmp_path, home, shelf):
        """A header of 0x0280 bytes begins like pickle protocol 2: it is read for what it is."""
        header = json.dumps({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}).ljust(0x0280).encode()
        file = tmp_path / "pony.safetensors"
        file.write_bytes(len(header).to_bytes(8, "little") + header + b"\0")
        refused(PONY, file, home, shelf, "not for Pony")

    @pytest.mark.parametrize("length", [0, 4, 100, -1])
    def test_truncated_files(self, length, shelf, home, tmp_path):
        file = tmp_path / "pony.safetensors"
        file.write_bytes((shelf / "native" / "pony.safetensors").read_bytes()[:length])
        refused(PONY, file, home, shelf, "damaged or incomplete")

    @pytest.mark.parametrize("key", ["scaled_fp8", "model.diffusion_model.blocks.0.self_attn.q.scale_weight"])
    def test_scaled_fp8(self, key, shelf, home, tmp_path):
        tensors = load_file(shelf / "native" / "mega.safetensors")
        file = write({**tensors, key: torch.ones(1)}, tmp_path / "mega.safetensors")
        refused(PHR00T, file, home, shelf, "fp8_scaled")

    @pytest.mark.parametrize(
        ("model", "file", "reason"),
        [
            (PONY, "flux.safetensors", "not for Pony V6 XL"),
            (FLUX, "pony.safetensors", "no FluxTransformer2DModel"),
            (PHR00T, "V3.2/high_noise_model/model.safetensors", "no WanVACETransformer3DModel"),
            (PHR00T, "V3.2", "no WanVACETransformer3DModel"),
            (ANISORA, "flux.safetensors", "no WanTransformer3DModel"),
            (PONY, "nothing.safetensors", "no file or folder"),
            (PONY, "V3.2", "models_t5.pth is a pickle"),
            (PONY, ".", "neither a diffusers folder"),
        ],
    )
    def test_weights_of_another_model(self, model, file, reason, shelf, home):
        refused(model, shelf / "native" / file, home, shelf, reason)

    def test_a_folder_of_another_model(self, shelf, home):
        with pytest.raises(EngineError, match="not for Flux"):
            add(FLUX, shelf / "anisora", home)
        with pytest.raises(EngineError, match="not for Pony"):
            add(PONY, shelf / "native" / "pony.safetensors", home, shelf / "flux")

    def test_a_checkpoint_without_its_text_encoder(self, shelf, home, tmp_path):
        tensors = load_file(shelf / "native" / "pony.safetensors")
        rest = {key: tensor for key, tensor in tensors.items() if not key.startswith("conditioner.embedders.1")}
        refused(PONY, write(rest, tmp_path / "pony.safetensors"), home, shelf, "lacks text_encoder_2")

    def test_a_folder_with_its_weights_as_pickle_only(self, shelf, home, tmp_path):
        source = shutil.copytree(shelf / "pony", tmp_path / "source")
        (source / "unet" / "diffusion_pytorch_model.safetensors").rename(
            source / "unet" / "diffusion_pytorch_model.bin"
        )
        refused(PONY, source, home, shelf, "pickle only")

    def test_a_folder_that_lacks_a_component(self, shelf, home, tmp_path):
        source = shutil.copytree(shelf / "pony", tmp_path / "source")
        shutil.rmtree(source / "tokenizer")
        refused(PONY, source, home, shelf, "lacks the folder tokenizer")

    def test_an_index_that_leads_out_of_its_folder(self, shelf, home, tmp_path):
        source = shutil.copytree(shelf / "pony", tmp_path / "source")
        index = json.loads((source / "model_index.json").read_text())
        (source / "model_index.json").write_text(json.dumps({**index, "../vae": ["diffusers", "AutoencoderKL"]}))
        refused(PONY, source, home, shelf, "'../vae'")

    def test_a_folder_that_lacks_a_shard(self, shelf, home, tmp_path):
        pipe = small.sdxl()
        pipe.save_pretrained(tmp_path / "source", max_shard_size="100KB")
        shards = sorted((tmp_path / "source" / "unet").glob("*.safetensors"))
        assert len(shards) > 1
        shards[1].unlink()
        refused(PONY, tmp_path / "source", home, shelf, shards[1].name)


def refused(model, source: Path, home: Path, shelf: Path, reason: str) -> None:
    """Told in one line, and nothing is left behind."""
    with pytest.raises(EngineError, match=reason) as told:
        add(model, source, home, shelf / model.id)
    assert "\n" not in str(told.value)
    assert find(model, home) is None
    assert not home.exists() or not list(home.iterdir())


class TestHashes:
    def test_verify_tells_changed_missing_and_unlisted_files(self, shelf, home, tmp_path):
        source = shutil.copytree(shelf / "pony", tmp_path / "source")
        weights = add(PONY, source, home)
        manifest = read_manifest(weights.folder)
        assert manifest["source"] == str(source)
        assert set(manifest["files"]) == set(weights.files)
        changed = weights.path / "unet" / "diffusion_pytorch_model.safetensors"
        flip_last_byte(changed)
        (weights.path / "vae" / "config.json").unlink()
        (weights.path / "vae" / "stray.safetensors").write_bytes(b"")
        wrong = {name: condition for name, condition in verify(weights).items() if condition is not Condition.OK}
        assert wrong == {
            "unet/diffusion_pytorch_model.safetensors": Condition.CHANGED,
            "vae/config.json": Condition.MISSING,
            "vae/stray.safetensors": Condition.UNLISTED,
        }

    def test_verify_reads_the_files_even_if_size_and_time_stay(self, shelf, home, tmp_path):
        weights = add(PONY, shutil.copytree(shelf / "pony", tmp_path / "source"), home)
        path = weights.path / "unet" / "diffusion_pytorch_model.safetensors"
        before = path.stat()
        flip_last_byte(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert verify(weights)["unet/diffusion_pytorch_model.safetensors"] is Condition.CHANGED

    def test_hashes_are_taken_once_and_again_after_a_change(self, shelf, home, tmp_path):
        weights = add(PONY, shutil.copytree(shelf / "pony", tmp_path / "source"), home)
        name = "unet/diffusion_pytorch_model.safetensors"
        first = hashes(weights)
        assert set(first) == {name for name in weights.files if name.endswith(".safetensors")}
        assert first[name] == read_manifest(weights.folder)["files"][name]["sha256"]
        path = weights.path / name
        before = path.stat()
        flip_last_byte(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert hashes(weights) == first, "size and time are the same, so nothing was read"
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        assert hashes(weights)[name] != first[name]


def flip_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


class TestFetch:
    @pytest.fixture
    def hub(self, monkeypatch, shelf):
        with hubs.running() as hub:
            monkeypatch.setenv("HF_ENDPOINT", hub.url)
            hub.repos = {
                "studio/pony": shelf / "native",
                "studio/sdxl": shelf / "pony",
                "studio/flux": shelf / "flux",
                "studio/wan": shelf / "anisora",
            }
            yield hub

    def test_a_diffusers_repository(self, hub, home, shelf, tmp_path):
        repo = shutil.copytree(shelf / "flux", tmp_path / "repo")
        for name in ("flux1-dev.safetensors", "transformer/diffusion_pytorch_model.fp16.safetensors", "vae/model.bin"):
            (repo / name).write_bytes(b"large")
        hub.repos["studio/flux"] = repo
        weights = fetch(replace(FLUX, source=Source("studio/flux")), home)
        assert weights.layout == "diffusers"
        assert set(verify(weights).values()) == {Condition.OK}
        assert read_manifest(weights.folder)["source"] == f"{hub.url}/studio/flux@{hubs.COMMIT}"
        assert sorted(hub.served) == sorted(path for path in weights.files)
        assert list((home / ".downloads").iterdir()) == []

    def test_a_single_file_and_its_config(self, hub, home):
        model = replace(PONY, source=Source("studio/pony", "pony.safetensors", "studio/sdxl"))
        weights = fetch(model, home)
        assert weights.layout == "single_file"
        assert [name for name in hub.served if name.endswith(".safetensors")] == ["pony.safetensors"]

    def test_experts_and_the_weights_they_lack(self, hub, home):
        model = replace(ANISORA, source=Source("studio/pony", "V3.2/*", "studio/wan"))
        assert fetch(model, home).layout == "experts"
        assert {name for name in hub.served if not name.endswith((".json", ".txt"))} == {
            "V3.2/high_noise_model/model.safetensors",
            "V3.2/low_noise_model/model.safetensors",
            "text_encoder/model.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
        }

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            (Source("studio/nothing"), "no such repository"),
            (Source("studio/pony"), "no model_index.json"),
            (Source("studio/pony", "other.safetensors", "studio/sdxl"), "no .safetensors file other"),
            (Source("studio/pony", "flux.safetensors", "studio/sdxl"), "not for Pony"),
        ],
    )
    def test_what_is_not_there(self, source, reason, hub, home):
        with pytest.raises(EngineError, match=reason):
            fetch(replace(PONY, source=source), home)
        assert find(PONY, home) is None

    def test_a_licence_to_accept(self, hub, home):
        hub.gated.add("studio/flux")
        with pytest.raises(EngineError, match="accept its licence"):
            fetch(replace(FLUX, source=Source("studio/flux")), home)

    def test_no_hub(self, monkeypatch, home):
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        with pytest.raises(EngineError, match=r"download from http://127\.0\.0\.1:9 failed"):
            fetch(replace(FLUX, source=Source("studio/flux")), home)
