"""Faults are named, counted and follow their rule; what is read is one thing for all data sets."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.reading import (
    DataSet,
    Fault,
    Item,
    Problems,
    Rule,
    SkippedPicture,
    inside,
    part,
    picture_size,
    union,
)
from partonomy.datasets.registry import Card
from partonomy.errors import PartonomyError

SIZE = (6, 8)
CARD = Card("toy", "Toy", "", "", "", "", (), ())


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_follows_its_rule(fault: Fault) -> None:
    problems = Problems()
    if fault.rule is Rule.PART_DROPPED:
        problems.drop(fault, "here")
    else:
        error = PartonomyError if fault.rule is Rule.REFUSED else SkippedPicture
        with pytest.raises(error, match=f"^here: {fault.title}$"):
            problems.stop(fault, "here")
    kept = fault.rule is not Rule.REFUSED
    assert problems.counts() == ({fault.title: 1} if kept else {})


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"box": (2.0, 1.0, 2.0, 5.0)}, Fault.EMPTY),
        ({"box": (3.0, 1.0, 2.0, 5.0)}, Fault.EMPTY),
        ({"box": (float("nan"), 1.0, 2.0, 5.0)}, Fault.EMPTY),
        ({"box": (8.0, 0.0, 9.0, 5.0)}, Fault.OUTSIDE),
        ({"box": (-3.0, 0.0, 0.0, 5.0)}, Fault.OUTSIDE),
        ({"mask": np.zeros(SIZE, bool)}, Fault.EMPTY),
        ({"keypoint": (8.0, 2.0)}, Fault.OUTSIDE),
        ({"keypoint": (2.0, -0.1)}, Fault.OUTSIDE),
        ({"keypoint": (float("nan"), 1.0)}, Fault.OUTSIDE),
    ],
)
def test_a_part_of_which_nothing_is_left_is_left_out(given: dict, fault: Fault) -> None:
    problems = Problems()
    assert part("wheel", SIZE, "a.png", problems, **given) is None
    assert [str(each) for each in problems.found] == [f"a.png, wheel: {fault.title}"]


def test_a_box_is_cut_off_at_the_border() -> None:
    problems = Problems()
    found = part("wheel", SIZE, "", problems, box=(-2.0, 1.5, 20.0, 99.0), keypoint=(0.0, 5.9))
    assert found is not None
    assert found.box == (0.0, 1.5, 8.0, 6.0)
    assert found.keypoint == (0.0, 5.9)
    assert problems.counts() == {}


def test_a_mask_of_another_size_skips_the_picture() -> None:
    with pytest.raises(SkippedPicture, match="another size"):
        part("wheel", SIZE, "", Problems(), mask=np.ones((8, 6), bool))


def test_union_is_whatever_is_part_of_anything() -> None:
    one, other = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    one[:2], other[1:3] = True, True
    problems = Problems()
    parts = [part("a", SIZE, "", problems, mask=one), part("b", SIZE, "", problems, mask=other)]
    parts.append(part("c", SIZE, "", problems, keypoint=(1, 5)))
    np.testing.assert_array_equal(union([each for each in parts if each], SIZE), one | other)


@pytest.mark.parametrize("name", ["../secret.png", "a/../../secret.png", "/etc/passwd"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (tmp_path / "secret.png").touch()
    with pytest.raises(PartonomyError, match="leads out of"):
        inside(root, name, Problems())
    assert inside(root, "a/b.png", Problems()) == root / "a" / "b.png"


def test_a_link_out_of_the_folder_is_no_way_either(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path)
    with pytest.raises(PartonomyError, match="leads out of"):
        inside(tmp_path / "data", "link/secret.png", Problems())


def test_size_of_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no picture")
    turned = Image.new("RGB", (6, 8))
    turned.getexif()[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=turned.getexif())
    assert picture_size(tmp_path / "turned.jpg", Problems()) == SIZE
    problems = Problems()
    assert picture_size(tmp_path / "a.png", problems) == SIZE
    for name, fault in (("b.png", Fault.DAMAGED), ("c.png", Fault.MISSING_PICTURE)):
        with pytest.raises(SkippedPicture, match=fault.title):
            picture_size(tmp_path / name, problems)


def test_broken_pictures_are_left_out_and_splits_share_their_problems() -> None:
    def annotate(number: int, problems: Problems) -> tuple[Annotation, ...]:
        if number == 1:
            problems.stop(Fault.MISSING_MASK, "1.png")
        return (Annotation(f"{number}.png", SIZE, "car", PartSchema(("wheel",))),)

    items = tuple(
        Item(f"{n}.png", Path(f"{n}.png"), split, partial(annotate, n))
        for n, split in enumerate(["training", "test", "test", None])
    )
    data = DataSet(CARD, Path(), items, Problems())
    assert data.splits == ("training", "test")
    test = data.of_split("test")
    assert (len(data), len(test)) == (4, 2)
    assert [(item.name, found[0].picture) for item, found in test] == [("2.png", "2.png")]
    assert [str(each) for each in data.problems.found] == ["1.png: missing mask"]
    with pytest.raises(PartonomyError, match="--split val: toy has training, test"):
        data.of_split("val")
