"""A grid as it is looked at: what stands in its cells, and one labelled picture of them all."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from PIL import Image, ImageDraw, ImageFont

from containers import mark
from gallery import renditions
from gallery.access import by_owner
from gallery.models import Output
from safety.ratings import Showing

from .catalogue import Text, UnknownModel, get_model
from .grids import Shape
from .models import Generation, Grid
from .wording import shown_value, translated

SIDE = 320
"""The longest side of one picture on the sheet."""
PAD = 12
LINE = 26
LETTER = 17
GROUND, INK, EMPTY = "#f5f4f1", "#1d1d1f", "#e2dfd8"
QUALITY = 90


@dataclass(frozen=True)
class Cell:
    """`output` is there once it is made, as its owner sees it; `generation` is None where it has been deleted."""

    generation: Generation | None
    output: Output | None

    @property
    def drawn(self) -> bool:
        return self.output is not None and self.output.showing != Showing.HIDE


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Sheet:
    """`across` and `down` name the parameters, `columns` the values across."""

    across: str
    down: str
    columns: list[str]
    rows: list[Row]

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in row.cells)

    @property
    def done(self) -> int:
        return sum(cell.drawn for cell in self.cells)

    @property
    def total(self) -> int:
        return len(self.columns) * len(self.rows)

    @property
    def is_active(self) -> bool:
        return any(cell.generation is not None and cell.generation.is_active for cell in self.cells)


def sheet(grid: Grid) -> Sheet:
    shape = Shape.of(grid)
    kept = Prefetch("outputs", Output.objects.filter(trashed_at=None).select_related("owner"))
    made = {generation.cell: generation for generation in grid.generations.prefetch_related(kept)}
    down = _labels(grid, shape.down) if shape.down else [""]
    found = Sheet(
        across=name(grid, shape.across),
        down=name(grid, shape.down) if shape.down else "",
        columns=_labels(grid, shape.across),
        rows=[
            Row(label, [_cell(made.get(number)) for number in numbers])
            for label, numbers in zip(down, shape.cells(), strict=True)
        ],
    )
    renditions.read([cell.output for cell in found.cells if cell.output and cell.output.is_video])
    return found


def picture(drawn: Sheet) -> bytes:
    """The sheet as a JPEG that is marked as made by AI."""
    width, height = _cell_size(drawn)
    left = PAD + (round(max(_length(row.label) for row in drawn.rows)) + PAD if drawn.down else 0)
    top = PAD + 2 * LINE
    size = (left + len(drawn.columns) * (width + PAD), top + len(drawn.rows) * (height + PAD))
    image = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(image)
    _write(draw, (PAD, PAD), " · ".join(name for name in (drawn.across, drawn.down) if name))
    for column, label in enumerate(drawn.columns):
        _write(draw, (left + column * (width + PAD), PAD + LINE), _shortened(label, width))
    for number, row in enumerate(drawn.rows):
        y = top + number * (height + PAD)
        _write(draw, (PAD, y + height // 2 - LETTER), row.label)
        for column, cell in enumerate(row.cells):
            x = left + column * (width + PAD)
            draw.rectangle((x, y, x + width - 1, y + height - 1), EMPTY)
            _paste(image, cell, (x, y), (width, height))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, xmp=mark())
    return buffer.getvalue()


def _cell(generation: Generation | None) -> Cell:
    seen = by_owner(generation.outputs.all()) if generation else []
    return Cell(generation, seen[0] if seen else None)


def name(grid: Grid, axis: Mapping[str, Any]) -> str:
    """What an axis is called; the parameter's id where the catalogue has it no more."""
    parameter = _parameter(grid, axis)
    return translated(parameter.label) if parameter else str(axis["parameter"])


def _labels(grid: Grid, axis: Any) -> list[str]:
    parameter = _parameter(grid, axis)
    if parameter is None or isinstance(parameter, Text):
        return [str(value) for value in axis["values"]]
    return [shown_value(parameter, value) for value in axis["values"]]


def _parameter(grid: Grid, axis: Any) -> Any:
    """None where the model or its parameter is gone from the catalogue."""
    try:
        return get_model(str(grid.parameters.get("model"))).parameter(axis["parameter"])
    except UnknownModel:
        return None


def _cell_size(drawn: Sheet) -> tuple[int, int]:
    """That of the largest picture, its longest side as SIDE."""
    sizes = [(cell.output.width, cell.output.height) for cell in drawn.cells if cell.output] or [(1, 1)]
    width, height = max(width for width, _height in sizes), max(height for _width, height in sizes)
    scale = SIDE / max(width, height)
    return round(width * scale), round(height * scale)


def _paste(image: Image.Image, cell: Cell, place: tuple[int, int], size: tuple[int, int]) -> None:
    if cell.output is None or not cell.drawn:
        return
    try:
        with cell.output.poster.open("rb") as file:
            poster = Image.open(file).convert("RGB")
    except FileNotFoundError:
        return
    poster.thumbnail(size, Image.Resampling.LANCZOS)
    left, top = ((whole - part) // 2 for whole, part in zip(size, poster.size, strict=True))
    image.paste(poster, (place[0] + left, place[1] + top))


def _write(draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str) -> None:
    x, y = place
    for run, font in _runs(text):
        draw.text((x, y), run, INK, font)
        x += font.getlength(run)


def _length(text: str) -> float:
    return sum(font.getlength(run) for run, font in _runs(text))


def _shortened(text: str, width: float) -> str:
    shown = text
    while _length(shown) > width and len(shown) > 1:
        shown = shown[:-2].rstrip() + "…"
    return shown


def _runs(text: str) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """Pieces of one line, each with the file of our font that has its letters."""
    run, cyrillic = "", False
    for letter in text.replace("\n", " "):
        other = "\u0400" <= letter <= "\u04ff"
        if run and other != cyrillic and not letter.isspace():
            yield run, _font(cyrillic)
            run = ""
        if not letter.isspace():
            cyrillic = other
        run += letter
    if run:
        yield run, _font(cyrillic)


@cache
def _font(cyrillic: bool) -> ImageFont.FreeTypeFont:
    name = "inter-cyrillic.woff2" if cyrillic else "inter-latin.woff2"
    return ImageFont.truetype(Path(settings.BASE_DIR) / "static" / "fonts" / name, LETTER)
