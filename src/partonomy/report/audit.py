"""The page of an audit: which parts live in which filters of which layers, and what decides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from partonomy.emergence.agreement import TOLD
from partonomy.emergence.comparing import PartKey, best_layers, measured
from partonomy.emergence.findings import (
    DecidedClass,
    SetsOfFilters,
    blanked_parts,
    decided_classes,
    difference,
    relations,
    sets_of_filters,
)
from partonomy.emergence.finished import FinishedAudit, Row, read_audit
from partonomy.emergence.networks import THRESHOLDS, NetworkRow, network_rows
from partonomy.emergence.running import LAYERS, OF_CONCEPTS, UNTRAINED, AuditRun
from partonomy.emergence.verdicts import JudgedLayer
from partonomy.features.objects import AnnotatedPicture
from partonomy.metrics import Interval
from partonomy.report.pages import write_page
from partonomy.report.stimuli import Wanted, stimuli_drawn

PAGE = "audit.html"
SURE = 0.05
"""Rate of false discoveries up to which a part counts as known beyond chance."""
SHOWN = 6
"""Discriminative filters of a class whose stimuli are drawn."""


@dataclass(frozen=True)
class Firing:
    """What a filter fires on.

    Attributes:
        stimuli: its strongest, as pictures in data URLs.
        kind: what they are on, in words.
    """

    stimuli: Sequence[str]
    kind: str


@dataclass(frozen=True)
class PartCard:
    """A part and the layer that knows it best.

    Attributes:
        row: of that layer's table.
        layer: its name.
        sets: AP of each set of filters there, by search, with how many filters it has.
        firing: the best filter's.
    """

    row: Row
    layer: str
    sets: Sequence[tuple[str, float, int]]
    firing: Firing


@dataclass(frozen=True)
class LayerLine:
    """A layer in the table of how many parts emerge.

    Attributes:
        known: what its filters, concepts in their place and the untrained network's filters know.
        beyond_untrained, beyond_filters: mean AP that filters have more than untrained ones, and
            concepts more than filters.
        sets: of filters.
    """

    known: NetworkRow
    beyond_untrained: Interval | None
    beyond_filters: Interval | None
    sets: Sequence[SetsOfFilters]


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
        PartonomyError: the page cannot be written, or a table of the run cannot be read.
    """
    audit = read_audit(run.folder)
    best = best_layers(audit.filters)
    decided, blanked = decided_classes(audit), blanked_parts(audit)
    shown = _shown(audit, best, decided)
    drawn = stimuli_drawn(shown, pictures)
    firing = {
        one: Firing(drawn[one], row["kind"] + (f": {row['part']}" if row["part"] else ""))
        for one, row in shown.items()
    }
    path = run.folder / PAGE
    criterion = audit.facts["settings"]["criterion"]
    write_page(
        path,
        __package__,
        "audit.html",
        network=audit.network,
        dataset=audit.facts["data"].get("dataset", "objects"),
        facts=_facts(audit, best),
        warnings=_warnings(audit),
        heat=_heat(audit, best),
        layers=list(audit.filters),
        lines=_lines(audit),
        thresholds=THRESHOLDS,
        relations=relations(audit, blanked),
        kinds=TOLD,
        fires_on=[_fires_on(audit, kind, layer) for layer, kind in _looked_at(audit)],
        cards=_cards(audit, best, firing),
        criterion=criterion,
        decided=[(each, _missed(each, firing)) for each in decided],
        blanked=_blanked(blanked, best),
        deciding=audit.facts.get("deciding"),
        undecided=audit.facts.get("undecided"),
        judged=judged,
        command=command,
        skipped=audit.facts["skipped"],
    )
    return path


def _facts(audit: FinishedAudit, best: Mapping[PartKey, tuple[str, Row]]) -> list[tuple[str, str]]:
    rows = [row for _, row in best.values()]
    emerged = sum(row["AP"] >= THRESHOLDS[1] for row in rows)
    return [
        (str(len(audit.filters)), "layer" if len(audit.filters) == 1 else "layers"),
        (str(len(rows)), "parts measured"),
        (str(emerged), f"parts that one filter finds with an AP of {THRESHOLDS[1]:.0%} or more"),
        (str(sum(row["q"] <= SURE for row in rows)), "parts that one filter knows beyond chance"),
    ]


def _warnings(audit: FinishedAudit) -> list[str]:
    said = []
    parts = next(iter(audit.filters.values()))
    rare = [f"{row['class']} {row['part']}" for row in parts if row.get("AP") is None]
    if rare:
        said.append(f"Too few to say anything of: {', '.join(rare)}.")
    if reason := audit.facts.get("undecided"):
        said.append(f"What decides classes is not known: {reason}.")
    outputs = audit.facts.get("outputs", {})
    for index, count in Counter(each["index"] for each in outputs.values()).items():
        if count > 1:
            names = [name for name, each in outputs.items() if each["index"] == index]
            said.append(
                f"Output {index} is taken for {', '.join(names)}: the network does not tell these "
                "apart as it sees them. Another --size may, or --score names each one's output."
            )
    for name, output in outputs.items():
        if not output["given"] and output["probability"] is not None:
            said.append(
                f"Output {output['index']} is taken for the class {name}: of all outputs the "
                f"likeliest for its objects ({output['probability']:.0%}). --score {name}=INDEX "
                "names another."
            )
    if skipped := audit.facts["skipped"]:
        said.append(f"{len(skipped)} pictures or objects were left out; they are listed below.")
    return said


def _heat(
    audit: FinishedAudit, best: Mapping[PartKey, tuple[str, Row]]
) -> list[tuple[str, list[Row | None]]]:
    """Each part's row in every layer, parts that are known best first."""
    of_layer = [
        {(row["class"], row["part"]): row for row in measured(rows)}
        for rows in audit.filters.values()
    ]
    ordered = sorted(best, key=lambda key: -best[key][1]["AP"])
    return [(" ".join(key), [rows.get(key) for rows in of_layer]) for key in ordered]


def _lines(audit: FinishedAudit) -> list[LayerLine]:
    """One a layer, and one of each part in its best layer."""
    lines = []
    for row in network_rows("", audit):
        filters, concepts, untrained = (
            _rows_of(each, row.layer) for each in (audit.filters, audit.concepts, audit.untrained)
        )
        sets = [] if row.layer is None else audit.table(LAYERS, row.layer, "sets")
        lines.append(
            LayerLine(
                row,
                difference(filters, untrained),
                difference(concepts, filters),
                sets_of_filters(sets),
            )
        )
    return lines


def _rows_of(layers: Mapping[str, Sequence[Row]], layer: str | None) -> Sequence[Row]:
    """A layer's rows, or of each part those of its best layer."""
    if layer is not None:
        return layers.get(layer, ())
    return [row for _, row in best_layers(layers).values()]


def _looked_at(audit: FinishedAudit) -> list[tuple[str, str]]:
    kinds = ((LAYERS, audit.filters), (OF_CONCEPTS, audit.concepts), (UNTRAINED, audit.untrained))
    return [(layer, kind) for layer in audit.filters for kind, layers in kinds if layer in layers]


def _fires_on(audit: FinishedAudit, kind: str, layer: str) -> tuple[str, str, list[float]]:
    rows = audit.table(kind, layer, "stimuli")
    counts = Counter(row["kind"] for row in rows)
    return layer, kind, [counts[each] / max(len(rows), 1) for each in TOLD]


def _shown(
    audit: FinishedAudit,
    best: Mapping[PartKey, tuple[str, Row]],
    decided: Sequence[DecidedClass],
) -> dict[Wanted, Row]:
    """Rows of ``stimuli.parquet`` of all filters that are shown."""
    wanted = {Wanted(layer, row["class"], row["filter"]) for layer, row in best.values()}
    for each in decided:
        wanted |= {
            Wanted(each.layer, each.class_name, row["filter"])
            for row in each.discriminative[:SHOWN]
        }
    return {
        one: row
        for layer in sorted({each.layer for each in wanted})
        for row in audit.table(LAYERS, layer, "stimuli")
        if (one := Wanted(layer, row["class"], row["filter"])) in wanted
    }


def _cards(
    audit: FinishedAudit,
    best: Mapping[PartKey, tuple[str, Row]],
    firing: Mapping[Wanted, Firing],
) -> list[PartCard]:
    sets: dict[tuple[str, PartKey], list[tuple[str, float, int]]] = defaultdict(list)
    for layer in {layer for layer, _ in best.values()}:
        for row in audit.table(LAYERS, layer, "sets"):
            found = row["search"], row["AP"], len(row["filters"])
            sets[layer, (row["class"], row["part"])].append(found)
    return [
        PartCard(row, layer, sets[layer, key], firing[Wanted(layer, row["class"], row["filter"])])
        for key, (layer, row) in sorted(best.items(), key=lambda each: -each[1][1]["AP"])
    ]


def _missed(decided: DecidedClass, firing: Mapping[Wanted, Firing]) -> list[tuple[Row, Firing]]:
    """The filters that are missed most, and what they fire on."""
    return [
        (row, firing[Wanted(decided.layer, decided.class_name, row["filter"])])
        for row in decided.discriminative[:SHOWN]
    ]


def _blanked(
    rows: Sequence[Row], best: Mapping[PartKey, tuple[str, Row]]
) -> list[tuple[Row, float | None]]:
    """Each blanked part with the AP of its best filter."""
    return [
        (
            row,
            best[row["class"], row["part"]][1]["AP"]
            if (row["class"], row["part"]) in best
            else None,
        )
        for row in rows
    ]
