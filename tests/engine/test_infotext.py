from generation.engine.infotext import infotext
from generation.request import parse

ASKED = {"model": "pony", "mode": "text2image", "prompt": "a fox,\nin the rain", "seed": 7, "width": 512, "height": 768}


def test_the_community_form():
    assert infotext(parse({**ASKED, "negative_prompt": "blurred"})) == (
        "a fox,\nin the rain\n"
        "Negative prompt: blurred\n"
        "Steps: 30, Sampler: Euler a, CFG scale: 6, Seed: 7, Size: 512x768, Model: Pony V6 XL, Clip skip: 2"
    )


def test_without_a_negative_prompt_there_is_no_line_for_it():
    assert "Negative" not in infotext(parse(ASKED))


def test_loras_stand_behind_the_prompt():
    asked = {**ASKED, "loras": [{"name": "ink wash", "weight": 0.8}, {"name": "fog", "weight": 1}]}
    assert infotext(parse(asked)).startswith("a fox,\nin the rain <lora:ink wash:0.8> <lora:fog:1>\nSteps: 30")
    assert infotext(parse(asked)).splitlines()[2:] == infotext(parse(ASKED)).splitlines()[2:]


def test_every_parameter_of_a_video_is_there_but_pictures():
    asked = {"model": "anisora", "mode": "image2video", "prompt": "a fox", "seed": 7, "reference_image": "a" * 64}
    settings = infotext(parse(asked)).splitlines()[-1]
    assert settings.startswith("Steps: 8, Guidance scale: 1, Seed: 7, Size: 512x512, Model: AniSora V3.2, ")
    assert "Frames: 81" in settings
    assert "Motion score: 3" in settings
    assert "aaa" not in settings
