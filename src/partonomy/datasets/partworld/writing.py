"""PartWorld written out as a folder that other tools read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from partonomy.datasets.annotation import AnnotatedPart, Annotation
from partonomy.datasets.coco import Entry, label_runs, segmentation, write_coco
from partonomy.datasets.partworld.figures import FIGURES
from partonomy.datasets.partworld.rendering import Rendering
from partonomy.datasets.partworld.world import PartWorld
from partonomy.errors import PartonomyError
from partonomy.images import save_label_png, unfinished, write_atomically
from partonomy.images.grid import Box

WORLD = "partworld.json"
FOLDERS = ("pictures", "foreground", "truth")
ANNOTATIONS = "annotations.json"


def write_folder(
    world: PartWorld,
    folder: Path,
    workers: int,
    on_progress: Callable[[int], None] = lambda _n: None,
) -> None:
    """Write a world.

    ::

        pictures/CLASS/00000.png     the pictures
        foreground/CLASS/00000.png   the object, 255 on 0
        truth/CLASS/00000.png        labels of the class's parts, 0 elsewhere
        annotations.json             COCO: each object, each visible part, with box, mask, keypoint
        partworld.json               what the world was made from

    In ``annotations.json`` a category is a class (``car``) or a part of one (``car/wheel``). A
    part's keypoint has COCO's visibility 2 where its pixel is the part's, 1 where something hides
    it.

    Args:
        world: the pictures.
        folder: where; an earlier world in it is replaced.
        workers: processes to render on.
        on_progress: called with the number of pictures written since the last call.

    Raises:
        PartonomyError: the folder holds something else, or cannot be written.
    """
    foreign = folder.is_dir() and not all(map(unfinished, folder.iterdir()))
    if foreign and not (folder / WORLD).exists():
        raise PartonomyError(f"-o {folder}: the folder is not empty and holds no PartWorld")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(world), indent=2) + "\n"
        # first, so that a folder whose writing was killed is known as a PartWorld's
        write_atomically(folder / WORLD, lambda part: Path(part).write_text(text))
        for name in FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
            for class_name in world.classes:
                (folder / name / class_name).mkdir(parents=True)
        entries = world.map(_Writer(folder, _categories(world)), workers)
        write_atomically(
            folder / ANNOTATIONS,
            lambda part: write_coco(
                Path(part), "PartWorld", list(_describe(world)), _counted(entries, on_progress)
            ),
        )
    except OSError as error:
        raise PartonomyError(f"-o {folder}: {error.strerror or error}") from error


def _counted(
    entries: Iterator[tuple[Entry, list[Entry]]], on_progress: Callable[[int], None]
) -> Iterator[tuple[Entry, list[Entry]]]:
    for entry in entries:
        on_progress(1)
        yield entry


def _describe(world: PartWorld) -> Iterator[Entry]:
    """The categories: the classes, each followed by its parts."""
    for name, number in _categories(world).items():
        class_name, _, part = name.partition("/")
        yield {
            "id": number,
            "name": name,
            "supercategory": class_name if part else "object",
            **({"keypoints": [part], "skeleton": []} if part else {}),
        }


def _categories(world: PartWorld) -> dict[str, int]:
    names = [
        name
        for class_name in world.classes
        for name in (
            class_name,
            *(f"{class_name}/{part}" for part in FIGURES[class_name].schema.names),
        )
    ]
    return {name: number for number, name in enumerate(names, 1)}


@dataclass(frozen=True)
class _Writer:
    """Writes the files of one picture; gives its entries in the annotations."""

    folder: Path
    categories: dict[str, int]

    def __call__(self, rendering: Rendering) -> tuple[Entry, list[Entry]]:
        annotation = rendering.annotation
        pictures, foreground, truth = (self.folder / name / annotation.picture for name in FOLDERS)
        Image.fromarray(rendering.picture).save(pictures, compress_level=1)
        mask = np.zeros(annotation.size, bool) if annotation.mask is None else annotation.mask
        Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))).save(foreground)
        save_label_png(truth, annotation.labels(), len(annotation.schema.names))
        return self._entries(annotation)

    def _entries(self, annotation: Annotation) -> tuple[Entry, list[Entry]]:
        height, width = annotation.size
        image = {
            "file_name": f"{FOLDERS[0]}/{annotation.picture}",
            "width": width,
            "height": height,
            "class": annotation.class_name,
            "style": annotation.style,
            "split": annotation.split,
        }
        whole = AnnotatedPart("", annotation.box, annotation.mask)
        named = [(annotation.class_name, whole)]
        named += [(f"{annotation.class_name}/{part.name}", part) for part in annotation.parts]
        entries = []
        for name, part in named:
            if part.mask is not None and part.box is not None:
                entries.append(self._entry(name, part.mask, part.box) | _keypoint(part))
        return image, entries

    def _entry(self, name: str, mask: np.ndarray, box: Box) -> Entry:
        height, width = mask.shape
        x0, y0, x1, y1 = box
        return {
            "category_id": self.categories[name],
            "segmentation": segmentation(label_runs(mask.view(np.uint8)), 1, (height, width)),
            "area": int(mask.sum()),
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "iscrowd": 0,
        }


def _keypoint(part: AnnotatedPart) -> Entry:
    if part.keypoint is None or part.mask is None:
        return {}
    x, y = part.keypoint
    return {"keypoints": [x, y, 2 if _covers(part.mask, x, y) else 1], "num_keypoints": 1}


def _covers(mask: np.ndarray, x: float, y: float) -> bool:
    height, width = mask.shape
    return 0 <= x < width and 0 <= y < height and bool(mask[int(y), int(x)])
