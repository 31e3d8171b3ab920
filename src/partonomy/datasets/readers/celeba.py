"""CelebA (Liu, Luo, Wang and Tang, ICCV 2015) and MAFL: five points of faces, not aligned."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.lists import numbers_by_name
from partonomy.datasets.reading import Fault, Item, Problems, inside, part, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.datasets.sides import mirrored_sides
from partonomy.images.grid import Box, Pair

POINTS = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
"""In the order of the columns."""
SCHEMA = PartSchema(POINTS, mirrored=mirrored_sides(POINTS))
PICTURES = ("img_celeba", "Img/img_celeba")
"""Where pictures are looked for."""
LANDMARKS, BOXES = "list_landmarks_celeba.txt", "list_bbox_celeba.txt"
PARTITION = "list_eval_partition.txt"
FOLDERS = ("", "Anno", "Eval")
"""Where lists are looked for: the download has them in folders."""
SPLITS = ("training", "validation", "test")
MAFL = {"training": "MAFL/training.txt", "test": "MAFL/testing.txt"}

LAYOUT = (
    "img_celeba/*.jpg or Img/img_celeba/*.jpg, the pictures in the wild; beside it, or in Anno/ "
    "and Eval/ as in the download, list_landmarks_celeba.txt and list_bbox_celeba.txt (a line for "
    "their count, one for their columns, then NAME and numbers) "
)
LABELS = (
    "lefteye, righteye, nose, leftmouth, rightmouth as whole pixels, whose centres are meant here "
    "(+0.5); the face's box, x, y, width, height, is the object's"
)
LICENCE = "for research that is not commercial, by its agreement; the pictures are their owners'"
OBTAIN = "the CelebA page of the Multimedia Laboratory, The Chinese University of Hong Kong"
TRAPS = (
    "img_align_celeba and list_landmarks_align_celeba.txt are other pictures and other points: "
    "aligned faces have their eyes in one place, which makes any method look good",
    "left is the picture's left: lefteye is the person's right eye",
    "the usual protocol keeps faces of at least 30 % of the picture's area: this reader leaves "
    "that to the protocol, and gives the box",
)
EXPECTED = (
    Expected("**/img_celeba/*.jpg", "pictures in the wild", 202_599),
    Expected(f"**/{LANDMARKS}", "five points a face"),
    Expected(f"**/{BOXES}", "boxes of the faces"),
)

CARD = Card(
    name="celeba",
    title="CelebA in the wild (Liu, Luo, Wang and Tang, ICCV 2015)",
    layout=LAYOUT + "and list_eval_partition.txt (NAME and 0 training, 1 validation, 2 test)",
    labels=LABELS,
    licence=LICENCE,
    obtain=f"{OBTAIN}: img_celeba.7z of Img/, lists of Anno/ and Eval/",
    traps=(
        *TRAPS,
        "MAFL's pictures are in it: who reports on MAFL leaves its test pictures out of training",
    ),
    expected=(*EXPECTED, Expected(f"**/{PARTITION}", "splits")),
)

MAFL_CARD = Card(
    name="mafl",
    title="MAFL (Zhang, Luo, Loy and Tang, ECCV 2014), the 20,000 pictures of CelebA that "
    "regression to points is measured on, not aligned",
    layout=LAYOUT + "and MAFL/training.txt, MAFL/testing.txt (a name a line)",
    labels=LABELS,
    licence=LICENCE,
    obtain=f"{OBTAIN}; the lists of MAFL: the repository zhzhanp/TCDCN-face-alignment on GitHub",
    traps=(
        *TRAPS,
        "19,000 names are for fitting the regression from parts to points, 1,000 for its error; "
        "parts themselves are learned from CelebA without them",
        "the error is divided by the distance of the eyes, before or after the regression: "
        "protocols differ",
    ),
    expected=(*EXPECTED, *(Expected(path, f"names for {split}") for split, path in MAFL.items())),
)


@dataset(CARD)
def celeba(root: Path, problems: Problems) -> list[Item]:
    """List the pictures that have points."""
    splits = partition(_list(root, PARTITION), problems)
    points = numbers_by_name(_list(root, LANDMARKS), 2 * len(POINTS), problems, titled=True)
    for name in points:
        if name not in splits:
            problems.stop(Fault.MALFORMED, f"{LANDMARKS}, {name}: not in {PARTITION}")
    return _items(root, {name: splits[name] for name in points}, points, problems)


@dataset(MAFL_CARD)
def mafl(root: Path, problems: Problems) -> list[Item]:
    """List the pictures of MAFL."""
    points = numbers_by_name(_list(root, LANDMARKS), 2 * len(POINTS), problems, titled=True)
    splits: dict[str, str] = {}
    for split, path in MAFL.items():
        for name in numbers_by_name(root / path, 0, problems):
            if name in splits:
                problems.stop(Fault.DUPLICATE, f"{path}, {name}")
            if name not in points:
                problems.stop(Fault.MALFORMED, f"{path}, {name}: not in {LANDMARKS}")
            splits[name] = split
    return _items(root, splits, points, problems)


def partition(path: Path, problems: Problems) -> dict[str, str]:
    """CelebA's own split of each picture, by name.

    Raises:
        PartonomyError: it is no such list, a name occurs twice, or a split is none of CelebA's.
    """
    splits = {}
    for name, (number,) in numbers_by_name(path, 1, problems).items():
        if number not in range(len(SPLITS)):
            problems.stop(Fault.UNKNOWN_LABEL, f"{path}, {name}, split {number:g}")
        splits[name] = SPLITS[int(number)]
    return splits


def _list(root: Path, name: str) -> Path:
    """Where a list is, or else where it should be."""
    places = [root / each / name for each in FOLDERS]
    return next((each for each in places if each.is_file()), places[0])


def _items(
    root: Path,
    splits: dict[str, str],
    points: dict[str, tuple[float, ...]],
    problems: Problems,
) -> list[Item]:
    boxes = numbers_by_name(_list(root, BOXES), 4, problems, titled=True)
    folder = next((each for each in PICTURES if (root / each).is_dir()), PICTURES[0])
    items = []
    for name, split in splits.items():
        if name not in boxes:
            problems.stop(Fault.MALFORMED, f"{LANDMARKS}, {name}: not in {BOXES}")
        x, y, width, height = boxes[name]
        flat = points[name]
        annotate = partial(
            _annotate,
            root / folder,
            name,
            split,
            (x, y, x + width, y + height),
            tuple(zip(flat[::2], flat[1::2], strict=True)),
        )
        items.append(Item(name, root / folder / name, split, annotate))
    return items


def _annotate(
    root: Path,
    name: str,
    split: str,
    box: Box,
    points: tuple[Pair, ...],
    problems: Problems,
) -> tuple[Annotation, ...]:
    size = picture_size(inside(root, name, problems), problems)
    face = part("face", size, name, problems, box=box)
    parts = []
    for point, (x, y) in zip(POINTS, points, strict=True):
        found = part(point, size, name, problems, keypoint=(x + 0.5, y + 0.5))
        parts += [] if found is None else [found]
    whole = None if face is None else face.box
    return (Annotation(name, size, "face", SCHEMA, tuple(parts), box=whole, split=split),)
