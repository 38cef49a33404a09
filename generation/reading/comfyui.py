"""A ComfyUI graph, made plain for sd-parsers.

What that library lacks is mended in the graph itself: links come from the graph that ran, not from the drawing beside
it (which API users do not have and newer versions write in another shape); numbers and texts that come from nodes of
their own stand where they are used; the custom samplers become one ordinary sampler node; of the two texts of SDXL and
Flux nodes one is read, and the other is listed.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import PureWindowsPath
from typing import Any

from sd_parsers.data import Sampler
from sd_parsers.exceptions import ParserError
from sd_parsers.parsers import ComfyUIParser

from .found import Found, Unreadable

MAX_NODES, MAX_LINKS, MAX_SAMPLERS = 500, 3000, 16
"""More than people draw; the search for prompts takes time by their product."""
TOOL = "ComfyUI"

_Node = dict[str, Any]
_Graph = dict[str, _Node]
_PARTS_OF_A_SAMPLER = ("guider", "sampler", "sigmas", "noise")
_CALLED_OTHERWISE = {
    "noise_seed": "seed",
    "conditioning": "positive",
    "text_g": "text",
    "t5xxl": "text",
    "unet_name": "ckpt_name",
}
_VALUES = ("value", "string", "text", "int", "float", "seed")
_WEIGHTS = ("strength_model", "lora_model_strength")
_ELSEWHERE = ("guidance", "stop_at_clip_layer", "length", "fps", "frame_rate")


def read(prompt: str) -> Found:
    """What the graph in `prompt` (ComfyUI's API format) says. Raises Unreadable."""
    graph = _graph(prompt)
    _join_custom_samplers(graph)
    _put_literals_in_place(graph)
    _keep_prompts_apart(graph)
    links = list(_links(graph))
    if len(links) > MAX_LINKS or sum("cfg" in node["inputs"] for node in graph.values()) > MAX_SAMPLERS:
        raise Unreadable
    try:
        samplers = ComfyUIParser().parse({"prompt": graph, "workflow": {"links": links}}).samplers
    except (ParserError, TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise Unreadable from error
    if not samplers:
        raise Unreadable
    # Of several passes, the one that starts from noise made the picture.
    sampler = next((each for each in samplers if each.parameters.get("denoise", 1) == 1), samplers[0])
    settings, used = _settings(sampler, graph)
    return Found(TOOL, settings, _unused(graph, used))


def _graph(prompt: str) -> _Graph:
    try:
        raw = json.loads(prompt)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(raw, dict) or len(raw) > MAX_NODES:
        raise Unreadable
    return {
        name: {
            "class_type": str(node["class_type"]),
            "inputs": {_CALLED_OTHERWISE.get(key, key): value for key, value in node["inputs"].items()},
        }
        for name, node in raw.items()
        if isinstance(node, Mapping) and "class_type" in node and isinstance(node.get("inputs"), Mapping)
    }


def _put_literals_in_place(graph: _Graph) -> None:
    """Instead of links to nodes that only hold one number or text."""
    literals = {}
    for id, node in graph.items():
        held = list(node["inputs"].items())
        if len(held) == 1 and held[0][0] in _VALUES and not _is_link(held[0][1]):
            literals[id] = held[0][1]
    for node in graph.values():
        for key, value in node["inputs"].items():
            if _is_link(value) and value[0] in literals:
                node["inputs"][key] = literals[value[0]]
    for id in literals:
        del graph[id]


def _join_custom_samplers(graph: _Graph) -> None:
    joined = set()
    for node in graph.values():
        inputs = node["inputs"]
        for part in _PARTS_OF_A_SAMPLER:
            source = inputs.get(part)
            if _is_link(source) and source[0] in graph:
                inputs |= {**graph[source[0]]["inputs"], **inputs}
                joined.add(source[0])
        if "sampler_name" in inputs and "steps" in inputs:
            inputs.setdefault("cfg", None)  # sd-parsers knows a sampler by it
    for id in joined:
        del graph[id]


def _keep_prompts_apart(graph: _Graph) -> None:
    """Nodes that take and give both prompts would mix them: links lead past such nodes."""
    for node in graph.values():
        for kind in ("positive", "negative"):
            passed = set()
            while _is_link(link := node["inputs"].get(kind)) and link[0] in graph and link[0] not in passed:
                passed.add(link[0])
                if not _is_link(further := graph[link[0]]["inputs"].get(kind)):
                    break
                node["inputs"][kind] = further


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _links(graph: _Graph) -> Iterator[tuple[int, str, int, str, int, str]]:
    """As a drawing has them; the kind of a link is told by the name of the input it goes to."""
    for name, node in graph.items():
        for key, value in node["inputs"].items():
            if _is_link(value):
                yield (0, value[0], 0, name, 0, key.upper())


def _settings(sampler: Sampler, graph: _Graph) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """The settings, and which inputs of which nodes said them."""
    settings: dict[str, Any] = {"sampler": sampler.name, **sampler.parameters}
    used = {(str(sampler.sampler_id), key) for key in graph[str(sampler.sampler_id)]["inputs"]}
    for name, prompts in (("prompt", sampler.prompts), ("negative prompt", sampler.negative_prompts)):
        settings[name] = ", ".join(dict.fromkeys(prompt.value for prompt in prompts))
        used |= {(str(prompt.prompt_id), key) for prompt in prompts for key in ("text", "positive", "negative")}
    if sampler.model is not None:
        settings["model"] = sampler.model.name
        used |= {(str(sampler.model.model_id), key) for key in ("ckpt_name", "model")}
    worn = list(_loras(str(sampler.sampler_id), graph))
    settings["loras"] = [lora for _id, lora in reversed(worn)]
    used |= {(id, key) for id, _lora in worn for key in ("lora_name", *_WEIGHTS)}
    for id, key, value in _beside(graph):
        if key not in settings:
            settings[key] = value
            used.add((id, key))
    return settings, used


def _loras(sampler: str, graph: _Graph) -> Iterator[tuple[str, dict[str, Any]]]:
    """The LoRAs on the way from the sampler back to its model, with the ids of their nodes."""
    link, passed = graph[sampler]["inputs"].get("model"), set()
    while _is_link(link) and link[0] in graph and link[0] not in passed:
        passed.add(link[0])
        inputs = graph[link[0]]["inputs"]
        if isinstance(file := inputs.get("lora_name"), str) and file != "None":
            name = PureWindowsPath(file).name.removesuffix(".safetensors")
            yield link[0], {"name": name, "weight": next((inputs[key] for key in _WEIGHTS if key in inputs), 1)}
        link = inputs.get("model")


def _beside(graph: _Graph) -> Iterator[tuple[str, str, Any]]:
    """What stands in other nodes than the sampler: the size of the latents, the video, the guidance, CLIP skip."""
    for id, node in graph.items():
        inputs = node["inputs"]
        draws = "latent" in node["class_type"].casefold() or "length" in inputs
        if draws and isinstance(inputs.get("width"), int) and isinstance(inputs.get("height"), int):
            yield from ((id, key, inputs[key]) for key in ("width", "height"))
        yield from ((id, key, inputs[key]) for key in _ELSEWHERE if isinstance(inputs.get(key), int | float))


def _unused(graph: _Graph, used: set[tuple[str, str]]) -> dict[str, str]:
    others: dict[str, str] = {}
    for id, node in graph.items():
        rest = [
            f"{key}: {value}"
            for key, value in node["inputs"].items()
            if not _is_link(value) and (id, key) not in used and value not in ("", None)
        ]
        if rest:
            others[f"{node['class_type']} ({id})"] = ", ".join(rest)
    return others
