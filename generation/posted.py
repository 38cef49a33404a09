"""What a submitted studio form carries, sorted by what its names mean."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from .catalogue import Image, models

KEPT = "kept-"
STORED = "_stored"
OUTPUT = "_output"
KEYFRAMES = "keyframes"
LORAS = "loras"
EXPLORE = "explore-"
TEMPLATE_ROWS = (f"{KEYFRAMES}-__prefix__-", f"{LORAS}-__prefix__-")
"""The rows that a script copies to add one; they are no rows themselves."""
TAKEN_OVER = ("seed_of", "prompt_of", "reference", "as", "frame")
"""What a form is to take over from outputs."""
ABOUT_THE_FORM = frozenset(
    {"csrfmiddlewaretoken", "shown_model", "shown_mode", "remix", "preset", "reset", *TAKEN_OVER}
)
_CELL = re.compile(rf"{KEYFRAMES}-(\d{{1,4}})-(frame_index|image|image{STORED}|image{OUTPUT})", re.ASCII)
_LORA_CELL = re.compile(rf"{LORAS}-(\d{{1,4}})-(name|weight)", re.ASCII)
_MANAGEMENT = re.compile(rf"({KEYFRAMES}|{LORAS})-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS")


@dataclass(frozen=True)
class Given:
    """One picture as a form gives it: uploaded now, taken from an output (`picking.Picked`), or stored before (its
    SHA-256)."""

    file: UploadedFile | None = None
    output: str = ""
    stored: str = ""

    def __bool__(self) -> bool:
        return bool(self.file is not None or self.output or self.stored)

    def typed(self, name: str) -> dict[str, str]:
        """Under which names a form repeats this; an uploaded file cannot be repeated."""
        return {name + STORED: self.stored, name + OUTPUT: self.output}


@dataclass(frozen=True)
class Row:
    """One keyframe row."""

    frame_index: str = ""
    picture: Given = field(default_factory=Given)

    def __bool__(self) -> bool:
        return bool(self.frame_index.strip() or self.picture)

    def typed(self, number: int) -> dict[str, str]:
        cell = f"{KEYFRAMES}-{number}-"
        return {f"{cell}frame_index": self.frame_index, **self.picture.typed(f"{cell}image")}


@dataclass(frozen=True)
class LoraRow:
    """One row of a LoRA. Without a name it is blank, whatever its weight: that stands there from the beginning."""

    name: str = ""
    weight: str = ""

    def __bool__(self) -> bool:
        return bool(self.name.strip())

    def typed(self, number: int) -> dict[str, str]:
        cell = f"{LORAS}-{number}-"
        return {f"{cell}name": self.name, f"{cell}weight": self.weight}


@dataclass
class Posted:
    """`values` are the plain parameters, `pictures` and `rows` the images, `loras` the LoRAs, `kept` what waits for a
    model that takes it.

    `not_text` names plain parameters that came as files, `repeated` those that came more than once.
    """

    values: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Given] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    loras: list[LoraRow] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    not_text: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)

    @property
    def typed(self) -> dict[str, str]:
        """Everything that a form can show again, under its names."""
        typed = dict(self.values)
        for image_id, given in self.pictures.items():
            typed |= given.typed(image_id)
        for number, row in enumerate(self.rows):
            typed |= row.typed(number)
        return typed | typed_loras(self.loras)


def read_post(data: MultiValueDict[str, str], files: MultiValueDict[str, UploadedFile]) -> Posted:
    posted = Posted()
    cells: dict[int, Row] = {}
    loras: dict[int, LoraRow] = {}
    for name, value, times in _entries(data, files):
        if name in ABOUT_THE_FORM or _MANAGEMENT.fullmatch(name) or name.startswith((EXPLORE, *TEMPLATE_ROWS)):
            continue
        stem = parameter_of(name)
        if times > 1:
            posted.repeated.add(stem)
        if found := _CELL.fullmatch(name):
            number = int(found[1])
            cells[number] = _with_cell(cells.get(number, Row()), found[2], value)
        elif found := _LORA_CELL.fullmatch(name):
            number = int(found[1])
            # A file is no name and no weight: its place holder is refused like any other wrong text.
            text = value if isinstance(value, str) else "/"
            loras[number] = replace(loras.get(number, LoraRow()), **{found[2]: text})
        elif stem in image_ids():
            given = _with(posted.pictures.get(stem, Given()), name.removeprefix(stem), value)
            if given or name == stem:
                posted.pictures[stem] = given
        elif not isinstance(value, str):
            posted.not_text.add(name)
        elif name.startswith(KEPT):
            posted.kept[name.removeprefix(KEPT)] = value
        else:
            posted.values[name] = value
    posted.rows = [row for _, row in sorted(cells.items()) if row]
    posted.loras = [row for _, row in sorted(loras.items()) if row]
    return posted


def rows_of(typed: Mapping[str, str]) -> list[Row]:
    """The keyframe rows among names and values, in their order."""
    return _read(typed).rows


def loras_of(typed: Mapping[str, str]) -> list[LoraRow]:
    """The LoRAs among names and values, in their order."""
    return _read(typed).loras


def typed_loras(rows: Iterable[LoraRow]) -> dict[str, str]:
    """Under which names a form has these rows."""
    return {name: text for number, row in enumerate(rows) for name, text in row.typed(number).items()}


def _read(typed: Mapping[str, str]) -> Posted:
    return read_post(MultiValueDict({name: [value] for name, value in typed.items()}), MultiValueDict())


def parameter_of(name: str) -> str:
    """The parameter that a name in the form belongs to."""
    if _CELL.fullmatch(name):
        return KEYFRAMES
    if _LORA_CELL.fullmatch(name):
        return LORAS
    stem = name.removesuffix(STORED).removesuffix(OUTPUT)
    return stem if stem in image_ids() else name


def image_ids() -> set[str]:
    """The parameters, of any model, that take one picture."""
    return {p.id for model in models().values() for p in model.parameters if isinstance(p, Image)}


def _entries(
    data: MultiValueDict[str, str], files: MultiValueDict[str, UploadedFile]
) -> Iterator[tuple[str, str | UploadedFile, int]]:
    for name, texts in data.lists():
        yield name, texts[-1], len(texts)
    for name, uploads in files.lists():
        yield name, uploads[-1], len(uploads)


def _with(given: Given, part: str, value: str | UploadedFile) -> Given:
    if not isinstance(value, str):
        return replace(given, file=value)
    if part == OUTPUT:
        return replace(given, output=value.strip())
    # A text where a file is expected can only name a picture that was stored before.
    return replace(given, stored=value.strip() or given.stored)


def _with_cell(row: Row, cell: str, value: str | UploadedFile) -> Row:
    if cell != "frame_index":
        return replace(row, picture=_with(row.picture, cell.removeprefix("image"), value))
    # A file is no index: its place holder is refused like any other text that is not a whole number.
    return replace(row, frame_index=value if isinstance(value, str) else "file")
