"""A study as a folder that people can judge: a form without a network, and its pictures."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from partonomy.datasets.reading import SkippedPicture
from partonomy.emergence.judgements import SHOWN, STUDY_FILE, Kind
from partonomy.emergence.running import AuditRun
from partonomy.emergence.study import Study, draw_study, read_study, save_study, study_folder
from partonomy.errors import PartonomyError, PictureError
from partonomy.features import Begin, unseen
from partonomy.features.objects import AnnotatedPicture
from partonomy.images import Pixels, default_workers, ordered_ahead
from partonomy.images.grid import Box
from partonomy.report.figures import Rgb, boxed
from partonomy.report.pages import write_page

FORM = "index.html"
SIDE, GAP, COLUMNS = 128, 4, 5
"""Of a stimulus and between two, in pixels; stimuli in a row."""
_BETWEEN = (28, 35, 48)
"""Colour between stimuli: dark, to be told from what lies beyond a picture."""

MEANINGS: Mapping[Kind, str] = {
    "part": "Six or more outlines are on the same part of the object.",
    "several parts": "On the object, but not on one part alone.",
    "whole object": "On the object as such, on no part more than another.",
    "texture or colour": "On one surface, pattern or colour, whatever has it.",
    "background": "Beside the object, on what is around it.",
    "nothing": "No six of them have anything in common.",
}


def write_studies(
    run: AuditRun,
    pictures: Iterable[AnnotatedPicture],
    count: int,
    seed: int,
    begin: Begin = unseen,
) -> list[Path]:
    """Write a study of each layer of an audit.

    The strips of a study that is there already are kept.

    Args:
        run: that is done.
        pictures: of the training objects; stimuli in those that cannot be read any more are left
            out.
        count: how many pairs of a class and a filter are drawn in each layer.
        seed: of the draw.
        begin: of progress.

    Returns:
        The form of each layer.

    Raises:
        PartonomyError: a folder cannot be written.
    """
    named = {each.name: each for each in pictures}
    forms = []
    for layer in run.layers:
        folder = study_folder(run, layer)
        study = draw_study(run, layer, count, seed)
        try:
            if _digest(folder) != study.digest:
                _write_strips(folder, study, named, begin)
                save_study(folder, study)
        except OSError as error:
            raise PartonomyError(
                f"{folder} cannot be written: {error.strerror or error}"
            ) from error
        write_form(folder, study)
        forms.append(folder / FORM)
    return forms


def write_form(folder: Path, study: Study) -> None:
    """Write the form into a study's folder; filters without a strip there are not asked about.

    Raises:
        PartonomyError: the page cannot be written.
    """
    shown = [
        (pair, path.relative_to(folder).as_posix(), size)
        for index, pair in enumerate(study.pairs)
        if (size := _size(path := _strip(folder, index))) is not None
    ]
    write_page(
        folder / FORM,
        __package__,
        "study.html",
        study=study,
        shown=shown,
        stimuli=SHOWN,
        meanings=MEANINGS,
        classes=list(study.parts),
    )


def _digest(folder: Path) -> str | None:
    """Of the study that is in a folder; None where none can be read."""
    with suppress(PartonomyError):
        if (study := read_study(folder / STUDY_FILE)) is not None:
            return study.digest
    return None


def _strip(folder: Path, index: int) -> Path:
    """A pair's file, named by its place alone: classes may have any name."""
    return folder / "strips" / f"{index:04d}.jpg"


def _size(path: Path) -> tuple[int, int] | None:
    """(width, height) of a picture; None where it is not there, or is none."""
    with suppress(OSError), Image.open(path) as picture:
        return picture.size
    return None


def _write_strips(
    folder: Path, study: Study, pictures: Mapping[str, AnnotatedPicture], begin: Begin
) -> None:
    """Each picture is decoded once; a strip is kept no longer than until its last stimulus."""
    (folder / STUDY_FILE).unlink(missing_ok=True)  # what it says of the strips ends here
    shutil.rmtree(folder / "strips", ignore_errors=True)
    (folder / "strips").mkdir(parents=True)
    wanted: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, pair in enumerate(study.pairs):
        for place, name in enumerate(pair.pictures):
            wanted[name].append((index, place))
    waiting = Counter(index for places in wanted.values() for index, _ in places)
    patches: dict[int, dict[int, Rgb]] = defaultdict(dict)

    def look(name: str) -> list[tuple[int, int, Rgb | None]]:
        boxes = [study.pairs[index].boxes[place] for index, place in wanted[name]]
        drawn = _stimuli(pictures.get(name), boxes)
        return [(*where, each) for where, each in zip(wanted[name], drawn, strict=True)]

    advance = begin(f"study of {study.layer}", len(wanted))
    threads = default_workers()
    for found in ordered_ahead(look, wanted, ThreadPoolExecutor(threads), 2 * threads):
        for index, place, patch in found:
            waiting[index] -= 1
            if patch is not None:
                patches[index][place] = patch
            if not waiting[index] and (known := patches.pop(index, None)):
                sheet = _sheet([known[place] for place in sorted(known)])
                Image.fromarray(sheet).save(_strip(folder, index), "JPEG", quality=88)
        advance(1)


def _stimuli(picture: AnnotatedPicture | None, boxes: list[Box]) -> list[Rgb | None]:
    """Stimuli of one picture in what is around them; None where it cannot be read any more."""
    if picture is None:
        return [None] * len(boxes)
    try:
        rgb = picture.load()[0]
    except (PictureError, SkippedPicture):
        return [None] * len(boxes)
    pixels = Pixels(rgb, (rgb.shape[0], rgb.shape[1]))
    return [boxed(pixels, box, SIDE, _around(box, pixels.size)) for box in boxes]


def _around(box: Box, size: tuple[int, int]) -> Box:
    """Square of what is shown around a box, in original pixels.

    Three quarters of the picture, if the box is still to be seen in it; little more than the
    picture, if the box takes most of it. It lies in the picture where it fits.
    """
    longer = max(box[2] - box[0], box[3] - box[1], 8.0)
    wide = max(1.6 * longer, min(4 * longer, 0.75 * min(size)))
    side = min(wide, max(1.1 * longer, max(size)))
    y, x = (
        min(max((low + high - side) / 2, 0), length - side)
        if side <= length
        else (length - side) / 2
        for low, high, length in ((box[1], box[3], size[0]), (box[0], box[2], size[1]))
    )
    return (x, y, x + side, y + side)


def _sheet(patches: list[Rgb]) -> Rgb:
    """Patches in rows of five."""
    rows, columns = -(-len(patches) // COLUMNS), min(len(patches), COLUMNS)
    height, width = (n * (SIDE + GAP) - GAP for n in (rows, columns))
    sheet = np.empty((height, width, 3), np.uint8)
    sheet[:] = _BETWEEN
    for index, patch in enumerate(patches):
        y, x = (place * (SIDE + GAP) for place in divmod(index, COLUMNS))
        sheet[y : y + SIDE, x : x + SIDE] = patch
    return sheet
