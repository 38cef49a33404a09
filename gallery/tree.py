"""A family as a drawing: where each picture stands and the lines between them, in units of an SVG."""

from dataclasses import dataclass
from itertools import pairwise

from .family import MOST_DRAWN, Bond, Family
from .models import How, Output

SIDE = 48
GAP = 10
WORD = 17
"""For the word beneath a picture."""
DROP = 26
"""Between two rows."""
STEP = SIDE + WORD + DROP
EDGE = 2
WIDTH = MOST_DRAWN * (SIDE + GAP) - GAP + 2 * EDGE


@dataclass(frozen=True)
class Node:
    """`ways` are how it came about from those drawn above it, or from the same request as the one beside it."""

    output: Output
    x: int
    y: int
    is_self: bool
    ways: list[Bond]

    @property
    def middle(self) -> int:
        return self.x + SIDE // 2

    @property
    def word_y(self) -> int:
        """The line that the word stands on."""
        return self.y + SIDE + WORD - 5

    @property
    def has_word(self) -> bool:
        return self.is_self or bool(self.ways)

    @property
    def end(self) -> int:
        """From where a line leads on."""
        return self.y + SIDE + (WORD if self.has_word else 0)


@dataclass(frozen=True)
class Line:
    path: str
    how: How


@dataclass(frozen=True)
class Tree:
    nodes: list[Node]
    lines: list[Line]
    children: list[Node]
    height: int
    width: int = WIDTH
    side: int = SIDE


def tree(found: Family, of: Output) -> Tree:
    ways: dict[Output, list[Bond]] = {}
    for bond in found.bonds:
        ways.setdefault(bond.child, []).append(bond)
    rows = [
        [
            Node(output, _left(len(row)) + at * (SIDE + GAP), EDGE + level * STEP, output == of, ways.get(output, []))
            for at, output in enumerate(row)
        ]
        for level, row in enumerate(found.rows)
    ]
    own = next(level for level, row in enumerate(rows) if any(node.is_self for node in row))
    return Tree(
        nodes=[node for row in rows for node in row],
        lines=[*_descents(rows), *(_beside(left, right) for left, right in pairwise(rows[own]))],
        children=rows[own + 1] if own + 1 < len(rows) else [],
        height=len(rows) * STEP - DROP + 2 * EDGE,
    )


def _left(count: int) -> int:
    return (WIDTH - count * (SIDE + GAP) + GAP) // 2


def _descents(rows: list[list[Node]]) -> list[Line]:
    """One for each parent of a child, however many ways lead from one to the other."""
    found: dict[tuple[Output, Output], Line] = {}
    for above, below in pairwise(rows):
        parents = {node.output: node for node in above}
        for child in below:
            for way in child.ways:
                if way.parent in parents:
                    found.setdefault((way.parent, way.child), Line(_down(parents[way.parent], child), way.how))
    return list(found.values())


def _down(parent: Node, child: Node) -> str:
    middle = (parent.end + child.y) // 2
    return f"M{parent.middle} {parent.end}C{parent.middle} {middle} {child.middle} {middle} {child.middle} {child.y}"


def _beside(left: Node, right: Node) -> Line:
    return Line(f"M{left.x + SIDE} {left.y + SIDE // 2}H{right.x}", How.VARIANT)
