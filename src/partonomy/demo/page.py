"""``demo.html``: what was found beside the truth, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from partonomy.demo.demo import CONTEXT, LAYERS, NETWORK, OURS, ClassResult, Demo
from partonomy.demo.scoring import MEASURES, Labels, paired
from partonomy.demo.summary import ScoreRow, Summary, highest, in_brackets
from partonomy.images import overlay
from partonomy.report import write_page
from partonomy.report.cards import colour_of
from partonomy.report.figures import Rgb, data_url

PAGE = "demo.html"
SHOWN = 4
"""Pictures of each class; the first ones, which are of different styles."""
OPACITY = 0.75


@dataclass(frozen=True)
class Trio:
    """One picture three times, as data URLs: bare, with what was found, with the truth."""

    picture: str
    found: str
    true: str


@dataclass(frozen=True)
class PartKey:
    """A true part: its colour in both, and its overlap with the found part of that colour."""

    name: str
    colour: str
    overlap: float


@dataclass(frozen=True)
class ClassCard:
    """One class: its parts, some pictures, every method's scores, the report of its run."""

    name: str
    parts: list[PartKey]
    trios: list[Trio]
    rows: list[ScoreRow]
    report: str

    @property
    def ours(self) -> ScoreRow:
        """The scores of what is shown."""
        return next(row for row in self.rows if row.method == OURS)


def write_demo_page(demo: Demo, summary: Summary) -> Path:
    """Write ``demo.html`` into a demo's folder.

    Args:
        demo: what was found.
        summary: what it scores.

    Raises:
        PartonomyError: it cannot be written.
    """
    path = demo.output / PAGE
    cards = [_card(demo, each, summary.by_class[each.truth.name]) for each in demo.classes]
    write_page(
        path,
        __package__,
        "demo.html",
        demo=demo,
        network=NETWORK,
        layers=LAYERS,
        context=CONTEXT,
        measures=list(MEASURES),
        rows=summary.rows,
        findings=summary.findings,
        shortcomings=summary.shortcomings,
        classes=cards,
        highest=highest,
        range=in_brackets,
        ours=OURS,
    )
    return path


def _card(demo: Demo, result: ClassResult, rows: list[ScoreRow]) -> ClassCard:
    truth, n_parts = result.truth, result.truth.n_parts
    pairing = paired(result.tables[OURS])

    def trio(index: int) -> Trio:
        pixels = truth.pixels(index)
        found = pairing.true_label[result.found[index]]
        return Trio(
            data_url(pixels),
            _painted(pixels, found, n_parts),
            _painted(pixels, truth.labels[index], n_parts),
        )

    keys = [
        PartKey(name, colour_of(label), float(overlap))
        for label, (name, overlap) in enumerate(
            zip(truth.part_names, pairing.overlap, strict=True), start=1
        )
    ]
    trios = [trio(index) for index in range(min(SHOWN, len(truth.pictures)))]
    report = result.run.report.relative_to(demo.output).as_posix()
    return ClassCard(truth.name, keys, trios, rows, report)


def _painted(pixels: Rgb, labels: Labels, n_parts: int) -> str:
    return data_url(overlay(pixels, labels, n_parts, OPACITY))
