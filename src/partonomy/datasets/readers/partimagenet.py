"""PartImageNet (He et al., ECCV 2022): 40 parts of 11 superclasses of ImageNet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.readers.coco import (
    Categories,
    Entry,
    annotate_instances,
    by_id,
    by_picture,
    instances,
)
from partonomy.datasets.reading import Fault, Item, Problems
from partonomy.datasets.registry import Card, Expected, dataset

SPLITS = {"train": "training", "val": "validation", "test": "test"}
LIST = "train_test_split_pimagenet_ood.txt"
"""PDiscoFormer's split of OOD: number, 1 for test, class, its synset, picture."""
OF_LIST = {"0": "training", "1": "test"}
FILES = ("annotations/{0}/{0}.json", "annotations/{0}.json", "{0}.json")
"""Where the file of a folder of pictures is looked for."""
FOLDERS = ("images/{0}", "{0}", "images/{0}/{1}", "{0}/{1}")
"""Where pictures are looked for, by their folder and their ImageNet class."""

LABELS = (
    "40 parts, named after their superclass (`Quadruped Head`): Quadruped and Reptile head, body, "
    "foot, tail; Biped head, body, hand, foot, tail; Fish head, body, fin, tail; Bird head, body, "
    "wing, foot, tail; Snake head, body; Car body, tier, side mirror; Bicycle head, body, seat, "
    "tier; Boat body, sail; Aeroplane head, body, wing, engine, tail; Bottle body, mouth. The "
    "superclass is the class here, and the ImageNet class (n02085782) its style"
)
LICENCE = (
    "the annotations: look at the repository, none is known to us; the pictures are ImageNet's, "
    "for research that is not commercial"
)
OBTAIN = "the repository TACJu/PartImageNet on GitHub, which links to the archives"
TRAPS = (
    "`Tier` is what the data call a tyre",
    "polygons of two corners occur: they have no area and are left out here, while the code of "
    "PDiscoFormer fills the annotation's box instead",
    "the object is the union of its parts: there is no mask of the whole in these files",
    "NMI and ARI over all pixels, as published, are dominated by the background",
)

CARD = Card(
    name="partimagenet",
    title="PartImageNet Seg (He et al., ECCV 2022, arXiv 2112.00933)",
    layout="images/{train,val,test}/*.JPEG (or {train,val,test}/); COCO instances in "
    "annotations/SPLIT/SPLIT.json, annotations/SPLIT.json or SPLIT.json; the label pictures "
    "annotations/SPLIT/*.png are not read",
    labels=LABELS,
    licence=LICENCE,
    obtain=OBTAIN + ": PartImageNet_Seg",
    traps=(
        *TRAPS,
        "Seg and OOD split one collection in two ways: Seg's splits share their classes, OOD's "
        "do not; numbers of one are not those of the other",
        "test has 2,405 pictures with masks",
    ),
    expected=tuple(
        Expected(f"**/{folder}.json", f"instances for {split}") for folder, split in SPLITS.items()
    ),
)

OOD_CARD = Card(
    name="partimagenet-ood",
    title="PartImageNet OOD (He et al., ECCV 2022, arXiv 2112.00933), its train part split for "
    "part discovery",
    layout="train/*.JPEG, train/SYNSET/*.JPEG or the same below images/; train.json (or below "
    f"annotations/); {LIST}",
    labels=LABELS,
    licence=LICENCE,
    obtain=f"{OBTAIN}: PartImageNet_OOD; {LIST} from data_sets/ of the repository "
    "ananthu-aniraj/pdiscoformer on GitHub",
    traps=(
        *TRAPS,
        "two random splits of the 16,540 pictures circulate: PDiscoNet's with 14,858 and 1,682, "
        "PDiscoFormer's with 14,881 and 1,659, which share 175 test pictures alone. MPAE and "
        "PDiscoFormer are measured on PDiscoFormer's (1,658 of which have masks), which is read "
        "here; PDiscoNet's published row may be on its own",
        "the data set's own val and test have other classes and are not part of this protocol",
        "the list has 109 classes, although PDiscoNet's code is set to 110",
    ),
    expected=(
        Expected("**/train.json", "instances"),
        Expected(LIST, "the list of splits"),
    ),
)


@dataset(CARD)
def partimagenet(root: Path, problems: Problems) -> list[Item]:
    """List the pictures of the three splits."""
    return [item for folder in SPLITS for item in _items(root, folder, None, problems)]


@dataset(OOD_CARD)
def partimagenet_ood(root: Path, problems: Problems) -> list[Item]:
    """List the pictures of the train part, split by the list."""
    splits = _list(root / LIST, problems)
    items = _items(root, "train", splits, problems)
    unknown = splits.keys() - {PurePosixPath(item.name).name for item in items}
    if unknown:
        problems.stop(Fault.MALFORMED, f"{min(unknown)} of the list: not in train.json")
    return items


def _list(path: Path, problems: Problems) -> dict[str, str]:
    """Splits by the pictures' names."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        problems.stop(Fault.MALFORMED, f"{path}: no text")
    splits: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        entries = line.split()
        if not entries:
            continue
        if len(entries) != 5 or entries[1] not in OF_LIST:
            problems.stop(Fault.MALFORMED, f"{LIST}, line {number}")
        name = entries[4]
        if name in splits:
            problems.stop(Fault.DUPLICATE, f"{LIST}, {name}")
        splits[name] = OF_LIST[entries[1]]
    return splits


def _items(
    root: Path, folder: str, splits: Mapping[str, str] | None, problems: Problems
) -> list[Item]:
    """The pictures of one file; their splits by name, or all the folder's."""
    where = next((path for each in FILES if (root / (path := each.format(folder))).is_file()), None)
    entries = None if where is None else instances(root / where, problems)
    if where is None or entries is None:
        known = " or ".join(each.format(folder) for each in FILES)
        problems.stop(Fault.MALFORMED, f"{root}: no COCO instances in {known}")
    categories = _categories(by_id(entries["categories"], f"{where}, category", problems), problems)
    pictures = by_id(entries["images"], f"{where}, picture", problems)
    of_picture = by_picture(entries, pictures, categories, where, problems)
    items = []
    for id_, each in pictures.items():
        name = each.get("file_name")
        if not isinstance(name, str):
            problems.stop(Fault.MALFORMED, f"{where}, picture {id_} without a file_name")
        file_name = PurePosixPath(name).name
        split = SPLITS[folder] if splits is None else splits.get(file_name)
        if split is None:
            problems.stop(Fault.MALFORMED, f"{where}, {name}: not in {LIST}")
        synset = file_name.partition("_")[0]
        places = [Path(each.format(folder, synset)) / name for each in FOLDERS]
        place = next((each for each in places if (root / each).is_file()), places[0])
        annotate = partial(_annotate, root, place, name, split, of_picture[id_], categories, synset)
        items.append(Item(name, root / place, split, annotate))
    return items


def _annotate(
    root: Path,
    place: Path,
    name: str,
    split: str,
    entries: list[Entry],
    categories: Categories,
    synset: str,
    problems: Problems,
) -> tuple[Annotation, ...]:
    found = annotate_instances(root, place, name, split, entries, categories, problems)
    if not found:
        problems.stop(Fault.MISSING_MASK, name)
    return tuple(replace(each, style=synset) for each in found)


def _categories(named: Mapping[Any, Entry], problems: Problems) -> Categories:
    """Superclass and part, as the names of categories have them."""
    roles: dict[Any, tuple[str, str | None] | None] = {}
    parts: dict[str, list[str]] = {}
    for id_, each in named.items():
        name, class_name = str(each.get("name")), str(each.get("supercategory"))
        if not name.startswith(f"{class_name} "):
            problems.stop(Fault.MALFORMED, f"category {name}: no part of {class_name}")
        part_name = name.removeprefix(f"{class_name} ").lower()
        roles[id_] = class_name, part_name
        parts.setdefault(class_name, []).append(part_name)
    return Categories(roles, {name: PartSchema(tuple(of)) for name, of in parts.items()})
