"""The page of an audit: which parts live in which filters of which layers."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from partonomy.emergence.judgements import KINDS
from partonomy.emergence.running import AuditRun
from partonomy.emergence.verdicts import JudgedLayer
from partonomy.errors import PictureError
from partonomy.features.objects import AnnotatedPicture
from partonomy.images import Pixels
from partonomy.images.grid import Box
from partonomy.report.figures import Rgb, boxed, data_url
from partonomy.report.pages import write_page

PAGE = "audit.html"
THRESHOLDS = (0.2, 0.3, 0.4)
"""AP from which a part is said to emerge; the paper's is not known for sure, 0.3 is likely."""
SIDE = 72
"""Of a stimulus on the page, in pixels."""
SURE = 0.05
"""Rate of false discoveries up to which a part counts as known beyond chance."""

Row = Mapping[str, Any]
PartKey = tuple[str, str]


@dataclass(frozen=True)
class PartCard:
    """A part and the layer that knows it best.

    Attributes:
        row: of that layer's table.
        layer: its name.
        sets: AP of each set of filters there, by search, with how many filters it has.
        stimuli: the best filter's strongest stimuli, as pictures in data URLs.
        kind: what these are on.
    """

    row: Row
    layer: str
    sets: Sequence[tuple[str, float, int]]
    stimuli: Sequence[str]
    kind: str


def write_audit(
    run: AuditRun,
    pictures: Iterable[AnnotatedPicture],
    command: str,
    judged: Sequence[JudgedLayer] = (),
) -> Path:
    """Write ``audit.html`` into an audit's folder.

    Args:
        run: that is done.
        pictures: of the training objects, to draw stimuli from; those that cannot be read any more
            are left out.
        command: as it was typed.
        judged: what people say of layers' filters.

    Raises:
        PartonomyError: the page cannot be written.
    """
    tables = {layer: _tables(run, layer) for layer in run.layers}
    facts = json.loads((run.folder / "audit.json").read_text(encoding="utf-8"))
    cards = _cards(tables, {each.name: each for each in pictures})
    path = run.folder / PAGE
    write_page(
        path,
        __package__,
        "audit.html",
        network=facts["network"],
        dataset=facts["data"].get("dataset", "objects"),
        facts=_facts(tables, cards),
        warnings=_warnings(tables, facts),
        heat=_heat(tables),
        layers=list(run.layers),
        emerged=[_emerged(layer, parts) for layer, (parts, _, _) in tables.items()],
        thresholds=THRESHOLDS,
        kinds=KINDS,
        fires_on=[_fires_on(layer, stimuli) for layer, (_, _, stimuli) in tables.items()],
        cards=cards,
        overlap=facts["settings"]["criterion"]["threshold"],
        judged=judged,
        command=command,
        skipped=facts.get("skipped", []),
    )
    return path


Tables = tuple[list[Row], list[Row], list[Row]]


def _tables(run: AuditRun, layer: str) -> Tables:
    """Rows of a layer's parts, sets and stimuli."""
    import pyarrow.parquet as pq

    parts, sets, stimuli = (
        pq.read_table(run.layer(layer) / f"{name}.parquet").to_pylist()
        for name in ("parts", "sets", "stimuli")
    )
    return parts, sets, stimuli


def _known(parts: Sequence[Row]) -> list[Row]:
    return [row for row in parts if row.get("AP") is not None]


def _key(row: Row) -> PartKey:
    return row["class"], row["part"]


def _facts(tables: Mapping[str, Tables], cards: Sequence[PartCard]) -> list[tuple[str, str]]:
    sure = sum(card.row["q"] <= SURE for card in cards)
    emerged = sum(card.row["AP"] >= THRESHOLDS[1] for card in cards)
    best = max((card.row["AP"] for card in cards), default=float("nan"))
    return [
        (str(len(tables)), "layer" if len(tables) == 1 else "layers"),
        (str(len(cards)), "parts measured"),
        (str(emerged), f"parts that some filter finds with an AP of {THRESHOLDS[1]:.0%} or more"),
        (str(sure), "parts that some filter knows beyond chance"),
        (f"{best:.0%}", "AP of the best filter for any part"),
    ]


def _warnings(tables: Mapping[str, Tables], facts: Row) -> list[str]:
    said = []
    parts = next(iter(tables.values()))[0]
    rare = [f"{row['class']} {row['part']}" for row in parts if row.get("AP") is None]
    if rare:
        said.append(f"Too few to say anything of: {', '.join(rare)}.")
    if skipped := facts.get("skipped"):
        said.append(f"{len(skipped)} pictures or objects were left out; they are listed below.")
    return said


def _heat(tables: Mapping[str, Tables]) -> list[tuple[str, list[Row | None]]]:
    """Each part's row in every layer, parts that are known best first."""
    of_part: dict[PartKey, dict[str, Row]] = defaultdict(dict)
    for layer, (parts, _, _) in tables.items():
        for row in _known(parts):
            of_part[_key(row)][layer] = row
    ordered = sorted(of_part, key=lambda key: -max(row["AP"] for row in of_part[key].values()))
    return [(" ".join(key), [of_part[key].get(layer) for layer in tables]) for key in ordered]


def _emerged(layer: str, parts: Sequence[Row]) -> tuple[str, float, list[int], int]:
    known = _known(parts)
    averages = np.array([row["AP"] for row in known])
    counts = [int((averages >= threshold).sum()) for threshold in THRESHOLDS]
    return layer, float(averages.mean()) if len(known) else float("nan"), counts, len(known)


def _fires_on(layer: str, stimuli: Sequence[Row]) -> tuple[str, list[float]]:
    counts = Counter(row["kind"] for row in stimuli)
    return layer, [counts[kind] / max(len(stimuli), 1) for kind in KINDS]


def _cards(
    tables: Mapping[str, Tables], pictures: Mapping[str, AnnotatedPicture]
) -> list[PartCard]:
    best: dict[PartKey, tuple[str, Row]] = {}
    for layer, (parts, _, _) in tables.items():
        for row in _known(parts):
            if _key(row) not in best or row["AP"] > best[_key(row)][1]["AP"]:
                best[_key(row)] = layer, row
    cards = []
    for key, (layer, row) in sorted(best.items(), key=lambda each: -each[1][1]["AP"]):
        _, sets, stimuli = tables[layer]
        (shown,) = (
            each
            for each in stimuli
            if (each["class"], each["filter"]) == (row["class"], row["filter"])
        )
        patches = [
            patch
            for name, box in zip(shown["pictures"], shown["boxes"], strict=True)
            if (patch := _stimulus(pictures.get(name), tuple(box))) is not None
        ]
        cards.append(
            PartCard(
                row,
                layer,
                [
                    (each["search"], each["AP"], len(each["filters"]))
                    for each in sets
                    if _key(each) == key
                ],
                [data_url(patch) for patch in patches],
                shown["kind"] + (f": {shown['part']}" if shown["part"] else ""),
            )
        )
    return cards


def _stimulus(picture: AnnotatedPicture | None, box: Box) -> Rgb | None:
    """A stimulus in what is around it; None where the picture cannot be read any more."""
    if picture is None:
        return None
    try:
        rgb = picture.load()[0]
    except PictureError:
        return None
    return boxed(Pixels(rgb, (rgb.shape[0], rgb.shape[1])), box, SIDE)
