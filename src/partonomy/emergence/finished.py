"""Finished audits as they lie on disk, and whether they may stand beside one another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.running import LAYERS, OF_CONCEPTS, UNTRAINED
from partonomy.emergence.steps import step_folder
from partonomy.errors import PartonomyError

Row = Mapping[str, Any]
Layers = Mapping[str, Sequence[Row]]
"""Rows of ``parts.parquet``, by layer."""

_OTHER_FACTS = ("size", "strongest", "precision", "normalisation", "partonomy")
_OTHER_SETTINGS = ("ridge", "fewest")
_OLD = "audit again with this version"


@dataclass(frozen=True)
class FinishedAudit:
    """An audit that is done, with its tables of parts.

    Attributes:
        folder: of the run.
        facts: of ``audit.json``.
        filters: of every layer, in the network's order.
        concepts, untrained: likewise; empty where the audit was made without.
        objects: picture and class of each test object, in order.
    """

    folder: Path
    facts: Row
    filters: Layers
    concepts: Layers
    untrained: Layers
    objects: Sequence[tuple[str, str]]

    @property
    def network(self) -> str:
        """The name that it was loaded by."""
        return self.facts["network"]

    def table(self, kind: str, layer: str | None, name: str) -> list[Row]:
        """Rows of a table of a step; ``layer`` is None of steps that are of no layer.

        Raises:
            PartonomyError: the table is missing or damaged.
        """
        folder = self.folder / kind if layer is None else step_folder(self.folder, kind, layer)
        rows: list[Row] = _read(folder / f"{name}.parquet").to_pylist()
        return rows

    def responses(self, kind: str, layer: str) -> NDArray[np.float32]:
        """(N, F) strongest response of each filter, or concept, to each test object.

        Raises:
            PartonomyError: the table is missing, or not of the same objects as the others.
        """
        table = _read(step_folder(self.folder, kind, layer) / "responses.parquet")
        if len(table) != len(self.objects):
            raise PartonomyError(
                f"{self.folder}: {kind}/{layer} has {len(table)} test objects, "
                f"others have {len(self.objects)}: {_OLD}"
            )
        return np.array(table.column("responses").to_pylist(), np.float32)


def read_audit(folder: Path) -> FinishedAudit:
    """An audit's facts and tables of parts.

    Raises:
        PartonomyError: it is none, is not finished, or was made by a version that wrote less.
    """
    path = folder / "audit.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        names = [each["name"] for each in facts["layers"]]
    except FileNotFoundError:
        raise PartonomyError(
            f"{folder}: no finished audit: there is no audit.json; make one with `partonomy audit`"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PartonomyError(f"{path}: cannot be read as an audit's facts: {_OLD}") from error
    if (
        not {"network", "weights", "weights_from", "data", "settings", "kinds"} <= facts.keys()
        or not names
    ):
        raise PartonomyError(f"{path} is of an older version: {_OLD}")
    filters, concepts, untrained = (
        {
            name: _parts(step_folder(folder, kind, name) / "parts.parquet")
            for name in names
            if kind in facts["kinds"]
        }
        for kind in (LAYERS, OF_CONCEPTS, UNTRAINED)
    )
    table = _read(step_folder(folder, LAYERS, names[0]) / "responses.parquet")
    rows = table.select(["picture", "class"]).to_pylist()
    objects = [(row["picture"], row["class"]) for row in rows]
    return FinishedAudit(folder, facts, filters, concepts, untrained, objects)


def check_comparable(audits: Sequence[FinishedAudit]) -> None:
    """Make sure that audits are of the same test objects, judged and resampled alike.

    Where the data lies does not matter.

    Raises:
        PartonomyError: they are not; says what differs.
    """
    first, *others = audits
    for other in others:
        difference = (
            first_difference(_data(first), _data(other), "data")
            or first_difference(_measure(first), _measure(other), "settings")
            or first_difference(first.objects, other.objects, "test object")
            or first_difference(_true_boxes(first, other), _true_boxes(other, first), "true boxes")
        )
        if difference is not None:
            raise PartonomyError(
                f"{other.folder} cannot be compared with {first.folder}: {difference}"
            )


def differing_settings(before: FinishedAudit, after: FinishedAudit) -> list[str]:
    """What else two audits were not made alike in: it may have its share in what differs."""
    facts, others = (
        {
            **{name: each.facts.get(name) for name in _OTHER_FACTS},
            **{name: each.facts["settings"].get(name) for name in _OTHER_SETTINGS},
        }
        for each in (before, after)
    )
    found = (first_difference(facts[name], others[name], name) for name in facts)
    return [each for each in found if each is not None]


def first_difference(one: Any, other: Any, where: str) -> str | None:
    """Where two values, such as JSON's, differ first, in words; None if they do not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        pairs = [(f"{where}, {key}", key) for key in dict.fromkeys([*one, *other])]
        found = (first_difference(one.get(key), other.get(key), name) for name, key in pairs)
        return next((each for each in found if each is not None), None)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            return f"{where}: {len(one)} and {len(other)}"
        found = (
            first_difference(*pair, f"{where} {index}")
            for index, pair in enumerate(zip(one, other, strict=True), 1)
        )
        return next((each for each in found if each is not None), None)
    return None if one == other else f"{where}: {one} and {other}"


def _data(audit: FinishedAudit) -> dict[str, Any]:
    return {key: value for key, value in audit.facts["data"].items() if key != "root"}


def _measure(audit: FinishedAudit) -> dict[str, Any]:
    return {key: audit.facts["settings"].get(key) for key in ("criterion", "resamples", "seed")}


def _true_boxes(audit: FinishedAudit, beside: FinishedAudit) -> dict[str, int]:
    """On the test objects, of each part that both know of."""
    counts, others = (
        {f"{row['class']} {row['part']}": row["n_test"] for row in rows}
        for rows in (next(iter(each.filters.values())) for each in (audit, beside))
    )
    return {part: count for part, count in counts.items() if part in others}


def _parts(path: Path) -> list[Row]:
    rows: list[Row] = _read(path).to_pylist()
    if any(row.get("AP") is not None and row.get("AP training") is None for row in rows):
        raise PartonomyError(f"{path} lacks the column `AP training`: {_OLD}")
    return rows


def _read(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except FileNotFoundError:
        raise PartonomyError(f"{path} is missing: {_OLD}") from None
    except (OSError, pa.ArrowException) as error:
        raise PartonomyError(f"{path} cannot be read: {_OLD}") from error
