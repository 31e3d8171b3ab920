"""A plan run through, cell by cell; a run that was stopped goes on at the next one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from partonomy.benchmark.cells import Cell, Score, cells_of, key_of, read_data, run_cell
from partonomy.benchmark.plan import Plan
from partonomy.errors import PartonomyError
from partonomy.features import Begin, unseen
from partonomy.images import digest, write_atomically
from partonomy.metrics import Interval

_VERSIONS = ("partonomy", "torch", "timm", "numpy")


@dataclass(frozen=True)
class Result:
    """A cell and its scores."""

    cell: Cell
    scores: tuple[Score, ...]


def run_benchmark(
    plan: Plan,
    folder: Path,
    *,
    begin: Begin = unseen,
    say: Callable[[str], None] = lambda _line: None,
) -> list[Result]:
    """Run what is not yet done of a plan.

    Args:
        plan: what to run.
        folder: where finished cells and rendered pictures are kept.
        begin: for progress within a cell.
        say: told of each cell.

    Raises:
        PartonomyError: something cannot be read, fitted or scored, or the folder not be written.
    """
    results = []
    for data in plan.data:
        read = read_data(data, folder, begin)
        for cell in cells_of(plan, data, read):
            path = folder / "cells" / f"{_digest(plan, cell)}.parquet"
            of = "" if cell.class_name is None else f", {cell.class_name}"
            if path.is_file():
                say(f"done before: {data.title}{of}, {cell.network.title}")
            else:
                say(f"{data.title}{of}, {cell.network.title}")
                _write(path, run_cell(plan, cell, read, begin))
            results.append(Result(cell, _read(path)))
    return results


def _digest(plan: Plan, cell: Cell) -> str:
    versions = json.dumps({name: version(name) for name in _VERSIONS})
    return digest(key_of(plan, cell).encode(), versions.encode())


def _write(path: Path, scores: list[Score]) -> None:
    rows = [
        {
            "method": score.method,
            "parts": score.n_parts,
            "seed": score.seed,
            "measure": score.measure,
            "pictures": score.pictures,
            **score.interval.figures(),
            "draws": score.interval.draws.tolist(),
        }
        for score in scores
    ]
    table = pa.Table.from_pylist(rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda part: pq.write_table(table, part))
    except OSError as error:
        raise PartonomyError(f"{path} cannot be written: {error.strerror or error}") from error


def _read(path: Path) -> tuple[Score, ...]:
    return tuple(
        Score(
            row["method"],
            row["parts"],
            row["seed"],
            row["measure"],
            Interval(row["value"], row["low"], row["high"], row["level"], np.array(row["draws"])),
            row["pictures"],
        )
        for row in pq.read_table(path).to_pylist()
    )
