"""The report: one HTML file that shows a run to a person, with nothing to fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partonomy.features import write_atomically
from partonomy.parts import Run, palette
from partonomy.report.figures import Crop, Overlay, Rgb, data_url, draw, mean_patch, strip
from partonomy.report.plots import curve_svg, place_svg

Row = Mapping[str, Any]

PART_SIDE = 112
SHOWN_PART_PATCHES = 10
CONCEPT_SIDE = 44
SHOWN_CONCEPT_PATCHES = 5
OVERLAY_SIDE = 380
TYPICAL_PICTURES = 12
DOUBTFUL_PICTURES = 6
MAX_LISTED = 200


@dataclass
class PartCard:
    """What the sheet shows of one part."""

    row: Row
    colour: str
    places: str
    mean: str = ""
    patches: list[str] = field(default_factory=list)
    concepts: list[ConceptCard] = field(default_factory=list)


@dataclass
class ConceptCard:
    """What the sheet shows of one concept."""

    row: Row
    strip: str


@dataclass
class PictureCard:
    """What the sheet shows of one picture."""

    row: Row
    figure: str


def write_report(run: Run) -> Path:
    """Write ``report.html`` into a finished run.

    Pictures are read again from where they were; those that are gone are left out.

    Raises:
        PartonomyError: the run has no tables.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pictures = run.read_table("pictures")
    parts, concepts = run.read_table("parts"), run.read_table("concepts")
    environment = Environment(
        loader=PackageLoader("partonomy.report"), autoescape=True, undefined=StrictUndefined
    )
    typical, doubtful = _choose(pictures)
    figures = _Figures(run, parts, concepts, [*typical, *doubtful])
    html = environment.get_template("report.html").render(
        run=run.file,
        title=Path(run.file.config["root"]).name or "pictures",
        parts=figures.parts,
        typical=figures.pictures[: len(typical)],
        doubtful=figures.pictures[len(typical) :],
        curve=curve_svg(run.read_table("curve"), run.file.results["n_concepts"]),
        warnings=_warnings(run, parts),
        n_missing=figures.n_missing,
        max_listed=MAX_LISTED,
    )
    write_atomically(run.report, lambda part: Path(part).write_text(html, encoding="utf-8"))
    return run.report


class _Figures:
    """All figures of a report, drawn in one pass over the pictures that they need."""

    def __init__(
        self, run: Run, parts: Sequence[Row], concepts: Sequence[Row], pictures: Sequence[Row]
    ) -> None:
        colours = palette(len(parts))
        patches = run.read_table("patches")
        part_patches = [row for row in patches if row["kind"] == "part"]
        concept_patches = [row for row in patches if row["kind"] == "concept"]
        shown = [row for row in part_patches if row["rank"] < SHOWN_PART_PATCHES]
        wanted: list[Crop | Overlay] = [_crop(row, PART_SIDE) for row in part_patches]
        wanted += [_crop(row, CONCEPT_SIDE) for row in concept_patches]
        wanted += [_outlined(row, run.masks) for row in shown]
        wanted += [
            Overlay(Path(row["path"]), run.masks / row["mask"], len(parts), OVERLAY_SIDE)
            for row in pictures
        ]
        drawn = iter(draw(wanted))
        mean_of = _by_index(part_patches, drawn)
        strip_of = _by_index(concept_patches, drawn)
        shown_of = _by_index(shown, drawn)
        self.pictures = [
            PictureCard(row, data_url(figure))
            for row, figure in zip(pictures, drawn, strict=True)
            if figure is not None
        ]
        self.n_missing = len(pictures) - len(self.pictures)
        self.parts = [
            PartCard(
                row,
                "#{:02x}{:02x}{:02x}".format(*colours[row["part"]]),
                place_svg(row["places"]),
                data_url(mean_patch(mean_of[row["part"]])) if mean_of.get(row["part"]) else "",
                [data_url(figure) for figure in shown_of.get(row["part"], [])],
                [
                    ConceptCard(concept, _concept_strip(strip_of.get(concept["concept"], [])))
                    for concept in sorted(concepts, key=lambda row: -row["population"])
                    if concept["part"] == row["part"]
                ],
            )
            for row in parts
        ]


def _crop(row: Row, side: int) -> Crop:
    return Crop(Path(row["path"]), tuple(row["box"]), side)


def _outlined(row: Row, masks: Path) -> Crop:
    return Crop(Path(row["path"]), tuple(row["box"]), PART_SIDE, masks / row["mask"], row["index"])


def _by_index(rows: Sequence[Row], drawn: Any) -> dict[int, list[Rgb]]:
    """The next figures, one a row, by the row's part or concept; lost pictures left out."""
    found: dict[int, list[Rgb]] = {}
    for row in rows:
        figure = next(drawn)
        if figure is not None:
            found.setdefault(row["index"], []).append(figure)
    return found


def _concept_strip(patches: Sequence[Rgb]) -> str:
    if not patches:
        return ""
    return data_url(strip([mean_patch(patches), *patches[:SHOWN_CONCEPT_PATCHES]]), quality=70)


def _choose(pictures: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Pictures to show: some spread evenly over the collection, and the least certain ones."""
    step = max(1, len(pictures) // TYPICAL_PICTURES)
    typical = list(pictures[::step][:TYPICAL_PICTURES])
    shown = {row["picture"] for row in typical}
    rest = [row for row in pictures if row["picture"] not in shown]
    return typical, sorted(rest, key=lambda row: row["confidence"])[:DOUBTFUL_PICTURES]


def _warnings(run: Run, parts: Sequence[Row]) -> list[str]:
    """What a reader should know before trusting the parts."""
    warnings = []
    if run.file.skipped:
        warnings.append(
            f"{len(run.file.skipped)} of {run.file.n_pictures} pictures could not be used; "
            "they are listed at the end."
        )
    if not run.file.config["foreground"]:
        warnings.append(
            "No foreground masks were given, so some parts are of the background. "
            "Masks with the same names (--foreground DIR) keep the parts on the object."
        )
    if run.file.config["backbone"]["weights"] == "random":
        warnings.append("The network has random weights: these parts are what chance gives.")
    if run.file.n_read < 20:
        warnings.append(
            f"Only {run.file.n_read} pictures were used: parts settle with a few dozen."
        )
    warnings += [
        f"{row['name']} occurs in {row['pictures']:.0%} of the pictures: "
        "it may be the peculiarity of a few."
        for row in parts
        if row["pictures"] < 0.1
    ]
    return warnings
