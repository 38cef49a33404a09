"""Which tool wrote the texts of a file, and what they say. Pure: texts in, `Found` out."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sd_parsers.exceptions import ParserError
from sd_parsers.parsers import InvokeAIParser

from . import comfyui, infotext
from .found import OURS, Found, Unreadable

_INVOKEAI_NOW = "invokeai_metadata"
_INVOKEAI_BEFORE = ("sd-metadata", "Dream")
_MAX_INVOKEAI = 200_000
"""Characters; people's have thousands."""


def understand(texts: Mapping[str, str]) -> Found | None:
    """What the texts say, by the first tool that is known; None where none is. Raises Unreadable where that fails."""
    return next((found for read in _READERS if (found := read(texts))), None)


def _ours(texts: Mapping[str, str]) -> Found | None:
    asked = _json_object(texts.get("mediagen", ""))
    return Found(OURS, asked) if asked else None


def _infotext(texts: Mapping[str, str]) -> Found | None:
    return infotext.read(texts["parameters"]) if "parameters" in texts else None


def _comfyui(texts: Mapping[str, str]) -> Found | None:
    """Its images and videos have the graph as `prompt`; one popular node writes it into a video's comment."""
    graph = texts.get("prompt")
    if graph is None:
        graph = _json_object(texts.get("parameters", "")).get("prompt")
    if graph is None:
        return None
    return comfyui.read(graph if isinstance(graph, str) else json.dumps(graph))


def _invokeai(texts: Mapping[str, str]) -> Found | None:
    """By sd-parsers; where it would lose something, the texts are first made what it expects."""
    if _INVOKEAI_NOW in texts:
        given = {_INVOKEAI_NOW: _expected(texts[_INVOKEAI_NOW])}
    else:
        # Runs of spaces would cost its pattern a square of their length.
        given = {name: " ".join(texts[name].split()) for name in _INVOKEAI_BEFORE if name in texts}
    if not given:
        return None
    if sum(map(len, given.values())) > _MAX_INVOKEAI:
        raise Unreadable
    try:
        info = InvokeAIParser().parse(given)
        settings = {**info.metadata, **info.samplers[0].parameters, "sampler": info.samplers[0].name}
    except (ParserError, TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise Unreadable from error
    settings |= {"prompt": info.full_prompt, "negative prompt": info.full_negative_prompt}
    for model in info.models:
        settings["model"] = str(model)
    if isinstance(skipped := settings.get("clip_skip"), int):
        settings["clip_skip"] = skipped + 1  # it counts the layers left out
    worn = settings.get("loras") or []
    settings["loras"] = [_lora(each) for each in worn] if isinstance(worn, list) else worn
    return Found("InvokeAI", settings)


def _lora(worn: Any) -> Any:
    """Name and weight of a LoRA; before version 4 it stood under `lora`, with its name elsewhere too."""
    model = worn.get("model", worn.get("lora")) if isinstance(worn, dict) else None
    if not isinstance(model, dict):
        return worn
    return {"name": model.get("name", model.get("model_name")), "weight": worn.get("weight", 1)}


def _expected(text: str) -> str:
    """InvokeAI's metadata with the model's name where it stood before version 4, and a scheduler in any case."""
    metadata = _json_object(text)
    if not metadata:
        raise Unreadable
    model = metadata.get("model")
    if isinstance(model, dict) and "model_name" not in model and "name" in model:
        metadata["model"] = {**model, "model_name": model["name"]}
    return json.dumps({"scheduler": "", **metadata})


def _json_object(text: str) -> dict[str, Any]:
    """The object in the text; an empty one where there is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


_READERS: tuple[Callable[[Mapping[str, str]], Found | None], ...] = (_ours, _infotext, _invokeai, _comfyui)
