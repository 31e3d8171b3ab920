"""Every format read back: the readers that tests compare with what was planted.

Where the target's own library goes with partonomy's other dependencies it reads the files:
pycocotools (COCO), supervision (COCO and YOLO), label-studio-converter. The others are read by
readers written here from the format's documentation, because datumaro, which CVAT imports with,
wants an older Pillow; labelme wants Qt and ONNX; and Ultralytics brings a second OpenCV that
replaces ours.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.parts import Run
from planted import Labels

Masks = Iterator[tuple[str, NDArray[np.bool_]]]
"""The name and mask of each part of a picture."""


def truth(run: Run) -> dict[str, Labels]:
    """Label map by picture, from the run's own files."""
    return {
        row["picture"]: np.array(Image.open(run.masks / row["mask"]))
        for row in run.read_table("pictures")
    }


def painted(masks: Masks, shape: tuple[int, ...]) -> Labels:
    """The label map that masks make up; no pixel may be in two of them."""
    labels = np.zeros(shape, np.uint8)
    for name, mask in masks:
        assert mask.shape == shape
        assert mask.any(), "an empty mask is no annotation"
        assert not labels[mask].any(), "parts overlap"
        labels[mask] = int(name.removeprefix("part_"))
    return labels


def read_coco(folder: Path, _run: Run) -> dict[str, Labels]:
    from pycocotools import mask as rle
    from pycocotools.coco import COCO

    (path,) = folder.rglob("*.json")
    coco = COCO(str(path))
    found = {}
    for image in coco.loadImgs(coco.getImgIds()):
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"], iscrowd=False))
        for annotation in annotations:
            encoded = coco.annToRLE(annotation)
            assert annotation["area"] == rle.area(encoded)
            assert annotation["bbox"] == rle.toBbox(encoded).tolist()
        masks = (
            (coco.loadCats(entry["category_id"])[0]["name"], coco.annToMask(entry).astype(bool))
            for entry in annotations
        )
        found[image["file_name"]] = painted(masks, (image["height"], image["width"]))
    return found


def read_yolo(folder: Path, run: Run) -> dict[str, Labels]:
    """As Ultralytics: pictures below images/, labels beside, coordinates cut off, even-odd."""
    names = data_yaml(folder)
    found = {}
    suffixes = {".jpg", ".jpeg", ".png", ".webp"}
    for image in sorted(path for path in folder.rglob("*") if path.suffix in suffixes):
        text = str(image)
        before, after = text.rsplit("/images/", 1)
        labels = Path(f"{before}/labels/{after}".rsplit(".", 1)[0] + ".txt")
        width, height = Image.open(image).size
        name = image.resolve().relative_to(run.file.config["root"]).as_posix()
        assert name not in found
        masks = polygon_masks(labels.read_text(encoding="utf-8"), names, width, height)
        found[name] = painted(masks, (height, width))
    return found


def data_yaml(folder: Path) -> list[str]:
    lines = (folder / "data.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[:3] == [
        "train: images",
        "val: images # the same pictures: split them as you need",
        "names:",
    ]
    pairs = [line.strip().split(": ", 1) for line in lines[3:]]
    assert [int(index) for index, _ in pairs] == list(range(len(pairs)))
    return [json.loads(name) for _, name in pairs]


def polygon_masks(text: str, names: list[str], width: int, height: int) -> Masks:
    for line in text.splitlines():
        index, *values = line.split()
        corners = np.array(values, np.float32).reshape(-1, 2)
        assert len(corners) >= 3, "Ultralytics wants three corners"
        assert (corners >= 0).all()
        assert (corners <= 1).all()
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [(corners * np.float32([width, height])).astype(np.int32)], 1)
        yield names[int(index)], mask.astype(bool)


def read_labelme(folder: Path, run: Run) -> dict[str, Labels]:
    found = {}
    for path in folder.rglob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        assert content["imageData"] is None
        assert content["flags"] == {}
        picture = (path.parent / content["imagePath"]).resolve()
        shape = content["imageHeight"], content["imageWidth"]
        with Image.open(picture) as image:
            assert image.size == shape[::-1]
        name = picture.relative_to(run.file.config["root"]).as_posix()
        found[name] = painted(map(labelme_mask, content["shapes"], [shape] * 999), shape)
    return found


def labelme_mask(shape: Mapping, size: tuple[int, int]) -> tuple[str, NDArray[np.bool_]]:
    assert shape["shape_type"] == "mask"
    (x0, y0), (x1, y1) = shape["points"]
    inside = np.array(Image.open(io.BytesIO(base64.b64decode(shape["mask"])))).astype(bool)
    mask = np.zeros(size, bool)
    mask[y0 : y1 + 1, x0 : x1 + 1] = inside  # of the very same size, or this fails
    return shape["label"], mask


def read_label_studio(folder: Path, run: Run) -> dict[str, Labels]:
    from label_studio_converter.brush import decode_from_annotation

    interface = ElementTree.parse(folder / "labeling_interface.xml").getroot()
    image, brush = interface.find("Image"), interface.find("BrushLabels")
    assert brush.get("toName") == image.get("name")
    names = [label.get("value") for label in brush]
    root = Path(run.file.config["root"])
    expected, found = truth(run), {}
    for task in json.loads((folder / "tasks.json").read_text(encoding="utf-8")):
        address = urlsplit(task["data"][image.get("value").removeprefix("$")])
        assert address.path == "/data/local-files/"
        (below,) = parse_qs(address.query)["d"]
        name = (root.parent / below).relative_to(root).as_posix()
        (prediction,) = task["predictions"]
        regions = prediction["result"]
        assert len({region["id"] for region in regions}) == len(regions)
        for region in regions:
            assert region["type"] == "brushlabels"
            assert (region["from_name"], region["to_name"]) == (
                brush.get("name"),
                image.get("name"),
            )
            assert region["value"]["format"] == "rle"
            assert set(region["value"]["brushlabels"]) <= set(names)
        found[name] = painted(
            (
                (label.split("-")[1], alpha == 255)
                for region in regions
                for label, alpha in decode_from_annotation(
                    "part", [region | region["value"]]
                ).items()
            ),
            expected[name].shape,
        )
    return found


def read_cvat(folder: Path, run: Run) -> dict[str, Labels]:
    """As CVAT's import documents it: pictures listed without suffix, colours by labelmap.txt."""
    archive = zipfile.ZipFile(folder / "segmentation-mask-1.1.zip")
    assert archive.testzip() is None
    lines = archive.read("labelmap.txt").decode().splitlines()
    fields = [line.split(":") for line in lines if not line.startswith("#")]
    assert all(len(each) == 4 for each in fields)
    colours = {tuple(map(int, each[1].split(","))): each[0] for each in fields}
    assert len(colours) == len(fields)
    assert colours[0, 0, 0] == "background"
    listed = archive.read("ImageSets/Segmentation/default.txt").decode().splitlines()
    stems = {stem_of(name): name for name in truth(run)}
    found = {}
    for stem in listed:
        classes = Image.open(archive.open(f"SegmentationClass/{stem}.png")).convert("RGB")
        instances = Image.open(archive.open(f"SegmentationObject/{stem}.png"))
        labels = np.zeros(classes.size[::-1], np.uint8)
        for colour in map(tuple, np.unique(np.array(classes).reshape(-1, 3), axis=0).tolist()):
            name = colours[colour].removeprefix("part_")
            mask = (np.array(classes) == colour).all(axis=2)
            labels[mask] = 0 if name == "background" else int(name)
            # one instance a part, and none in the background
            (number,) = np.unique(np.array(instances)[mask])
            assert (number == 0) == (name == "background")
            assert np.unique(np.array(instances)[~mask]).tolist().count(number) == 0
            assert instances.convert("RGB").getpixel(
                tuple(int(v) for v in np.argwhere(mask)[0][::-1])
            ) == voc_colour(int(number))
        found[stems[stem]] = labels
    return found


def stem_of(name: str) -> str:
    """A name as CVAT knows it; twins keep their suffix, since it cannot tell them apart."""
    return name if name.startswith("twin") else PurePosixPath(name).with_suffix("").as_posix()


def voc_colour(number: int) -> tuple[int, ...]:
    """The loop of Pascal VOC's development kit."""
    red = green = blue = 0
    for shift in range(7, -1, -1):
        red |= (number & 1) << shift
        green |= (number >> 1 & 1) << shift
        blue |= (number >> 2 & 1) << shift
        number >>= 3
    return red, green, blue


def read_indexed_png(folder: Path, run: Run) -> dict[str, Labels]:
    names = json.loads((folder / "id2label.json").read_text(encoding="utf-8"))
    assert names["0"] == "background"
    assert all(names[str(part)] == f"part_{part:02d}" for part in range(1, len(names)))
    found = {}
    for name in truth(run):
        with Image.open(folder / "masks" / f"{stem_of(name)}.png") as image:
            assert image.mode == "P"
            found[name] = np.array(image)
    assert len(list((folder / "masks").rglob("*.png"))) == len(found)
    return found


READERS: dict[str, Callable[[Path, Run], dict[str, Labels]]] = {
    "coco": read_coco,
    "cvat": read_cvat,
    "indexed-png": read_indexed_png,
    "label-studio": read_label_studio,
    "labelme": read_labelme,
    "yolo-seg": read_yolo,
}
