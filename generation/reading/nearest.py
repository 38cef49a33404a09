"""The model and the sampler of ours that come nearest to what another tool calls theirs. Pure.

Names are compared word by word with what the catalogue says; nothing is listed here a second time.
"""

import re

from ..catalogue import Choice, Invalid, Model, models
from ..catalogue.faults import gettext_noop as _
from .found import normal

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]")
_FILE_ENDING = re.compile(r"\.(safetensors|ckpt|gguf|pt|sft)$", re.IGNORECASE)
_KARRAS = ("karras", "k")
_OF_VIDEOS = {"num_frames", "fps"}
_NO_MATTER = {"gpu"}
_LEGACY_PREFIX = "k"


def nearest_model(name: str, ids: set[str], type: str | None = None) -> tuple[Model, bool]:
    """The model that is called so, or shares most with the name, or takes most of the parameters `ids`; and whether it
    is the very one. None but of this type, where one is given; else the parameters tell.
    """
    offered = [model for model in models().values() if type in (None, model.type)]
    called = _called(name)
    for model in offered:
        if called and called in {normal(model.id), _called(model.name), _called(model.source.file)}:
            return model, True
    type = type or ("video" if ids & _OF_VIDEOS else "image")
    words = _words(name)

    def likeness(model: Model) -> tuple[bool, int, int]:
        shared = sum(map(len, words & _vocabulary(model)))
        return model.type == type, shared, sum(parameter.id in ids for parameter in model.parameters)

    return max(offered, key=likeness), False


def nearest_sampler(parameter: Choice, name: str, schedule: str) -> tuple[str | int, bool]:
    """The sampler of this algorithm, and whether its noise schedule is the one asked for. Raises Invalid."""
    algorithm, karras = _sampler(name)
    karras = karras or normal(schedule) in _KARRAS
    found = [(option.value, _sampler(option.label)) for option in parameter.options]
    same = [(value, theirs[1] == karras) for value, theirs in found if theirs[0] == algorithm]
    if not same:
        raise Invalid("no_such_sampler", _("This model has no such sampler."))
    return max(same, key=lambda match: match[1])


def _called(name: str) -> str:
    """The name of a file without its folder and ending, or a plain name."""
    return normal(_FILE_ENDING.sub("", re.split(r"[/\\]", name)[-1]).replace(",", ""))


def _words(name: str) -> set[str]:
    """PonyDiffusion_V6XL-1 → pony, diffusion, xl: numbers and single letters tell nothing apart."""
    return {word.casefold() for word in _WORD.findall(_FILE_ENDING.sub("", name)) if len(word) > 1}


def _vocabulary(model: Model) -> set[str]:
    source = model.source
    names = (model.id, model.name, model.family, source.repo, source.file, source.config_repo)
    return set().union(*map(_words, names))


def _sampler(name: str) -> tuple[str, bool]:
    """The algorithm as one spelling for all tools, and whether the name asks for Karras' schedule.

    DPM++ 2M Karras, dpmpp_2m_k → (dpmpp 2m, True); euler_ancestral, k_euler_a → (euler a, False).
    """
    words = [
        "a" if word == "ancestral" else word
        for word in normal(name.replace("++", "pp")).split()
        if word not in _NO_MATTER
    ]
    if len(words) > 1 and words[0] == _LEGACY_PREFIX:
        words = words[1:]
    if len(words) > 1 and words[-1] in _KARRAS:
        return " ".join(words[:-1]), True
    return " ".join(words), False
