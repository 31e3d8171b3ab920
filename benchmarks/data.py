"""Where the real pictures and weights are."""

from __future__ import annotations

import os
from pathlib import Path

CAR_FOLDERS = ("trainingset", "testset")


def data_folder() -> Path:
    """The real pictures and weights: ``$PARTONOMY_DATA``, else ``../shared/data``."""
    folder = Path(os.environ.get("PARTONOMY_DATA", "../shared/data")).absolute()
    if not folder.is_dir():
        raise SystemExit(f"no real pictures and weights in {folder}: set PARTONOMY_DATA")
    return folder


def weights(name: str) -> Path:
    """The weights file of a network."""
    return data_folder() / "weights" / name / f"{name}.safetensors"


def car_pictures(limit: int | None = None) -> list[Path]:
    """Files of both splits of the cars; the first ``limit`` of them, if it is given."""
    root = data_folder() / "images" / "car_parts"
    found = [path for name in CAR_FOLDERS for path in sorted(root.glob(f"{name}/JPEGImages/*"))]
    return found[:limit]


def link_pictures(paths: list[Path], folder: Path) -> Path:
    """Bring pictures together in one folder."""
    folder.mkdir()
    for path in paths:
        (folder / path.name).symlink_to(path)
    return folder


def copy_pictures(paths: list[Path], folder: Path, copies: int) -> Path:
    """Copies that decode alike and differ in bytes: something follows the end of each picture."""
    folder.mkdir()
    for path in paths:
        content = path.read_bytes()
        for copy in range(copies):
            (folder / f"{path.stem}-{copy}{path.suffix}").write_bytes(content + b"%d" % copy)
    return folder
