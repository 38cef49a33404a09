"""A request as the community writes it under a picture: prompt with LoRAs, negative prompt, and one line of settings.

Other tools read it back from the file (AUTOMATIC1111's "PNG info", sd-parsers, galleries).
"""

import json
from collections.abc import Iterator
from typing import Any

from generation.catalogue import Image, Keyframes, Loras, Text
from generation.request import Request

_FIRST = ("steps", "sampler", "cfg_scale", "guidance_scale", "seed")
_SIZE = ("width", "height")
_OF_THE_FILE = ("batch_size", "output_format", "quality")
_COMMUNITY_NAMES = {"clip_skip": "Clip skip"}


def infotext(request: Request) -> str:
    """The text for the variant that `request` makes by itself."""
    loras = (f"<lora:{entry['name']}:{entry['weight']:g}>" for entry in request["loras"])
    lines = [" ".join([request["prompt"], *loras])]
    if request["negative_prompt"]:
        lines.append(f"Negative prompt: {request['negative_prompt']}")
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in _settings(request)))
    return "\n".join(lines)


def _settings(request: Request) -> Iterator[tuple[str, Any]]:
    parameters = {
        parameter.id: parameter
        for parameter in request.model.parameters_for(request.mode_id)
        if not isinstance(parameter, Text | Image | Keyframes | Loras) and parameter.id not in _OF_THE_FILE
    }
    names = {id: _COMMUNITY_NAMES.get(id, parameter.label) for id, parameter in parameters.items()}
    for id in _FIRST:
        if id in names:
            yield names[id], request[id]
    yield "Size", "x".join(str(request[id]) for id in _SIZE)
    yield "Model", request.model.name.replace(",", "")
    for id, name in names.items():
        if id not in (*_FIRST, *_SIZE):
            yield name, request[id]


def _quoted(value: Any) -> str:
    """A value with a separator in it stands in quotes, as JSON; 6.0 is written 6."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(',:\n"') else text
