"""CelebAMask-HQ (Lee, Liu, Wu and Luo, CVPR 2020): faces with a mask a part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.label_maps import label_pixels
from partonomy.datasets.readers.celeba import PARTITION, partition
from partonomy.datasets.reading import Fault, Item, Problems, inside, part, picture_size, union
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.datasets.sides import mirrored_sides
from partonomy.images.moving import tight_box

PARTS = (
    *("skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear"),
    *("mouth", "u_lip", "l_lip", "hair", "hat", "ear_r", "neck_l", "neck", "cloth"),
)
"""In the order in which the authors lay masks over each other: of two, the later one."""
SCHEMA = PartSchema(PARTS, mirrored=mirrored_sides(PARTS))
PICTURES, MASKS = Path("CelebA-HQ-img"), Path("CelebAMask-HQ-mask-anno")
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"
SCALE = 2
"""A picture has so many pixels a mask's, along each axis."""

_MASK = re.compile(r"(\d+)_(.+)")

CARD = Card(
    name="celebamask-hq",
    title="CelebAMask-HQ (Lee, Liu, Wu and Luo, CVPR 2020)",
    layout="CelebA-HQ-img/N.jpg, 1024 x 1024; CelebAMask-HQ-mask-anno/FOLDER/NNNNN_PART.png, "
    "512 x 512, 0 where the part is not; for splits CelebA-HQ-to-CelebA-mapping.txt (idx orig_idx "
    "orig_file) and, from CelebA, list_eval_partition.txt",
    labels="18 parts and background: skin, nose, eye_g (glasses), l_eye, r_eye, l_brow, r_brow, "
    "l_ear, r_ear, mouth (inside), u_lip (upper), l_lip (lower), hair, hat, ear_r (earring), "
    "neck_l (necklace), neck, cloth",
    licence="for research and education that are not commercial, by its agreement",
    obtain="the repository switchablenorms/CelebAMask-HQ on GitHub; "
    "list_eval_partition.txt: CelebA",
    traps=(
        "masks are half the pictures' size: here each of their pixels becomes exactly 2 x 2, which "
        "makes edges steps of two pixels",
        "l_lip is the lower lip, ear_r an earring and neck_l a necklace: none of them is a side",
        "masks overlap; where one label a pixel is wanted, the later part of the authors' order "
        "stands, and face-parsing networks number the parts in another order",
        "a part without a file is not in the picture, which is no fault",
        "without the mapping and CelebA's list there are no splits",
        "faces are aligned: eyes are in one place, which makes any method look good",
    ),
    expected=(
        Expected("CelebA-HQ-img/*.jpg", "pictures", 30_000),
        Expected("CelebAMask-HQ-mask-anno/*/*.png", "masks, at least one a picture", 30_000),
    ),
)


@dataset(CARD)
def celebamask_hq(root: Path, problems: Problems) -> list[Item]:
    """List the pictures, and those that there are masks of alone."""
    masks: dict[int, dict[str, Path]] = {}
    for path in (root / MASKS).glob("*/*.png"):
        number, name = _named(path, problems)
        of_picture = masks.setdefault(number, {})
        if name in of_picture:
            problems.stop(Fault.DUPLICATE, f"{MASKS}, {path.name}")
        of_picture[name] = path
    pictures = {int(path.stem) for path in (root / PICTURES).glob("*.jpg") if path.stem.isdecimal()}
    splits = _splits(root, problems)
    items = []
    for number in sorted(pictures | masks.keys()):
        name = f"{number}.jpg"
        split = splits.get(number)
        annotate = partial(_annotate, root, name, split, masks.get(number, {}))
        items.append(Item(name, root / PICTURES / name, split, annotate))
    return items


def _annotate(
    root: Path, name: str, split: str | None, masks: Mapping[str, Path], problems: Problems
) -> tuple[Annotation, ...]:
    size = picture_size(inside(root, str(PICTURES / name), problems), problems)
    if not masks:
        problems.stop(Fault.MISSING_MASK, name)
    parts = []
    for each in sorted(masks, key=PARTS.index):
        small = label_pixels(masks[each], "L", problems) > 0
        mask = small.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
        box = tight_box(mask)
        found = part(each, size, name, problems, box=box, mask=mask)
        parts += [] if found is None else [found]
    whole = union(parts, size)
    return (
        Annotation(name, size, "face", SCHEMA, tuple(parts), None, tight_box(whole), whole, split),
    )


def _named(path: Path, problems: Problems) -> tuple[int, str]:
    """The picture's number and the part of a mask's file name."""
    found = _MASK.fullmatch(path.stem)
    if found is None or found[2] not in PARTS:
        problems.stop(Fault.UNKNOWN_LABEL, str(path))
    return int(found[1]), found[2]


def _splits(root: Path, problems: Problems) -> dict[int, str]:
    """CelebA's split by the picture's number; none if the lists are not both there."""
    if not all((root / each).is_file() for each in (MAPPING, PARTITION)):
        return {}
    of_celeba = partition(root / PARTITION, problems)
    splits: dict[int, str] = {}
    lines = (root / MAPPING).read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        entries = line.split()
        if not entries:
            continue
        if len(entries) != 3 or not entries[0].isdecimal() or entries[2] not in of_celeba:
            problems.stop(Fault.MALFORMED, f"{root / MAPPING}, line {number}: no picture of CelebA")
        if int(entries[0]) in splits:
            problems.stop(Fault.DUPLICATE, f"{root / MAPPING}, {entries[0]}")
        splits[int(entries[0])] = of_celeba[entries[2]]
    return splits
