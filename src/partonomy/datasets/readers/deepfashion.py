"""DeepFashion In-shop (Liu et al., CVPR 2016): clothes and people in colours."""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.label_maps import annotation_of_labels, label_pixels
from partonomy.datasets.readers.coco import by_id, instances
from partonomy.datasets.reading import Fault, Item, Problems, inside, picture_size
from partonomy.datasets.registry import Card, Expected, dataset

SUMS = (0, 100, 233, 305, 380, 594, 526, 633, 660, 646, 700, 255, 395, 710, 755, 510)
"""Red plus green plus blue of each label's colour, from 0, the background."""
NAMES = tuple(f"segment_{label:02d}" for label in range(1, len(SUMS)))
SCHEMA = PartSchema(NAMES)
FOLDER = Path("Anno/segmentation")
FILES = {
    "DeepFashion_segmentation_train.json": "training",
    "DeepFashion_segmentation_query.json": "test",
    "DeepFashion_segmentation_gallery.json": "test",
}
UNKNOWN = 255

CARD = Card(
    name="deepfashion",
    title="DeepFashion In-shop with segments (Liu, Luo, Qiu, Wang and Tang, CVPR 2016), as "
    "Choudhury et al. use it (NeurIPS 2021, arXiv 2111.06349)",
    layout="Anno/segmentation/DeepFashion_segmentation_{train,query,gallery}.json, whose `images` "
    "name the pictures (`file_name`); below Anno/segmentation/ too, NAME.jpg and NAME_segment.png "
    "of the same size. This is where the code of arXiv 2111.06349 reads them (put the pictures "
    "of img_highres there); a complete download was not compared with it",
    labels="15 segments of people and clothes and background, told apart by the sum of a colour's "
    "red, green and blue. What each is called is not known for certain (segment_01, ...): the "
    "code of arXiv 2111.06349 has 16 colours and 15 names, background among them",
    licence="for research that is not commercial, by its agreement",
    obtain="the DeepFashion page of the Multimedia Laboratory, The Chinese University of Hong "
    "Kong: In-shop Clothes Retrieval Benchmark, segmentation annotations and img_highres",
    traps=(
        "colours are decoded by their sum alone, as the published numbers are: another colour of "
        "the same sum passes for a segment",
        "test is query and gallery together, 6,922 pictures",
        "splits come from these three files and not from Eval/list_eval_partition.txt, which is "
        "of all 52,712 pictures, with segments or without",
        "img.zip has the pictures at 256 x 256, which fit no mask: take img_highres",
        "the published evaluation resizes labels bilinearly, which mixes them at borders",
    ),
    expected=(
        *(Expected(f"{FOLDER}/{name}", f"pictures for {split}") for name, split in FILES.items()),
        Expected(f"{FOLDER}/**/*.jpg", "pictures, those of test at least", 6_922),
        Expected(f"{FOLDER}/**/*_segment.png", "their segments", 6_922),
    ),
)


@dataset(CARD)
def deepfashion(root: Path, problems: Problems) -> list[Item]:
    """List the pictures of the three files."""
    items = []
    for file_name, split in FILES.items():
        path = root / FOLDER / file_name
        entries = instances(path, problems)
        if entries is None:
            problems.stop(Fault.MALFORMED, f"{path}: no COCO instances")
        for id_, each in by_id(entries["images"], f"{file_name}, picture", problems).items():
            if not isinstance(each.get("file_name"), str):
                problems.stop(Fault.MALFORMED, f"{file_name}, picture {id_} without a file_name")
            name = each["file_name"]
            annotate = partial(_annotate, root, name, split)
            items.append(Item(name, root / FOLDER / name, split, annotate))
    return items


def _annotate(root: Path, name: str, split: str, problems: Problems) -> tuple[Annotation, ...]:
    size = picture_size(inside(root, str(FOLDER / name), problems), problems)
    # beside a picture that lies inside
    segments = PurePosixPath(name).with_suffix("").as_posix() + "_segment.png"
    colours = label_pixels(root / FOLDER / segments, "RGB", problems)
    if colours.shape[:2] != size:
        problems.stop(Fault.OTHER_SIZE, name)
    sums = colours.sum(axis=2, dtype=np.int64)
    labels = _LABELS[sums]
    if (labels == UNKNOWN).any():
        odd = sums[labels == UNKNOWN][0]
        problems.stop(Fault.UNKNOWN_LABEL, f"{segments}, a colour whose sum is {odd}")
    return (annotation_of_labels(labels, size, name, SCHEMA, split, problems, "person"),)


def _labels_of_sums() -> NDArray[np.uint8]:
    labels = np.full(3 * 255 + 1, UNKNOWN, np.uint8)
    labels[list(SUMS)] = np.arange(len(SUMS))
    return labels


_LABELS = _labels_of_sums()
