"""A grid of requests: one or two parameters of a request with lists of values, every combination a cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.formats import get_format

from gallery.models import Output

from . import ledger, limits, standing, timing
from .catalogue import Choice, Decimal, Integer, Invalid, Mode, Model, Parameter, Seed, Text
from .catalogue.faults import gettext_noop as _
from .durations import NOTHING, Range
from .models import Grid, Share
from .request import Faults, Request, parse

MOST_CELLS = 64
_ALONE = frozenset({"batch_size"})
"""A cell is one picture."""
_LINES = re.compile(r"[;\n]")
_WORDS = re.compile(r"[;,\n]")
_FIGURES = re.compile(r"[;\n]|,\s|\s")
"""Where people write decimals with a comma, one between digits belongs to the number."""


@dataclass(frozen=True)
class Axis:
    parameter: Parameter
    values: tuple[Any, ...]

    def to_json(self) -> dict[str, Any]:
        return {"parameter": self.parameter.id, "values": list(self.values)}


@dataclass(frozen=True)
class Plan:
    """What a grid would be: every cell as a request, row by row; what it would take together, and when it starts."""

    base: Request
    axes: tuple[Axis, ...]
    cells: tuple[Request, ...]
    work: Range
    starts_in: Range | None


def offered(model: Model, mode: Mode) -> list[Parameter]:
    """The parameters that can be an axis."""
    return [
        parameter
        for parameter in model.parameters_for(mode.id)
        if isinstance(parameter, Choice | Integer | Decimal | Text)
        and not parameter.fixed
        and parameter.id not in _ALONE
    ]


def read_values(parameter: Parameter, text: str) -> tuple[Any, ...]:
    """The values in what somebody typed: separated by commas, texts by semicolons or lines. Raises Invalid."""
    parts = [part.strip() for part in _separator(parameter, text).split(text)]
    given = [part for part in parts if part]
    if not given:
        raise Invalid("no_values", _("Say which values, such as: %(example)s."), example=_example(parameter))
    if len(given) > MOST_CELLS:
        raise _too_many(len(given))
    values: list[Any] = []
    for part in given:
        value = parameter.clean(part)
        if value in values and value != Seed.RANDOM:
            raise Invalid("value_repeated", _("%(value)s is given twice."), value=part)
        values.append(value)
    return tuple(values)


def plan(owner: AbstractBaseUser, base: Request, axes: Sequence[Axis]) -> Plan:
    """Every cell, checked as any request is. All have the base's seed, drawn once, unless that is an axis. Raises
    Invalid where this person may not ask for them all."""
    axes = [_drawn(axis, base) for axis in axes]
    base = base.replacing(batch_size=1).with_drawn_seed()
    across, *down = axes
    names = [axis.parameter.id for axis in (*down, across)]
    combinations = list(product(*(axis.values for axis in (*down, across))))
    if len(combinations) > MOST_CELLS:
        raise _too_many(len(combinations))
    cells = tuple(_cell(base, dict(zip(names, values, strict=True))) for values in combinations)
    work = sum((timing.expected(cell) for cell in cells), NOTHING)
    _check(owner, axes, cells, work)
    return Plan(base, tuple(axes), cells, work, standing.estimate(owner, cells[0]).starts_in)


def submit(owner: AbstractBaseUser, planned: Plan, *, remixed_from: Output | None = None) -> Grid:
    """All cells or none. Raises Invalid."""
    with transaction.atomic():
        grid = Grid.objects.create(
            owner_id=owner.pk,
            parameters=planned.base.to_json(),
            axes=[axis.to_json() for axis in planned.axes],
        )
        for number, cell in enumerate(planned.cells):
            ledger.submit(owner, cell, remixed_from=remixed_from, grid=grid, cell=number)
    return grid


def cancel(grid: Grid) -> int:
    """Cancel what of it has not ended. Returns how many."""
    return sum(ledger.cancel(generation) for generation in grid.generations.all())


def _check(owner: AbstractBaseUser, axes: Sequence[Axis], cells: Sequence[Request], work: Range) -> None:
    """Every text is judged; what does not differ is judged once. Then there must be room for all."""
    texts = any(isinstance(axis.parameter, Text) for axis in axes)
    for cell in cells if texts else cells[:1]:
        ledger.check(owner, cell)
    assert owner.pk is not None
    limits.check(Share.of(owner.pk), work.low, len(cells))


def _cell(base: Request, values: Mapping[str, Any]) -> Request:
    """Raises Invalid for values that do not go together."""
    try:
        return parse({**base.to_json(), **values})
    except Faults as faults:
        raise next(iter(faults.by_field.values())) from None


def _drawn(axis: Axis, base: Request) -> Axis:
    """Seeds that were left to chance are drawn now, so that the sheet can name them."""
    if not isinstance(axis.parameter, Seed):
        return axis
    drawn = (base.replacing(seed=seed).with_drawn_seed()["seed"] for seed in axis.values)
    return Axis(axis.parameter, tuple(drawn))


def _separator(parameter: Parameter, text: str) -> re.Pattern[str]:
    if isinstance(parameter, Text):
        return _LINES
    comma = get_format("DECIMAL_SEPARATOR") == "," and "." not in text
    return _FIGURES if comma and isinstance(parameter, Decimal) else _WORDS


def _example(parameter: Parameter) -> str:
    match parameter:
        case Choice():
            return ", ".join(str(option.value) for option in parameter.options[:3])
        case Seed():
            return "-1, -1, -1"
        case Integer() | Decimal():
            return f"{parameter.minimum}, {parameter.default}, {parameter.maximum}"
        case _:
            return "…; …"


def _too_many(count: int) -> Invalid:
    return Invalid(
        "too_many_cells", _("At most %(limit)d at once, please: these are %(count)d."), limit=MOST_CELLS, count=count
    )


@dataclass(frozen=True)
class Shape:
    """A stored grid as it is shown: the axes with their parameters, where the model still has them."""

    across: Mapping[str, Any]
    down: Mapping[str, Any] | None

    @classmethod
    def of(cls, grid: Grid) -> "Shape":
        return cls(grid.axes[0], grid.axes[1] if len(grid.axes) > 1 else None)

    @property
    def rows(self) -> int:
        return len(self.down["values"]) if self.down else 1

    @property
    def columns(self) -> int:
        return len(self.across["values"])

    def cells(self) -> Iterator[range]:
        """The numbers of the cells, row by row."""
        for row in range(self.rows):
            yield range(row * self.columns, (row + 1) * self.columns)
