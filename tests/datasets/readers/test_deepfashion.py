"""DeepFashion In-shop with segments, in its layout."""

import json

import numpy as np
import pytest
from PIL import Image

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

SPLITS = {"train": "training", "query": "test", "gallery": "test"}
SUMS = [0, 100, 233, 305, 380, 594, 526, 633, 660, 646, 700, 255, 395, 710, 755, 510]
SIZE = (12, 18)


def colour(total):
    red = min(total, 255)
    green = min(total - red, 255)
    return red, green, total - red - green


def write_segments(root, name, sums, size=SIZE):
    """A column for each sum, and background right of them."""
    pixels = np.zeros((*size, 3), np.uint8)
    for column, total in enumerate(sums):
        pixels[:, column] = colour(total)
    path = root / f"Anno/segmentation/{name}_segment.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_list(root, split, images):
    folder = root / "Anno/segmentation"
    entries = {"images": images, "annotations": [], "categories": []}
    (folder / f"DeepFashion_segmentation_{split}.json").write_text(json.dumps(entries))


def write(root):
    for split in SPLITS:
        write_segments(root, f"img_highres/{split}", SUMS)
        picture = root / f"Anno/segmentation/img_highres/{split}.jpg"
        Image.new("RGB", SIZE[::-1]).save(picture)
        write_list(root, split, [{"id": 1, "file_name": f"img_highres/{split}.jpg"}])


def test_colours_are_decoded_by_their_sums(tmp_path):
    write(tmp_path)
    data = read_dataset("deepfashion", tmp_path)
    assert {item.name: item.split for item in data.items} == {
        f"img_highres/{split}.jpg": name for split, name in SPLITS.items()
    }
    assert len(data.of_split("test")) == 2
    for _, (person,) in data:
        assert (person.class_name, person.size) == ("person", SIZE)
        assert person.labels()[0].tolist() == [*range(16), 0, 0]
        assert [part.name for part in person.parts][::7] == [
            "segment_01",
            "segment_08",
            "segment_15",
        ]
        assert person.parts[2].box == (3, 0, 4, 12)
        assert person.box == (1, 0, 16, 12)
    assert not data.problems.found


def no_picture(folder):
    (folder / "query.jpg").unlink()


def damaged_picture(folder):
    (folder / "query.jpg").write_text("no picture")


def no_mask(folder):
    (folder / "query_segment.png").unlink()


def damaged_mask(folder):
    (folder / "query_segment.png").write_text("no picture")


def other_size(folder):
    write_segments(folder.parents[2], "img_highres/query", SUMS, (24, 18))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (no_picture, "missing picture"),
        (damaged_picture, "damaged file"),
        (no_mask, "missing mask"),
        (damaged_mask, "damaged file"),
        (other_size, "mask of another size than the picture"),
    ],
)
def test_a_picture_that_cannot_be_used_is_left_out(tmp_path, spoil, fault):
    write(tmp_path)
    spoil(tmp_path / "Anno/segmentation/img_highres")
    data = read_dataset("deepfashion", tmp_path)
    assert [item.name for item, _ in data] == ["img_highres/train.jpg", "img_highres/gallery.jpg"]
    assert data.problems.counts() == {fault: 1}


def test_an_unknown_sum_is_refused(tmp_path):
    write(tmp_path)
    write_segments(tmp_path, "img_highres/query", [0, 101])
    with pytest.raises(PartonomyError, match=r"query_segment\.png, a colour whose sum is 101: unk"):
        list(read_dataset("deepfashion", tmp_path))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([{"id": 1, "file_name": "../../../no.jpg"}], r"leads out of .*: malformed file"),
        ([{"id": 1, "file_name": "img_highres/train.jpg"}], r"train\.jpg: id that occurs twice"),
        ([{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}], "picture 1: id that occurs"),
        ([{"id": 1}], "picture 1 without a file_name: malformed file"),
        (None, r"query\.json: no COCO instances: malformed file"),
    ],
)
def test_lists_that_cannot_be_trusted_are_refused(tmp_path, images, message):
    write(tmp_path)
    write_list(tmp_path, "query", images)
    with pytest.raises(PartonomyError, match=message):
        list(read_dataset("deepfashion", tmp_path))
