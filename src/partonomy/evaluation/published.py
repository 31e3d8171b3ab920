"""Published numbers beside ours, and why two may not be compared."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from partonomy.evaluation.evaluating import Evaluation

CERTAINTY = {
    "paper": "read in the paper",
    "code": "printed by the released code",
    "secondary": "read elsewhere",
    "recalled": "from memory, likely",
    "doubtful": "from memory, unsure",
}


@dataclass(frozen=True)
class Row:
    """A published result.

    Attributes:
        protocol: by which it was measured.
        method: of the paper.
        labels: what it was told in training: ``none``, ``masks`` of objects, or ``classes``.
        parts: how many; None where the method finds none.
        class_name: of the objects, where there is a row for each.
        dataset: where the protocol is of several.
        source: where the numbers stand.
        sure: how sure they are, see ``CERTAINTY``.
        note: why it is not quite of this protocol.
        numbers: in percent, by the protocol's names.
    """

    protocol: str
    method: str
    labels: str
    parts: int | None
    class_name: str | None
    dataset: str | None
    source: str
    sure: str
    note: str | None
    numbers: Mapping[str, float]


@cache
def published_rows() -> tuple[Row, ...]:
    """All of them, by protocol; some are of protocols that partonomy does not have."""
    text = resources.files("partonomy.evaluation").joinpath("published.toml").read_text("utf-8")
    return tuple(
        Row(
            protocol,
            each["method"],
            each["labels"],
            each.get("parts"),
            each.get("class"),
            each.get("dataset"),
            each["source"],
            each["sure"],
            each.get("note"),
            each["numbers"],
        )
        for protocol, rows in tomllib.loads(text).items()
        for each in rows
    )


def rivals(evaluation: Evaluation) -> list[tuple[Row, list[str]]]:
    """The published rows of an evaluation's protocol, each with what speaks against comparing.

    Rows of another class or data set of the same protocol are left out.
    """
    return [
        (row, objections(row, evaluation))
        for row in published_rows()
        if row.protocol == evaluation.protocol.name
        and row.class_name in (None, evaluation.class_name)
        and row.dataset in (None, evaluation.dataset)
    ]


def objections(row: Row, evaluation: Evaluation) -> list[str]:
    """Why a published row and an evaluation by its protocol may not be compared; none if so."""
    found = []
    of = evaluation.protocol.published
    assert of is not None, "only such protocols have rows"
    if evaluation.dataset not in of.datasets:
        found.append(f"of {' or '.join(of.datasets)}, not {evaluation.dataset}")
    if evaluation.split != of.split:
        found.append(f"of split {of.split}, not {evaluation.split or 'all'}")
    if of.pictures is not None and len(evaluation.rows) != of.pictures:
        found.append(f"of {of.pictures:,} pictures, not {len(evaluation.rows):,}")
    if evaluation.skipped:
        found.append(f"{len(evaluation.skipped)} pictures left out here")
    if row.parts not in (None, evaluation.n_parts):
        found.append(f"{row.parts} parts, not {evaluation.n_parts}")
    if evaluation.foreground == "truth":
        found.append("true masks given here")
    if row.note is not None:
        found.append(row.note)
    return found
