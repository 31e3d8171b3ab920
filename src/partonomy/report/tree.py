"""The tree of a run: how its parts join, and what each of them divides into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Branch:
    """A node of the tree with all below it.

    Attributes:
        share: of the positions on the object.
        part: the part that all below belongs to, from 1; None where it is of several.
        concept: the visual concept that a leaf is, from 1; None elsewhere.
        divides_at: the number of parts from which on a cut divides the node; 0 at a leaf.
        children: what it divides into, the larger first; none at a leaf.
    """

    share: float
    part: int | None
    concept: int | None
    divides_at: int
    children: tuple[Branch, ...]

    def parts(self) -> Iterator[Branch]:
        """The branches that are parts, in the order in which they are drawn."""
        if self.part is not None:
            yield self
        for child in self.children if self.part is None else ():
            yield from child.parts()

    def commonest_concept(self) -> int:
        """The visual concept of the largest share."""
        return max(self._concepts())[1]

    def _concepts(self) -> Iterator[tuple[float, int]]:
        if self.concept is not None:
            yield self.share, self.concept
        for child in self.children:
            yield from child._concepts()


def read_tree(rows: Sequence[Mapping[str, Any]]) -> Branch:
    """The tree that ``tree.parquet`` holds.

    Nodes of a tree of V concepts are numbered as in SciPy: concepts first, then joins in the order
    in which they were made. So node 2 V - k is the one that a cut into k parts divides and a cut
    into fewer does not.
    """
    n_concepts = (len(rows) + 1) // 2
    below: dict[int | None, list[Branch]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["node"]):
        children = sorted(below[row["node"]], key=lambda child: -child.share)
        branch = Branch(
            row["share"],
            row["part"],
            row["concept"],
            2 * n_concepts - row["node"] if children else 0,
            tuple(children),
        )
        below[row["parent"]].append(branch)
    return below[None][0]
