"""Outputs that come back into the grid that they were made for."""

from gallery.models import Output

from ..models import Generation, Grid, State


def bring_back(output: Output, grid: Grid, cell: int) -> bool:
    """Let this output, which no generation here made, stand in a cell of its owner's grid. False where another does.

    What it was made by is not here. So where the cell has no generation, there is one now that succeeded and never ran:
    it has no times, which keeps it out of everything that is measured.
    """
    generation = Generation.objects.filter(grid=grid, cell=cell).first()
    if generation is None:
        generation = Generation.objects.create(
            owner_id=grid.owner_id,
            state=State.SUCCEEDED,
            parameters=output.parameters,
            model=output.model,
            mode=output.mode,
            grid=grid,
            cell=cell,
            created_at=output.created_at,
            fraction=1.0,
        )
    if generation.state != State.SUCCEEDED or generation.outputs.exists():
        return False
    return bool(Output.objects.filter(pk=output.pk, generation=None).update(generation=generation))
