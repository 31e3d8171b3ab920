"""What the report shows of each part, branch and picture: rows of tables joined with figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from markupsafe import Markup

from partonomy.images import palette
from partonomy.parts import Run
from partonomy.report.figures import Crop, Overlay, Rgb, data_url, draw, mean_patch, strip
from partonomy.report.plots import place_svg
from partonomy.report.summary import found_nothing
from partonomy.report.tree import Branch

Row = Mapping[str, Any]

PART_SIDE = 112
SHOWN_PART_PATCHES = 10
CONCEPT_SIDE = 44
SHOWN_CONCEPT_PATCHES = 5
PICTURE_SIDE = 380
TYPICAL_PICTURES = 12
DOUBTFUL_PICTURES = 6
EMPTY_PICTURES = 6
SUB_PART_LEVELS = 2
SMALLEST_DIVIDED = 0.04
"""Share of the object from which a part or sub-part is shown divided."""


@dataclass(frozen=True)
class ConceptCard:
    """A concept: its row and a strip of its mean and best patches."""

    row: Row
    strip: str


@dataclass(frozen=True)
class SubPartCard:
    """A branch below a part.

    Attributes:
        share: of the part.
        figure: mean and best patch of its commonest concept; empty where pictures are gone.
        children: what it divides into.
    """

    share: float
    figure: str
    children: list[SubPartCard]


@dataclass(frozen=True)
class PartCard:
    """A part.

    Attributes:
        row: of the table of parts.
        colour: as in the masks.
        places: where it lies.
        mean: mean patch; empty where pictures are gone.
        patches: the best patches.
        concepts: the concepts that it is made of, the commonest first.
        divides_at: the number of parts from which on it is divided; 0 if never.
        sub_parts: what it divides into then, if it is large.
    """

    row: Row
    colour: str
    places: Markup
    mean: str
    patches: list[str]
    concepts: list[ConceptCard]
    divides_at: int
    sub_parts: list[SubPartCard]


@dataclass(frozen=True)
class PictureCard:
    """A picture: its row and the figure."""

    row: Row
    figure: str


@dataclass(frozen=True)
class Gallery:
    """Pictures that have something in common; ``lost`` ones could not be read again."""

    pictures: list[PictureCard]
    lost: int


def colour_of(part: int) -> str:
    """A part's colour in masks and overlays, as CSS writes it."""
    return "#{:02x}{:02x}{:02x}".format(*palette(part)[part])


def part_cards(
    run: Run, root: Branch, parts: Sequence[Row], concepts: Sequence[Row]
) -> list[PartCard]:
    """A card for each part, in the table's order."""
    patches = run.read_table("patches")
    part_patches = [row for row in patches if row["kind"] == "part"]
    concept_patches = [row for row in patches if row["kind"] == "concept"]
    best = [row for row in part_patches if row["rank"] < SHOWN_PART_PATCHES]
    drawn = iter(
        draw(
            [_crop(row, PART_SIDE) for row in part_patches]
            + [_crop(row, CONCEPT_SIDE) for row in concept_patches]
            + [_crop(row, PART_SIDE, run.masks) for row in best]
        )
    )
    of_part, of_concept, outlined = (
        _by_index(rows, drawn) for rows in (part_patches, concept_patches, best)
    )
    branches = {branch.part: branch for branch in root.parts()}

    def concept_strip(concept: int, shown: int) -> str:
        found = of_concept[concept]
        return data_url(strip([mean_patch(found), *found[:shown]]), quality=70) if found else ""

    def card(row: Row) -> PartCard:
        part, branch = row["part"], branches[row["part"]]
        own = sorted(
            (concept for concept in concepts if concept["part"] == part),
            key=lambda concept: -concept["population"],
        )
        return PartCard(
            row=row,
            colour=colour_of(part),
            places=place_svg(row["places"], row["name"]),
            mean=data_url(mean_patch(of_part[part])) if of_part[part] else "",
            patches=[data_url(figure) for figure in outlined[part]],
            concepts=[
                ConceptCard(concept, concept_strip(concept["concept"], SHOWN_CONCEPT_PATCHES))
                for concept in own
            ],
            divides_at=branch.divides_at,
            sub_parts=_sub_parts(branch, branch.share, lambda concept: concept_strip(concept, 1)),
        )

    return [card(row) for row in parts]


def galleries(run: Run, pictures: Sequence[Row], n_parts: int) -> dict[str, Gallery]:
    """Pictures to show: ``typical`` ones, the most ``doubtful`` ones, and ``empty`` ones.

    Typical ones are spread evenly over the collection; doubtful ones have the lowest confidence.
    """
    empty = [row for row in pictures if found_nothing(row)]
    others = [row for row in pictures if not found_nothing(row)]
    typical = _spread(others, TYPICAL_PICTURES)
    shown = {row["picture"] for row in typical}
    rest = [row for row in others if row["picture"] not in shown and not isnan(row["confidence"])]
    doubtful = sorted(rest, key=lambda row: row["confidence"])[:DOUBTFUL_PICTURES]
    chosen = {
        "typical": typical,
        "doubtful": doubtful,
        "empty": _spread(empty, EMPTY_PICTURES),
    }
    drawn = iter(
        draw(
            [
                Overlay(
                    Path(row["path"]),
                    None if found_nothing(row) else run.masks / row["mask"],
                    n_parts,
                    PICTURE_SIDE,
                )
                for rows in chosen.values()
                for row in rows
            ]
        )
    )
    return {name: _gallery(rows, drawn) for name, rows in chosen.items()}


def _gallery(rows: Sequence[Row], drawn: Iterator[Rgb | None]) -> Gallery:
    figures = [next(drawn) for _ in rows]
    cards = [
        PictureCard(row, data_url(figure))
        for row, figure in zip(rows, figures, strict=True)
        if figure is not None
    ]
    return Gallery(cards, len(rows) - len(cards))


def _spread(rows: Sequence[Row], most: int) -> list[Row]:
    """At most so many rows, evenly spread."""
    count = min(most, len(rows))
    return [rows[index * len(rows) // count] for index in range(count)]


def _sub_parts(
    branch: Branch, whole: float, figure: Callable[[int], str], levels: int = SUB_PART_LEVELS
) -> list[SubPartCard]:
    if not levels or branch.share < SMALLEST_DIVIDED:
        return []
    return [
        SubPartCard(
            child.share / whole,
            figure(child.commonest_concept()),
            _sub_parts(child, whole, figure, levels - 1),
        )
        for child in branch.children
    ]


def _crop(row: Row, side: int, masks: Path | None = None) -> Crop:
    """A row's patch, with the part outlined where the masks' folder is given."""
    mask = None if masks is None else masks / row["mask"]
    return Crop(Path(row["path"]), tuple(row["box"]), side, mask, row["index"])


def _by_index(rows: Sequence[Row], drawn: Iterator[Rgb | None]) -> Mapping[int, list[Rgb]]:
    """The next figures, one a row, by the row's part or concept; lost pictures left out."""
    found: dict[int, list[Rgb]] = defaultdict(list)
    for row in rows:
        figure = next(drawn)
        if figure is not None:
            found[row["index"]].append(figure)
    return found
