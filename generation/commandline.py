"""A request from command-line words, checked exactly as the form checks it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import loras
from .catalogue import Image, Invalid, models
from .catalogue.faults import gettext_noop as _
from .request import Faults, Request, parse
from .uploads import Picture, read_picture


@dataclass
class Asked:
    """What the words say: raw values for `parse`, and the pictures they name by their hashes."""

    data: dict[str, Any]
    pictures: dict[str, Picture] = field(default_factory=dict)
    faults: dict[str, Invalid] = field(default_factory=dict)

    def request(self) -> Request:
        """Raises Faults with all that is wrong, files included."""
        try:
            request = parse(self.data)
        except Faults as faults:
            raise Faults(faults.by_field | self.faults) from None
        if wrong := self.faults | loras.faults(request):
            raise Faults(wrong)
        return request

    def add(self, name: str, value: Any) -> None:
        if name in self.data:
            self.faults[name] = Invalid("repeated", _("%(field)s was given twice."), field=name)
        self.data[name] = value

    def add_picture(self, field_name: str, path: Path) -> str:
        """The hash of the picture at `path`; what is wrong with it is kept as the field's fault."""
        try:
            with path.open("rb") as file:
                picture = read_picture(file)
        except OSError as error:
            self.faults[field_name] = Invalid(
                "unreadable", _("Cannot read %(path)s: %(reason)s."), path=str(path), reason=error.strerror
            )
            return ""
        except Invalid as fault:
            self.faults[field_name] = fault
            return ""
        self.pictures[picture.sha256] = picture
        return picture.sha256


def asked(
    chosen: Mapping[str, str | None],
    settings: Iterable[str],
    images: Iterable[str],
    keyframes: Iterable[str],
    wanted_loras: Iterable[str] = (),
) -> Asked:
    """`chosen` holds model, mode and prompt; `settings` are `id=value`, `images` `name=path`, `keyframes` `index=path`.

    An image's name is its parameter's id or the id's first word: `reference=cat.png`. `wanted_loras` are `name=weight`,
    or a name by itself.
    """
    result = Asked({})
    for name, value in chosen.items():
        if value is not None:
            result.add(name, value)
    for words in settings:
        result.add(*_pair(words))
    for words in images:
        name, path = _pair(words)
        parameter_id = _image_names().get(name, name)
        result.add(parameter_id, result.add_picture(parameter_id, Path(path)))
    frames = [_pair(words) for words in keyframes]
    if frames:
        entries = [
            {"frame_index": index, "image": result.add_picture("keyframes", Path(path))} for index, path in frames
        ]
        result.add("keyframes", entries)
    pairs = [words.partition("=") for words in wanted_loras]
    if pairs:
        result.add("loras", [{"name": name, "weight": weight} for name, _equals, weight in pairs])
    return result


def _pair(words: str) -> tuple[str, str]:
    name, equals, value = words.partition("=")
    if not equals:
        raise Faults({name: Invalid("no_value", _("Write it as %(name)s=value."), name=name)})
    return name.strip(), value


def _image_names() -> dict[str, str]:
    parameters = (parameter for model in models().values() for parameter in model.parameters)
    return {parameter.id.partition("_")[0]: parameter.id for parameter in parameters if isinstance(parameter, Image)}
