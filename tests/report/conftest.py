"""Runs to make reports of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import partonomy as pt
from networks import small_network

Discover = Callable[..., pt.Run]


@pytest.fixture
def discovered(tmp_path: Path, photos: Path) -> Discover:
    """Discovers the parts of twelve pictures, beside a file that is none, with any settings."""
    (photos / "a<b>&.png").write_bytes(b"no picture")
    backbone = pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")

    def discover(**settings: Any) -> pt.Run:
        return pt.discover(
            backbone,
            pt.ImageFolder(photos),
            tmp_path / "run",
            pt.DiscoverSettings(**({"n_parts": 3, "size": 96} | settings)),
            command="partonomy <script>",
        )

    return discover


@pytest.fixture
def run(discovered: Discover) -> pt.Run:
    """Three parts."""
    return discovered()


@pytest.fixture
def run_with_empty(discovered: Discover) -> pt.Run:
    """As many parts as the pictures agree on, and nothing found in the first two pictures."""
    run = discovered(n_parts="auto")
    rows = run.read_table("pictures")
    for row in rows[:2]:
        row |= {"shares": [0.0] * len(row["shares"]), "confidence": float("nan")}
    run.write_table("pictures", rows)
    return run
