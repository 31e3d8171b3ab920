"""What an audit finds of a layer, as tables of rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.agreement import judge, strongest_objects
from partonomy.emergence.audit import PartFinding, Rare
from partonomy.emergence.blanking import Drop
from partonomy.emergence.chance import LEVEL
from partonomy.emergence.collection import Collection, LayerStimuli
from partonomy.emergence.deciding import BlankedPart
from partonomy.emergence.discriminative import ScoreDrops
from partonomy.metrics import Interval, bootstrap_interval

Rows = dict[str, list[dict[str, Any]]]

FEWEST_OBJECTS = 5
"""With a part blanked, without which its mean has no interval."""


def part_row(found: PartFinding, q: float, size: float) -> dict[str, Any]:
    """A part's best filters, with intervals and chance.

    Args:
        found: of the part.
        q: its p-value, corrected over the parts of the layer.
        size: of the part, see :func:`partonomy.emergence.parts.part_size`.
    """
    plain, refined = found.plain, found.refined
    assert plain.best is not None
    assert refined.best is not None
    return {
        "class": found.part.class_name,
        "part": found.part.name,
        "n_training": refined.n_training,
        "n_test": refined.n_test,
        "size": size,
        "filter": refined.best,
        "AP training": float(refined.training.average_precision[refined.best]),
        "AP": refined.score,
        "low": found.interval.low,
        "high": found.interval.high,
        "draws": found.interval.draws.tolist(),
        "recall": float(refined.test.recall[refined.best]),
        "optimistic": refined.optimistic,
        "plain filter": plain.best,
        "plain AP": plain.score,
        "plain low": found.plain_interval.low,
        "plain high": found.plain_interval.high,
        "plain optimistic": plain.optimistic,
        "chance": found.chance,
        "p": found.p,
        "q": q,
    }


def rare_row(rare: Rare) -> dict[str, Any]:
    """A part of which nothing can be said."""
    return {
        "class": rare.part.class_name,
        "part": rare.part.name,
        "n_training": rare.n_training,
        "n_test": rare.n_test,
    }


def filter_rows(found: PartFinding) -> Iterator[dict[str, Any]]:
    """How well every filter finds a part, on both splits, with receptive fields and refined."""
    for index in range(len(found.refined.test.average_precision)):
        yield {
            "class": found.part.class_name,
            "part": found.part.name,
            "filter": index,
            **{
                f"{prefix}{name} {split}": float(getattr(getattr(scores, split), field)[index])
                for prefix, scores in (("", found.refined), ("plain ", found.plain))
                for split in ("training", "test")
                for name, field in (("AP", "average_precision"), ("recall", "recall"))
            },
        }


def set_rows(found: PartFinding) -> Iterator[dict[str, Any]]:
    """The set of filters that each search found for a part."""
    for each in found.sets:
        yield {
            "class": found.part.class_name,
            "part": found.part.name,
            "search": each.search,
            "filters": each.filters.tolist(),
            "AP training": each.training,
            "AP": each.test,
        }


def stimuli_rows(collection: Collection, seen: LayerStimuli) -> Iterator[dict[str, Any]]:
    """Where the strongest stimuli of each filter on a class's objects are, and what they are on.

    Args:
        collection: the objects.
        seen: one layer of it.
    """
    boxes = seen.stimuli.grids.clipped(seen.stimuli.grids.boxes(seen.stimuli.cell[:, :, 0]))
    schemas = {each.class_name: each.schema.names for each in collection.objects}
    for class_name in sorted(schemas):
        chosen = np.array(
            [i for i, each in enumerate(collection.objects) if each.class_name == class_name]
        )
        for index, objects in enumerate(strongest_objects(seen.stimuli, chosen)):
            objects = objects[seen.stimuli.score[objects, index, 0] > 0]
            labels = seen.labels[objects, index, 0]
            verdict = judge(labels.tolist(), schemas[class_name])
            yield {
                "class": class_name,
                "filter": index,
                "kind": verdict.kind,
                "part": verdict.part,
                "pictures": [collection.pictures[each] for each in objects],
                "boxes": boxes[objects, index].tolist(),
                "scores": seen.stimuli.score[objects, index, 0].tolist(),
                "labels": labels.tolist(),
            }


def response_rows(collection: Collection, seen: LayerStimuli) -> Iterator[dict[str, Any]]:
    """How strongly each filter responds to each object, where it does most.

    Args:
        collection: the objects.
        seen: one layer of it.
    """
    strongest = seen.stimuli.score[:, :, 0]
    for name, annotation, responses in zip(
        collection.pictures, collection.objects, strongest, strict=True
    ):
        yield {"picture": name, "class": annotation.class_name, "responses": responses}


def drop_rows(drops: Mapping[str, ScoreDrops]) -> Iterator[dict[str, Any]]:
    """What the score of each class loses without each filter.

    Args:
        drops: of each class.
    """
    for class_name, found in drops.items():
        discriminative = set(found.discriminative().tolist())
        error = found.exact.std(axis=0) / np.sqrt(len(found.exact))
        estimate = found.estimate.mean(axis=0)
        for index, drop in enumerate(found.mean):
            yield {
                "class": class_name,
                "filter": index,
                "drop": float(drop),
                "standard error": float(error[index]),
                "estimate": float(estimate[index]),
                "discriminative": index in discriminative,
                "objects": len(found.exact),
            }


def blank_rows(found: Iterable[BlankedPart], seed: int) -> Iterator[dict[str, Any]]:
    """What each part costs its class when it is blanked, mean over objects.

    Args:
        found: parts of objects, blanked.
        seed: of the interval's resamples, of objects.
    """
    drops: dict[tuple[str, str], list[Drop]] = defaultdict(list)
    for each in found:
        drops[each.class_name, each.part].append(each.drop)
    for (class_name, part), some in sorted(drops.items()):
        own = np.array([each.own for each in some])
        interval = _mean_interval(own[np.isfinite(own)], seed)
        yield {
            "class": class_name,
            "part": part,
            "objects": len(some),
            "drop": float(np.mean([each.drop for each in some])),
            "elsewhere": _known_mean([each.elsewhere for each in some]),
            "beside": _known_mean([each.beside for each in some]),
            "own": interval.value,
            "low": interval.low,
            "high": interval.high,
        }


def _mean_interval(values: NDArray[np.float64], seed: int) -> Interval:
    if len(values) < FEWEST_OBJECTS:
        mean_of_few = float(values.mean()) if len(values) else float("nan")
        return Interval(mean_of_few, float("nan"), float("nan"), LEVEL)

    def mean(total: NDArray[np.generic]) -> float:
        return float(total[0] / total[1])

    counted = np.stack([values, np.ones(len(values))], axis=1)
    return bootstrap_interval(counted, mean, level=LEVEL, seed=seed)


def _known_mean(values: Sequence[float]) -> float:
    known = [each for each in values if not math.isnan(each)]
    return sum(known) / len(known) if known else float("nan")


def write_tables(folder: Path, rows: Rows) -> None:
    """Each as a Parquet file in an empty folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, some in rows.items():
        columns = list(dict.fromkeys(key for row in some for key in row))
        table = pa.table({key: [_value(row.get(key)) for row in some] for key in columns})
        pq.write_table(table, folder / f"{name}.parquet")


def _value(value: Any) -> Any:
    """As a table holds it; what is no number is missing."""
    return None if isinstance(value, float) and math.isnan(value) else value
