"""Parts in filters: how fast they are found beside plain ways, and how much memory it takes."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.emergence import ablation, footprint, precision, search

PARTS = (
    ("Precision of all filters", precision.run),
    ("Sets of filters", search.run),
    ("Ablation", ablation.run),
    ("Memory", footprint.run),
)


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures, to try the script out.
    """
    for title, part in PARTS:
        yield f"### {title}"
        yield from part(limit)
