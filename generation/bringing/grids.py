"""Grids that come back with what they are of: their sheets are there again, with the outputs that are here in them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from gallery.models import Output
from gallery.takeout.entries import GRIDS
from gallery.takeout.records import Kind, is_of

from .. import grids, ledger, policy
from ..catalogue import Choice, Decimal, Integer, Invalid, Text, UnknownModel, get_model
from ..grids import MOST_CELLS, Shape
from ..models import Grid
from ..request import Faults, parse
from . import records
from .archives import Archive
from .records import Believes
from .soundness import can_be_kept, can_be_shown, has_form


class Placed(NamedTuple):
    """An output that is here, and the cell that its record claims."""

    cell: int
    output: UUID


def tie(
    archive: Archive, person: User, believes: Believes, cells: Mapping[UUID, Sequence[Placed]]
) -> Iterator[tuple[str, Invalid]]:
    """Put these outputs, by the ids that grids have in the zip, into their cells. What cannot be, and why."""
    for id, placed in cells.items():
        name = f"{GRIDS}{id}.json"
        if name not in archive:
            continue  # taken out before grids were
        try:
            _tie(archive.json(name), id, person, believes, placed)
        except Invalid as fault:
            yield name, fault


def _tie(said: Any, id: UUID, person: User, believes: Believes, placed: Sequence[Placed]) -> None:
    free = {
        output.pk: output
        for output in Output.objects.filter(owner=person, generation=None, pk__in=[each.output for each in placed])
    }
    if not free:
        return  # they stand in their cells, or came of something else here
    genuine = believes(Kind.GRID, said) and said.get("id") == str(id)
    told = _read(said, person, genuine)
    with transaction.atomic():
        # Of the same zip that comes twice at once, the second finds the first's.
        User.objects.select_for_update().get(pk=person.pk)
        grid = _here(told, id, genuine)
        if grid is None:
            grid = told
            if genuine and not Grid.objects.filter(pk=id).exists():
                grid.pk = id
            grid.save(force_insert=True)
        shape = Shape.of(grid)
        for cell, output in placed:
            if output in free and cell < shape.rows * shape.columns:
                ledger.bring_back(free[output], grid, cell)


def _here(told: Grid, id: UUID, genuine: bool) -> Grid | None:
    """The very grid, or the one that came of the same record before, also when all that was in it is gone."""
    mine = Grid.objects.filter(owner=told.owner)
    if genuine and (same := mine.filter(pk=id).first()):
        return same
    of_then = mine.filter(created_at=told.created_at)
    return next((grid for grid in of_then if (grid.axes, grid.parameters) == (told.axes, told.parameters)), None)


def _read(said: Any, person: User, genuine: bool) -> Grid:
    """Raises Invalid for what no sheet can be made of, and for what the policy does not allow."""
    if not is_of(Kind.GRID, said) or not can_be_kept(said):
        raise records.no_record()
    parameters, axes = said.get("parameters"), said.get("axes")
    if not can_be_shown(parameters) or not _are_axes(parameters["model"], axes):
        raise records.no_record()
    if not genuine:  # nobody but today's catalogue says what it may be
        parameters, axes = _cleaned(parameters, axes)
    texts = policy.texts(parameters)
    words = [str(value) for axis in axes for value in axis["values"] if isinstance(value, str)]
    policy.check_words(person, {**texts, "axes": "\n".join(words)})
    made_at = records.time(said.get("created_at")) or timezone.now()
    return Grid(owner=person, parameters=parameters, axes=axes, created_at=made_at)


def _are_axes(model_id: str, axes: Any) -> bool:
    """Whether a sheet can be drawn by them, also where the catalogue has changed since."""
    if not isinstance(axes, list) or not 1 <= len(axes) <= 2 or not all(_is_axis(model_id, axis) for axis in axes):
        return False
    cells = 1
    for axis in axes:
        cells *= len(axis["values"])
    return 1 <= cells <= MOST_CELLS


def _is_axis(model_id: str, axis: Any) -> bool:
    if not isinstance(axis, dict) or axis.keys() != {"parameter", "values"}:
        return False
    name, values = axis["parameter"], axis["values"]
    if not isinstance(name, str) or not isinstance(values, list):
        return False
    try:
        parameter = get_model(model_id).parameter(name)
    except UnknownModel:
        parameter = None
    plain = parameter is None or isinstance(parameter, Choice | Integer | Decimal | Text)
    return plain and all(has_form(parameter, value) for value in values)


def _cleaned(parameters: dict[str, Any], axes: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Raises Invalid for what cannot be asked for here."""
    try:
        request = parse(parameters)
    except Faults as faults:
        raise next(iter(faults.by_field.values())) from None
    mode = request.model.mode(request.mode_id)
    assert mode is not None
    offered = {parameter.id: parameter for parameter in grids.offered(request.model, mode)}
    if not all(axis["parameter"] in offered for axis in axes):
        raise records.no_record()
    read = [grids.Axis(offered[a["parameter"]], tuple(map(offered[a["parameter"]].clean, a["values"]))) for a in axes]
    return request.to_json(), [axis.to_json() for axis in read]
