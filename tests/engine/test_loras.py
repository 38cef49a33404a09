"""LoRAs on real pipelines: what lies in the folder, what it does, and that nothing of it stays behind."""

import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.catalogue import get_model
from generation.engine import adapters, demo
from generation.engine.api import LoraMissing, LoraUnfit, Stopped
from generation.engine.engine import Engine
from generation.engine.loras import WHOLE, available, find, folder
from generation.engine.options import Options
from generation.request import parse
from tests.engine import loras, wan

FIRST_MODES = {"pony": "text2image", "flux": "text2image", "anisora": "text2video", "phr00t": "text2video"}
SMALL = {"image": {"steps": 10}, "video": {"num_frames": 17}}
INK = [{"name": "ink", "weight": 0.5}]


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory) -> Path:
    """Each model has `ink`, for all that it can change, and `fog`, for what draws alone."""
    place = tmp_path_factory.mktemp("models")
    for model_id in FIRST_MODES:
        model = get_model(model_id)
        pipe = demo.draw(model)
        network = loras.DRAWS[model.family]
        texts = [name for name in pipe._lora_loadable_modules if name.startswith("text_encoder")]
        loras.save(pipe, folder(model, place) / "ink.safetensors", network, *texts)
        loras.save(pipe, folder(model, place) / "fog.safetensors", network, seed=1)
    return place


@pytest.fixture(scope="module")
def warm(models_dir, demo_dir) -> Engine:
    return Engine(models_dir, demo_dir, Options(device="cpu"))


@pytest.fixture
def draw(warm, tmp_path):
    """The result of a small request; the hash of its pixels is what tests compare."""

    def draw(model_id: str, engine: Engine = warm, should_stop=lambda: False, **values):
        model = get_model(model_id)
        asked = {"model": model_id, "mode": FIRST_MODES[model_id], "prompt": "a fox in the snow", "seed": 7}
        request = parse(asked | SMALL[model.type] | values).replacing(width=128, height=128)
        (result,) = engine.run(
            request,
            picture=wan.PICTURES.__getitem__,
            out_dir=tmp_path,
            on_progress=lambda progress: None,
            should_stop=should_stop,
        )
        return result

    return draw


def pipeline(engine: Engine, model_id: str):
    return engine._residency.get(engine._weights(get_model(model_id)))


def modules(pipe) -> dict[str, int]:
    """Every module of a pipeline by its name, and which object it is."""
    parts = {name: part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)}
    return {f"{part}.{name}": id(module) for part in parts for name, module in parts[part].named_modules()}


class TestFolder:
    def touch(self, models_dir: Path, *names: str) -> None:
        for name in names:
            path = models_dir / "loras" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def test_a_lora_is_called_as_its_file_wherever_it_lies(self, tmp_path):
        self.touch(tmp_path, "pony/ink.safetensors", "pony/styles/Fog v1.2.safetensors", "pony/styles/ink.safetensors")
        assert available(tmp_path) == {"pony": ["Fog v1.2", "ink"], "flux": [], "anisora": [], "phr00t": []}
        assert find(get_model("pony"), tmp_path)["ink"].files == {WHOLE: tmp_path / "loras/pony/ink.safetensors"}

    @pytest.mark.parametrize(
        "name", [".ink.safetensors", ".cache/ink.safetensors", "a:b.safetensors", "ink.pt", "<ink>.safetensors"]
    )
    def test_what_cannot_be_asked_for_is_passed_over(self, tmp_path, name):
        self.touch(tmp_path, f"pony/{name}")
        assert available(tmp_path)["pony"] == []

    @pytest.mark.parametrize(
        ("high", "low"),
        [
            ("ink.high", "ink.low"),
            ("ink_high_noise", "ink_low_noise"),
            ("ink-HighNoise", "ink-LowNoise"),
            ("high noise ink", "low noise ink"),
        ],
    )
    def test_two_halves_are_one(self, tmp_path, high, low):
        self.touch(tmp_path, f"anisora/{high}.safetensors", f"anisora/{low}.safetensors")
        (lora,) = find(get_model("anisora"), tmp_path).values()
        assert lora.name == "ink"
        assert {name: path.stem for name, path in lora.files.items()} == {"transformer": high, "transformer_2": low}

    @pytest.mark.parametrize("name", ["slow", "low poly", "high_noises"])
    def test_other_words_are_part_of_the_name(self, tmp_path, name):
        self.touch(tmp_path, f"anisora/{name}.safetensors")
        assert available(tmp_path)["anisora"] == [name]

    def test_one_expert_alone_has_no_halves(self, tmp_path):
        self.touch(tmp_path, "pony/ink.high.safetensors")
        assert available(tmp_path)["pony"] == ["ink.high"]


@pytest.mark.parametrize("model_id", FIRST_MODES)
def test_it_changes_the_picture_and_leaves_no_trace(model_id, warm, draw):
    before = draw(model_id).pixel_sha256
    untouched = modules(pipeline(warm, model_id))
    worn = [draw(model_id, loras=each).pixel_sha256 for each in (INK, [{"name": "ink", "weight": 1}])]
    assert len({before, *worn}) == 3
    assert draw(model_id, loras=[{"name": "ink", "weight": 0}]).pixel_sha256 == before
    assert modules(pipeline(warm, model_id)) == untouched
    draw(model_id, loras=INK)
    assert draw(model_id).pixel_sha256 == before
    assert modules(pipeline(warm, model_id)) == untouched


@pytest.mark.parametrize("model_id", FIRST_MODES)
def test_several_act_together_and_beside_a_negative_prompt(model_id, draw):
    guidance = {"cfg_scale": 1} if model_id == "pony" else {}  # where a negative prompt acts by attention
    both = [*INK, {"name": "fog", "weight": 1}]
    made = {
        str(asked): draw(model_id, **guidance, **asked).pixel_sha256
        for asked in ({"loras": both}, {"loras": INK}, {"loras": both[1:]}, {"loras": both, "negative_prompt": "blur"})
    }
    assert len(set(made.values())) == 4
    again = draw(model_id, **guidance, loras=both, negative_prompt="blur").pixel_sha256
    assert again == list(made.values())[-1]


def test_history_does_not_matter(warm, draw, models_dir, demo_dir):
    """Another weight loads nothing anew, and the same request makes the same bits in a fresh engine."""
    first = draw("pony", loras=INK).pixel_sha256
    dressed = modules(pipeline(warm, "pony"))
    draw("pony", loras=[{"name": "ink", "weight": 2}])
    assert modules(pipeline(warm, "pony")) == dressed
    draw("pony", loras=[{"name": "fog", "weight": 1}])
    assert draw("pony", loras=INK).pixel_sha256 == first
    assert draw("pony", Engine(models_dir, demo_dir, Options(device="cpu")), loras=INK).pixel_sha256 == first
    assert {len(names) for names in pipeline(warm, "pony").get_list_adapters().values()} == {1}


def test_a_run_that_is_stopped_leaves_no_trace_either(draw):
    before = draw("flux").pixel_sha256
    asked = iter([False] * 6 + [True] * 10)
    with pytest.raises(Stopped):
        draw("flux", should_stop=lambda: next(asked), loras=INK)
    assert draw("flux").pixel_sha256 == before


@pytest.mark.parametrize("model_id", ["pony", "flux"])
def test_texts_are_encoded_anew_for_one_that_changes_their_encoder_alone(model_id, warm, draw):
    calls = []
    pipe = pipeline(warm, model_id)
    hook = pipe.text_encoder.register_forward_hook(lambda *_: calls.append(1))
    encoded = []
    try:
        for asked in ([], [{"name": "fog", "weight": 1}], INK, [{"name": "ink", "weight": 1}], INK, []):
            calls.clear()
            draw(model_id, prompt="a robot waters a garden", loras=asked)
            encoded.append(bool(calls))
    finally:
        hook.remove()
    assert encoded == [True, False, True, True, False, False]


def test_the_receipt_names_what_acted_and_its_files_are_read_once(draw, models_dir, monkeypatch):
    asked = [*INK, {"name": "fog", "weight": 0}]
    (entry,) = draw("pony", loras=asked).receipt["loras"]
    assert (entry["name"], entry["weight"], list(entry["sha256"])) == ("ink", 0.5, ["ink.safetensors"])
    monkeypatch.setattr("generation.engine.weights._sha256", lambda path: pytest.fail(f"{path} is read again"))
    assert draw("pony", loras=asked).receipt["loras"] == [entry]


def test_half_a_lora_is_for_its_expert_alone(warm, draw, models_dir):
    """Also where the very same file is renamed from one half into the other."""
    shelf = folder(get_model("anisora"), models_dir)
    path = loras.save(demo.draw(get_model("anisora")), shelf / "half.high.safetensors", "transformer", seed=2)
    try:
        for expert, name in [("transformer", "half.high"), ("transformer_2", "half.low")]:
            path = path.rename(shelf / f"{name}.safetensors")
            draw("anisora", loras=[{"name": "half", "weight": 1}])
            assert list(pipeline(warm, "anisora").get_list_adapters()) == [expert]
    finally:
        path.unlink()


class TestOtherTools:
    """The same numbers under the names of other tools act as they do under those of diffusers."""

    def acts_alike(self, draw, models_dir, model_id, tensors):
        path = folder(get_model(model_id), models_dir) / "other.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
        try:
            theirs, ours = (draw(model_id, loras=[{"name": name, "weight": 0.5}]) for name in ("other", "fog"))
            assert theirs.pixel_sha256 == ours.pixel_sha256
        finally:
            path.unlink()

    def given(self, models_dir, model_id):
        return load_file(folder(get_model(model_id), models_dir) / "fog.safetensors")

    def test_kohya_for_sdxl(self, draw, models_dir):
        tensors = {}
        for name, tensor in self.given(models_dir, "pony").items():
            layer, _, half = name.removeprefix("unet.").partition(".lora_")
            layer = "lora_unet_" + layer.replace(".", "_")
            tensors[f"{layer}.lora_{'down' if half.startswith('A') else 'up'}.weight"] = tensor
            tensors[f"{layer}.alpha"] = torch.tensor(float(loras.ALPHA))
        self.acts_alike(draw, models_dir, "pony", tensors)

    def test_comfyui_for_wan(self, draw, models_dir):
        names = {"attn1": "self_attn", "attn2": "cross_attn", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "o"}
        tensors = {}
        for name, tensor in self.given(models_dir, "anisora").items():
            name = name.removeprefix("transformer.")
            for ours, theirs in names.items():
                name = name.replace(f".{ours}.", f".{theirs}.")
            scale = loras.ALPHA / loras.RANK if "lora_B" in name else 1
            tensors[f"diffusion_model.{name}"] = tensor * scale
        self.acts_alike(draw, models_dir, "anisora", tensors)


class TestUnfit:
    """A file that is not for the model is refused by name, and the pipeline is as it was."""

    @pytest.fixture
    def refused(self, warm, draw, models_dir):
        def refused(model_id: str, write, name: str = "wrong.safetensors") -> str:
            path = folder(get_model(model_id), models_dir) / name
            write(path)
            lora = name.split(".")[0]
            try:
                before = draw(model_id).pixel_sha256
                untouched = modules(pipeline(warm, model_id))
                with pytest.raises(LoraUnfit) as refusal:
                    draw(model_id, loras=[*INK, {"name": lora, "weight": 1}])
                assert str(refusal.value) == f"{adapters.UNFIT}\n{lora}"
                assert modules(pipeline(warm, model_id)) == untouched
                assert draw(model_id).pixel_sha256 == before
                return str(refusal.value.__cause__)
            finally:
                path.unlink()

        return refused

    @pytest.mark.parametrize("model_id", FIRST_MODES)
    def test_of_other_shapes(self, refused, models_dir, model_id):
        tensors = load_file(folder(get_model(model_id), models_dir) / "fog.safetensors")
        last = [name for name in tensors if "lora_A" in name][-1]
        tensors[last] = torch.cat([tensors[last]] * 2, dim=1)
        assert "another shape" in refused(model_id, lambda path: save_file(tensors, path))

    @pytest.mark.parametrize(("model_id", "other"), [("pony", "flux"), ("flux", "anisora"), ("anisora", "pony")])
    def test_of_another_model(self, refused, models_dir, model_id, other):
        theirs = folder(get_model(other), models_dir) / "fog.safetensors"
        refused(model_id, lambda path: os.link(theirs, path))

    def test_damaged(self, refused):
        assert "damaged" in refused("pony", lambda path: path.write_bytes(b"\x40" + bytes(80)))

    def test_a_pickle(self, refused):
        assert "pickle" in refused("pony", lambda path: path.write_bytes(b"PK\x03\x04" + bytes(80)))

    def test_half_for_a_model_of_one_expert(self, refused, models_dir):
        theirs = folder(get_model("phr00t"), models_dir) / "fog.safetensors"
        assert "two experts" in refused("phr00t", lambda path: os.link(theirs, path), "wrong.low.safetensors")

    def test_without_its_other_half(self, refused, models_dir):
        tensors = load_file(folder(get_model("pony"), models_dir) / "fog.safetensors")
        del tensors[next(name for name in tensors if "lora_B" in name)]
        assert "incomplete" in refused("pony", lambda path: save_file(tensors, path))

    def test_one_that_scales_by_magnitude_under_other_names(self, refused, models_dir):
        tensors = load_file(folder(get_model("pony"), models_dir) / "fog.safetensors")
        assert "DoRA" in refused("pony", lambda path: save_file({**tensors, "x.dora_scale": torch.ones(1)}, path))


def test_a_few_layers_that_the_model_lacks_do_not_matter_and_are_logged(draw, models_dir, caplog):
    shelf = folder(get_model("anisora"), models_dir)
    tensors = load_file(shelf / "fog.safetensors")
    extra = {f"transformer.blocks.9.attn1.to_q.lora_{half}.weight": torch.ones(4, 4) for half in "AB"}
    save_file({**tensors, **extra}, shelf / "more.safetensors", _metadata_of(shelf / "fog.safetensors"))
    try:
        more, fog = (draw("anisora", loras=[{"name": name, "weight": 0.5}]) for name in ("more", "fog"))
    finally:
        (shelf / "more.safetensors").unlink()
    assert more.pixel_sha256 == fog.pixel_sha256
    assert "1 of its" in caplog.text


def test_one_that_is_gone_is_named(draw):
    with pytest.raises(LoraMissing) as refusal:
        draw("pony", loras=[{"name": "sepia", "weight": 1}, *INK, {"name": "rust", "weight": 0.5}])
    assert str(refusal.value) == f"{adapters.MISSING}\nsepia, rust"


def _metadata_of(path: Path) -> dict[str, str]:

    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())
