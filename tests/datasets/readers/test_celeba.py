"""CelebA and MAFL in their layout."""

import pytest
from PIL import Image

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

POINTS = [10, 12, 20, 12, 15, 18, 11, 24, 19, 24]
FACES = {name: (POINTS, [5, 6, 20, 22]) for name in ("000001.jpg", "000002.jpg", "000003.jpg")}
COLUMNS = "lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y x y"


def write(root, faces=FACES, partition="0 1 2", training=1):
    """Pictures of 40 x 30 pixels and their lists; MAFL has the first for training, then tests."""
    (root / "img_celeba").mkdir(exist_ok=True)
    (root / "MAFL").mkdir(exist_ok=True)
    for name in faces:
        if ".." not in name:
            Image.new("RGB", (40, 30)).save(root / "img_celeba" / name)
    for path, title, column in (
        ("list_landmarks_celeba.txt", COLUMNS, 0),
        ("list_bbox_celeba.txt", "image_id x_1 y_1 width height", 1),
    ):
        rows = [" ".join(map(str, [name, *of[column]])) for name, of in faces.items()]
        (root / path).write_text("\n".join([str(len(rows)), title, *rows]) + "\n")
    rows = [f"{name} {split}" for name, split in zip(faces, partition.split(), strict=False)]
    (root / "list_eval_partition.txt").write_text("\n".join(rows))
    (root / "MAFL/training.txt").write_text("\n".join(list(faces)[:training]))
    (root / "MAFL/testing.txt").write_text("\n".join(list(faces)[1:2]))


@pytest.mark.parametrize(
    ("name", "splits"),
    [("celeba", ["training", "validation", "test"]), ("mafl", ["training", "test"])],
)
def test_points_are_pixel_centres_and_boxes_half_open(tmp_path, name, splits):
    write(tmp_path)
    data = read_dataset(name, tmp_path)
    assert [item.split for item in data.items] == splits
    for item, (face,) in data:
        assert (face.picture, face.size, face.class_name) == (item.name, (30, 40), "face")
        assert face.split == item.split
        assert face.box == (5, 6, 25, 28)
        assert {part.name: part.keypoint for part in face.parts} == {
            "left_eye": (10.5, 12.5),
            "right_eye": (20.5, 12.5),
            "nose": (15.5, 18.5),
            "left_mouth": (11.5, 24.5),
            "right_mouth": (19.5, 24.5),
        }
        eye = next(part for part in face.mirrored().parts if part.name == "left_eye")
        assert eye.keypoint == (40 - 20.5, 12.5)
    assert not data.problems.found


@pytest.mark.parametrize(
    ("points", "box", "fault", "parts"),
    [
        ([-3, *POINTS[1:]], [5, 6, 20, 22], "part outside the picture", 4),
        (POINTS, [5, 6, 0, 22], "part without area", 5),
        (POINTS, [50, 6, 20, 22], "part outside the picture", 5),
    ],
)
def test_what_is_broken_in_a_face_is_left_out(tmp_path, points, box, fault, parts):
    write(tmp_path, {"000001.jpg": (points, box)})
    data = read_dataset("celeba", tmp_path)
    ((_, (face,)),) = data
    assert data.problems.counts() == {fault: 1}
    assert len(face.parts) == parts
    assert (face.box is None) == (parts == 5)


@pytest.mark.parametrize("broken", ["missing picture", "damaged file"])
def test_what_cannot_be_seen_is_left_out(tmp_path, broken):
    write(tmp_path)
    picture = tmp_path / "img_celeba" / "000002.jpg"
    picture.unlink()
    if broken == "damaged file":
        picture.write_text("no picture")
    data = read_dataset("celeba", tmp_path)
    assert [item.name for item, _ in data] == ["000001.jpg", "000003.jpg"]
    assert data.problems.counts() == {broken: 1}


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("list_eval_partition.txt", "000001.jpg 3", "split 3: unknown label"),
        ("list_eval_partition.txt", "000001.jpg 0\n000001.jpg 1", "000001.jpg: id that occurs"),
        ("list_eval_partition.txt", "000001.jpg training", "line 1: not a name and 1 numbers"),
        ("list_eval_partition.txt", "000001.jpg 0", "000002.jpg: not in list_eval_partition.txt"),
        ("list_bbox_celeba.txt", "1\nx\n000001.jpg nan 1 2 3", "line 3: not a name and 4 numbers"),
        ("list_bbox_celeba.txt", "1\nx\n000001.jpg 5 6 20 22", "000002.jpg: not in list_bbox"),
        ("list_bbox_celeba.txt", "3\nx\n000001.jpg 5 6 20 22", "1 names, not 3: malformed"),
        ("list_landmarks_celeba.txt", "", "list_landmarks_celeba.txt: no list of names"),
    ],
)
def test_lists_that_cannot_be_trusted_are_refused(tmp_path, path, text, message):
    write(tmp_path)
    (tmp_path / path).write_text(text)
    with pytest.raises(PartonomyError, match=message):
        read_dataset("celeba", tmp_path)


def test_a_list_must_be_text(tmp_path):
    write(tmp_path)
    (tmp_path / "list_bbox_celeba.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(PartonomyError, match=r"list_bbox_celeba\.txt: no text: malformed file"):
        read_dataset("celeba", tmp_path)


def test_a_name_must_not_lead_out(tmp_path):
    write(tmp_path, {"000001.jpg": FACES["000001.jpg"], "../../no.jpg": FACES["000002.jpg"]})
    with pytest.raises(PartonomyError, match=r"leads out of .*: malformed file"):
        list(read_dataset("celeba", tmp_path))


def test_mafl_s_splits_share_no_picture(tmp_path):
    write(tmp_path, training=2)
    with pytest.raises(PartonomyError, match=r"testing\.txt, 000002\.jpg: id that occurs twice"):
        read_dataset("mafl", tmp_path)


def test_mafl_s_pictures_are_celeba_s(tmp_path):
    write(tmp_path)
    (tmp_path / "MAFL/testing.txt").write_text("000009.jpg")
    with pytest.raises(PartonomyError, match=r"000009.jpg: not in list_landmarks_celeba.txt"):
        read_dataset("mafl", tmp_path)


def test_the_downloads_own_folders_are_known(tmp_path):
    write(tmp_path)
    flat = read_dataset("celeba", tmp_path)
    for path, folder in (
        ("list_landmarks_celeba.txt", "Anno"),
        ("list_bbox_celeba.txt", "Anno"),
        ("list_eval_partition.txt", "Eval"),
        ("img_celeba", "Img"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / path).rename(tmp_path / folder / path)
    data = read_dataset("celeba", tmp_path)
    assert [(item.name, item.split) for item in data.items] == [
        (item.name, item.split) for item in flat.items
    ]
    assert len(list(data)) == 3
