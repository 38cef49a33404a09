"""A family as a drawing: where each picture stands and the lines between them, in units of an SVG."""

from dataclasses import dataclass

from .family import MOST_DRAWN, Family
from .models import Output

SIDE = 48
GAP = 10
DROP = 30
"""Between two rows."""
EDGE = 2
WIDTH = MOST_DRAWN * (SIDE + GAP) - GAP + 2 * EDGE


@dataclass(frozen=True)
class Node:
    output: Output
    x: int
    y: int
    is_self: bool


@dataclass(frozen=True)
class Tree:
    nodes: list[Node]
    lines: list[str]
    """Paths."""
    height: int
    width: int = WIDTH
    side: int = SIDE


def tree(found: Family, of: Output) -> Tree:
    nodes = [
        Node(output, _left(len(row)) + at * (SIDE + GAP), EDGE + level * (SIDE + DROP), output.pk == of.pk)
        for level, row in enumerate(found.rows)
        for at, output in enumerate(row)
    ]
    places = {node.output.pk: node for node in nodes}
    lines = [_line(places[parent], places[child]) for parent, child in found.bonds]
    return Tree(nodes, lines, len(found.rows) * (SIDE + DROP) - DROP + 2 * EDGE)


def _left(count: int) -> int:
    return (WIDTH - count * (SIDE + GAP) + GAP) // 2


def _line(parent: Node, child: Node) -> str:
    start, end = (parent.x + SIDE // 2, parent.y + SIDE), (child.x + SIDE // 2, child.y)
    middle = (start[1] + end[1]) // 2
    return f"M{start[0]} {start[1]}C{start[0]} {middle} {end[0]} {middle} {end[0]} {end[1]}"
