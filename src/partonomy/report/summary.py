"""What a reader should know first: a run in a few figures, and what to beware of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from partonomy.parts import Run

Row = Mapping[str, Any]

RARE = 0.1
"""Share of the pictures under which a part may be the peculiarity of a few."""
FEW_PICTURES = 20


class Fact(NamedTuple):
    """A figure and what it counts."""

    value: str
    label: str


def on_object(run: Run) -> bool:
    """Whether the parts are of an object, and not of whole pictures."""
    foreground = run.file.config["foreground"]
    return bool(run.file.results["foreground_found"] if foreground == "auto" else foreground)


def found_nothing(picture: Row) -> bool:
    """Whether a picture of the table has an empty mask."""
    return not any(picture["shares"])


def facts(run: Run, pictures: Sequence[Row]) -> list[Fact]:
    """The run in a few figures."""
    file = run.file
    chosen = " (auto)" if file.config["n_parts"] == "auto" else ""
    found = [
        Fact(str(file.n_read), "pictures"),
        Fact(str(file.results["n_parts"]), f"parts{chosen}"),
        Fact(str(file.results["n_concepts"]), "visual concepts"),
        Fact(*_foreground(run)),
    ]
    empty = sum(map(found_nothing, pictures))
    if on_object(run) or empty:
        found.append(Fact(str(empty), "with nothing found"))
    return [*found, Fact(str(len(file.skipped)), "files skipped")]


def _foreground(run: Run) -> tuple[str, str]:
    if not on_object(run):
        return "none", "foreground: parts are of whole pictures"
    if run.file.config["foreground"] == "auto":
        return "found", "foreground, without labels"
    return "given", "foreground, as masks"


def warnings(run: Run, parts: Sequence[Row], pictures: Sequence[Row]) -> list[str]:
    """What to know before trusting the parts, a sentence or two each."""
    file, n_parts = run.file, run.file.results["n_parts"]
    found = []
    if file.config["backbone"]["weights"] == "random":
        found.append("The network has random weights: these parts are what chance gives.")
    found += _foreground_warnings(run)
    empty = [row["picture"] for row in pictures if found_nothing(row)]
    if empty:
        found.append(
            f"Nothing was found in {len(empty)} of {file.n_read} pictures (empty masks): "
            "see the end of the pictures."
        )
    if file.skipped:
        found.append(
            f"{len(file.skipped)} of {file.n_pictures} pictures could not be used; "
            "they are listed at the end."
        )
    if file.n_read < FEW_PICTURES:
        found.append(f"Only {file.n_read} pictures were used: parts settle with a few dozen.")
    if file.config["n_parts"] != "auto" and file.config["n_parts"] > n_parts:
        found.append(
            f"{file.config['n_parts']} parts were asked for, but there are visual concepts for "
            f"{n_parts} only."
        )
    dead = file.results.get("training", {}).get("dead_parts", [])
    if dead:
        found.append(
            f"Nearly vanished in training: {', '.join(dead)}. Ask for fewer parts (--parts)."
        )
    rare = [row["name"] for row in parts if row["pictures"] < RARE]
    if rare:
        found.append(
            f"In fewer than {RARE:.0%} of the pictures: {', '.join(rare)}. "
            "That may be the peculiarity of a few pictures."
        )
    return found


def _foreground_warnings(run: Run) -> list[str]:
    if on_object(run):
        return []
    masks = "Masks with the pictures' names (--foreground DIR) keep parts on the object."
    if run.file.config["foreground"] == "auto":
        return [
            "No object that the pictures have in common could be told from their background, so "
            f"the parts are of whole pictures. {masks}"
        ]
    return [
        "The parts are of whole pictures (--foreground none), so some are of the background. "
        f"--foreground auto looks for the object. {masks}"
    ]
