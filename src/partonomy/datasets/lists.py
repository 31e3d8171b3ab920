"""Lists of numbers by name, as several data sets keep them in text files."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from partonomy.datasets.reading import Fault, Problems


def numbers_by_name(
    path: Path, columns: int, problems: Problems, *, titled: bool = False
) -> dict[str, tuple[float, ...]]:
    """What a list has a name and numbers a line of, in its order.

    Args:
        path: of the list.
        columns: how many numbers there are a line.
        problems: where faults are noted.
        titled: the first line is how many names there are, the second what the numbers are.

    Raises:
        PartonomyError: it is no such list, or a name occurs twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        problems.stop(Fault.MALFORMED, f"{path}: no text")
    before = 2 if titled else 0
    if len(lines) < before:
        problems.stop(Fault.MALFORMED, f"{path}: no list of names")
    found: dict[str, tuple[float, ...]] = {}
    for number, line in enumerate(lines[before:], start=before + 1):
        if not line.strip():
            continue
        name, *rest = line.split()
        try:
            numbers = tuple(map(float, rest))
        except ValueError:
            numbers = ()
        if not len(rest) == len(numbers) == columns or not all(map(isfinite, numbers)):
            problems.stop(
                Fault.MALFORMED, f"{path}, line {number}: not a name and {columns} numbers"
            )
        if name in found:
            problems.stop(Fault.DUPLICATE, f"{path}, {name}")
        found[name] = numbers
    if titled and lines[0].strip() != str(len(found)):
        problems.stop(Fault.MALFORMED, f"{path}: {len(found)} names, not {lines[0].strip()}")
    return found
