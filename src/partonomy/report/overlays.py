"""Every picture of a run with its parts laid over, as JPEGs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from partonomy.errors import PartonomyError
from partonomy.images import default_workers
from partonomy.parts import Run
from partonomy.report.figures import Overlay, Rgb, draw

SIDE = 512
_AT_A_TIME = 64


def write_overlays(
    run: Run, n_parts: int, on_progress: Callable[[int], None] = lambda _n: None
) -> None:
    """Write ``overlays/NAME.jpg`` for each picture of a run that can still be read.

    Args:
        run: with its masks and its table of pictures.
        n_parts: K, for the palette.
        on_progress: called with the number of pictures done since the last call.

    Raises:
        PartonomyError: a picture cannot be written.
    """
    rows = run.read_table("pictures")
    for start in range(0, len(rows), _AT_A_TIME):
        some = rows[start : start + _AT_A_TIME]
        wanted = [
            Overlay(Path(row["path"]), run.masks / row["mask"], n_parts, SIDE) for row in some
        ]
        with ThreadPoolExecutor(default_workers()) as pool:
            paths = [(run.overlays / row["mask"]).with_suffix(".jpg") for row in some]
            list(pool.map(_save, paths, draw(wanted)))
        on_progress(len(some))


def _save(path: Path, figure: Rgb | None) -> None:
    if figure is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(figure).save(path, "JPEG", quality=85)
    except OSError as error:
        raise PartonomyError(f"{path} cannot be written: {error.strerror or error}") from error
