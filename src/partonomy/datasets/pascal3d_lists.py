"""The lists of PASCAL3D+, which data sets with more annotations of its pictures share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from partonomy.datasets.reading import Fault, Problems

SPLITS = {"train": "training", "val": "validation"}


def listed(root: Path, class_name: str, source: str, problems: Problems) -> Mapping[str, str]:
    """The splits of a class's pictures, by their stems; none where there are no lists.

    Raises:
        PartonomyError: a picture is in two splits, or a list is no text.
    """
    folder, middle = root / "PASCAL/VOCdevkit/VOC2012/ImageSets/Main", ""
    if source == "imagenet":
        folder, middle = root / "Image_sets", "_imagenet"
    found: dict[str, str] = {}
    for word, split in SPLITS.items():
        path = folder / f"{class_name}{middle}_{word}.txt"
        if not path.is_file():
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            problems.stop(Fault.MALFORMED, f"{path}: no text")
        for stem in (line.split()[0] for line in lines if line.strip()):
            if stem in found:
                problems.stop(Fault.DUPLICATE, f"{path.name}, {stem}")
            found[stem] = split
    return found
