"""Reading a request: defaults, spellings, places of keyframes, seeds of a batch."""

import json

import pytest

from generation.catalogue import Decimal, Integer, models
from generation.catalogue.presets import PRESETS
from generation.request import Faults, Request, parse

PAIRS = [(model, mode) for model in models().values() for mode in model.modes]
PICTURE = "a" * 64


def asked(**values: object) -> Request:
    return parse({"prompt": "a fox dances", **values})


def complete(model, mode, **values: object) -> Request:
    """A request with a picture wherever one is wanted, in which all that was given matters."""
    for given in [model.parameter(name) for name in values]:
        if given is not None and given.only_with:
            values.setdefault(*given.only_with)
    for parameter in model.images_for(mode.id):
        keyframes = [{"frame_index": 0, "image": PICTURE}]
        values.setdefault(parameter.id, keyframes if parameter.kind == "keyframes" else PICTURE)
    return asked(model=model.id, mode=mode.id, **values)


def test_what_is_left_out_takes_its_default_even_the_model():
    request = asked()
    first = next(iter(models().values()))
    assert (request.model, request.mode_id) == (first, first.modes[0].id)
    assert asked(type="video").type == "video"


@pytest.mark.parametrize(("model", "mode"), PAIRS)
def test_json_comes_back_as_the_same_request(model, mode):
    request = complete(model, mode).with_drawn_seed()
    again = parse(json.loads(json.dumps(request.to_json())))
    assert again.to_json() == request.to_json()
    mattering = {p.id for p in model.parameters_for(mode.id) if p.matters(request.values)}
    assert set(request.values) == mattering


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        ("sampler", "euler_a", "Euler a"),
        ("sampler", "DPM++-2M_Karras", "DPM++ 2M Karras"),
        ("output_format", "jpeg", "jpg"),
        ("cfg_scale", "6,5", 6.5),
        ("seed", "", -1),
    ],
)
def test_other_spellings_are_understood(field, typed, meant):
    assert asked(model="pony", **{field: typed})[field] == meant


@pytest.mark.parametrize("typed", ["-512", "512-", "0512", "512.0", "51 2"])
def test_a_number_to_choose_has_one_spelling(typed):
    with pytest.raises(Faults) as refused:
        asked(model="pony", width=typed)
    assert list(refused.value.by_field) == ["width"]


@pytest.mark.parametrize(
    ("frames", "indices", "places"),
    [
        (81, [0, 40, 80], [0, 40, 80]),
        (81, [3, 12, 79], [0, 16, 80]),
        (81, [3, 4, 5], [0, 8, 16]),
        (16, [0, 15], [0, 15]),
        (16, [7, 15], [8, 15]),
        (16, [0, 1, 2], [0, 8, 15]),
        (16, [13, 14, 15], [0, 8, 15]),
        (18, [16, 17], [16, 17]),
    ],
)
def test_keyframes_stand_at_the_nearest_free_place_in_their_order(frames, indices, places):
    keyframes = [{"frame_index": index, "image": PICTURE} for index in reversed(indices)]
    request = asked(model="anisora", mode="arbitrary", num_frames=frames, keyframes=keyframes)
    assert [entry["frame_index"] for entry in request["keyframes"]] == indices
    assert [entry["snapped_index"] for entry in request["keyframes"]] == places


def test_seeds_of_a_batch_count_up_and_wrap_inside_the_range():
    assert asked(seed=2**31 - 2, batch_size=4).seeds == [2**31 - 2, 2**31 - 1, 0, 1]


def test_a_drawn_seed_is_stored_and_differs():
    drawn = {asked().with_drawn_seed()["seed"] for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed < 2**31 for seed in drawn)


@pytest.mark.parametrize(("model", "mode"), PAIRS)
def test_numbers_take_their_ends_and_nothing_beyond(model, mode):
    for parameter in model.parameters_for(mode.id):
        if isinstance(parameter, Integer | Decimal) and parameter.id != "seed":
            for end in (parameter.minimum, parameter.maximum):
                assert complete(model, mode, **{parameter.id: end})[parameter.id] == end
            for beyond in (parameter.minimum - parameter.step, parameter.maximum + parameter.step):
                with pytest.raises(Faults):
                    complete(model, mode, **{parameter.id: beyond})


def test_what_would_be_ignored_is_refused_and_not_recorded():
    assert "quality" not in asked().values
    assert "quality" not in asked(quality="95").values
    assert asked(output_format="jpg")["quality"] == 95
    assert asked(output_format="jpg", quality="70")["quality"] == 70
    for format in ({}, {"output_format": "png"}):
        with pytest.raises(Faults) as refused:
            asked(quality=70, **format)
        assert str(refused.value) == "quality: This is only for jpg: choose that, or leave this at 95."


@pytest.mark.parametrize("model", models().values())
def test_what_parameters_depend_on_is_there(model):
    for parameter in model.parameters:
        if parameter.only_with:
            other, value = parameter.only_with
            assert model.parameter(other).clean(value) == value
            assert model.parameter(other).modes == parameter.modes


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
@pytest.mark.parametrize(("model", "mode"), PAIRS)
def test_presets_keep_to_the_ranges(preset, model, mode):
    filled = preset.apply(model, mode.id, {"prompt": "a fox dances"}, last_seed=7)
    request = complete(model, mode, **filled)
    assert request["seed"] == (7 if preset.fixes_seed else -1)
