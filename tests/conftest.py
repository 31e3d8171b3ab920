"""What tests share: where the real data is, and pictures that are made up."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

ROOT = Path(__file__).parent.parent

# the same cases at each run, so that a change is judged by what it changes; `make explore` looks
# for new ones
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("PARTONOMY_EXAMPLES") or "repeatable")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures and weights; the test is skipped where there is none."""
    folder = Path(os.environ.get("PARTONOMY_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "images").is_dir():
        pytest.skip(f"no real pictures and weights at {folder} (PARTONOMY_DATA)")
    return folder.resolve()


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep features out of the user's cache folder."""
    monkeypatch.setenv("PARTONOMY_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of twelve small pictures: a bright disc and a dark square on noise."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(12):
        Image.fromarray(made_up_picture(index)).save(folder / f"{index:02d}.png")
    return folder


def made_up_picture(seed: int, height: int = 96, width: int = 128) -> np.ndarray:
    """(height, width, 3) uint8: a bright disc and a dark square somewhere on noise."""
    generator = np.random.default_rng(seed)
    picture = generator.normal(120, 20, (height, width, 3))
    row, column = generator.integers(24, height - 24), generator.integers(24, width // 2)
    rows, columns = np.mgrid[:height, :width]
    picture[(rows - row) ** 2 + (columns - column) ** 2 < 18**2] = (240, 220, 60)
    square = (abs(rows - row) < 14) & (abs(columns - column - width // 3) < 14)
    picture[square] = (30, 40, 160)
    return picture.clip(0, 255).astype(np.uint8)
