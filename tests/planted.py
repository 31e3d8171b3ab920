"""A run of planted masks, with pictures to go with them: what every exporter must survive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.images import ImageFolder, save_label_png
from partonomy.parts import Run

Labels = NDArray[np.uint8]


def pieces_and_holes() -> Labels:
    """Part 1 in two pieces, one holed, with part 2 and an island of its own inside the hole."""
    labels = np.zeros((61, 83), np.uint8)
    labels[5:45, 10:60] = 1
    labels[10:40, 15:50] = 0
    labels[15:30, 20:40] = 1  # an island in the hole, holed itself
    labels[20:23, 25:28] = 2
    labels[50:58, 70:80] = 1  # another piece
    labels[12:14, 52:57:2] = 0  # holes beside each other, a pixel wide
    labels[45, 60] = labels[46, 61] = 1  # touching by corners alone
    labels[0, 0] = labels[60, 82] = 3  # single pixels at the picture's corners
    return labels


def thin_and_noisy() -> Labels:
    """Lines a pixel wide, and parts that change from pixel to pixel."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, (47, 31)).astype(np.uint8)
    labels[20:] = 0
    labels[25, 3:28] = labels[22:46, 5] = 4
    labels[np.arange(28, 44), np.arange(10, 26)] = 5
    return labels


def many_parts() -> Labels:
    """All 255 parts."""
    return (np.arange(40 * 32).reshape(40, 32) % 256).astype(np.uint8)


def blank(height: int, width: int, label: int) -> Labels:
    return np.full((height, width), label, np.uint8)


PLANTED: Mapping[str, Labels] = {
    "a/same.png": pieces_and_holes(),
    "b/same.png": pieces_and_holes()[::-1, ::-1].copy(),
    "b/c d/ein schönes Bild 写真.jpg": thin_and_noisy(),
    "images/labels/images.png": pieces_and_holes()[:, ::-1].copy(),
    "twin.jpg": blank(9, 7, 1),
    "twin.png": blank(7, 9, 2),
    "empty.png": blank(12, 13, 0),
    "full.webp": blank(33, 17, 255),
    "many.v2.png": many_parts(),
    "one pixel + 100% #2 & more.png": blank(1, 1, 7),
    "row.png": np.arange(37, dtype=np.uint8)[None],
    "column.jpe": (np.arange(41, dtype=np.uint8) // 9)[:, None].copy(),
}


def planted_run(folder: Path, planted: Mapping[str, Labels] = PLANTED, n_parts: int = 255) -> Run:
    """A finished run of segment, as its command would leave it, over pictures of the same sizes."""
    pictures = folder / "pictures"
    for name, labels in planted.items():
        (pictures / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(labels).convert("RGB").save(
            pictures / name, "JPEG" if name.endswith(".jpe") else None
        )
    collection = ImageFolder(pictures)
    config = {
        "root": str(collection.root),
        "part_names": [f"part_{part:02d}" for part in range(1, n_parts + 1)],
        "foreground": None,
    }
    run = Run.start(folder / "run", "segment", "planted", config, len(collection))
    rows = []
    for file in collection:
        mask = run.masks / f"{file.stem}.png"
        mask.parent.mkdir(parents=True, exist_ok=True)
        labels = planted[file.name]
        save_label_png(mask, labels, n_parts)
        rows.append(
            {
                "picture": file.name,
                "path": str(file.path),
                "digest": file.name,
                "width": labels.shape[1],
                "height": labels.shape[0],
                "mask": mask.relative_to(run.masks).as_posix(),
            }
        )
    run.write_table("pictures", rows)
    run.record([row["digest"] for row in rows], [])
    run.finish(n_parts=n_parts)
    return run
