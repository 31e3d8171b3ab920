"""Which mask belongs to which picture, and what a mask says."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from partonomy.errors import PartonomyError, PictureError
from partonomy.images import ImageFolder, MaskFolder
from partonomy.images.foreground import decode_mask


def write(root: Path, *names: str) -> None:
    """Files that hold their own names, so that it shows which was read."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))


def chosen(tmp_path: Path) -> dict[str, str]:
    """The mask of each picture below ``photos``, or the reason why there is none."""
    masks, found = MaskFolder(tmp_path / "masks"), {}
    for file in ImageFolder(tmp_path / "photos"):
        try:
            found[file.name] = masks.read(file).decode()
        except PictureError as error:
            found[file.name] = str(error)
    return found


def test_the_same_stem_at_the_same_place(tmp_path: Path) -> None:
    write(tmp_path / "photos", "a/1.jpg", "b/1.jpg", "2.PNG")
    write(tmp_path / "masks", "a/1.png", "b/1.png", "2.bmp", "b/1.txt", "a/._1.png")
    assert chosen(tmp_path) == {"a/1.jpg": "a/1.png", "b/1.jpg": "b/1.png", "2.PNG": "2.bmp"}


def test_by_stem_alone_where_folders_differ(tmp_path: Path) -> None:
    write(tmp_path / "photos", "1.jpg", "2.jpg")
    write(tmp_path / "masks", "train/1.png", "test/2.png")
    assert chosen(tmp_path) == {"1.jpg": "train/1.png", "2.jpg": "test/2.png"}


def test_outermost_folders_of_pictures_may_be_lacking(tmp_path: Path) -> None:
    write(tmp_path / "photos", "data/cars/1.jpg", "data/birds/1.jpg", "data/cars/2.jpg")
    write(tmp_path / "masks", "cars/1.png", "birds/1.png")
    assert chosen(tmp_path) == {
        "data/cars/1.jpg": "cars/1.png",
        "data/birds/1.jpg": "birds/1.png",
        "data/cars/2.jpg": f"no foreground mask 2.* in {tmp_path / 'masks'}",
    }


def test_a_stem_that_is_there_twice_is_not_guessed(tmp_path: Path) -> None:
    write(tmp_path / "photos", "1.jpg", "2.jpg")
    write(tmp_path / "masks", "x/1.png", "y/1.png", "x/2.png", "x/2.tif")
    assert chosen(tmp_path) == {
        "1.jpg": f"2 foreground masks 1.* in {tmp_path}/masks",
        "2.jpg": f"2 foreground masks 2.* in {tmp_path}/masks",
    }


def test_two_formats_at_one_place_are_not_guessed(tmp_path: Path) -> None:
    write(tmp_path / "photos", "1.jpg")
    write(tmp_path / "masks", "1.png", "1.tif")
    assert chosen(tmp_path) == {"1.jpg": f"2 foreground masks 1.* in {tmp_path}/masks"}


def test_a_missing_mask_is_not_taken_from_another_class(tmp_path: Path) -> None:
    write(tmp_path / "photos", "cat/1.jpg", "dog/1.jpg")
    write(tmp_path / "masks", "cat/1.png", "dog/2.png")
    missing = f"no foreground mask 1.* in {tmp_path}/masks"
    assert chosen(tmp_path) == {"cat/1.jpg": "cat/1.png", "dog/1.jpg": missing}


def test_pictures_of_one_stem_need_masks_of_their_full_names(tmp_path: Path) -> None:
    write(tmp_path / "photos", "a.jpg", "a.png")
    write(tmp_path / "masks", "a.png", "a.jpg.png")
    missing = f"no foreground mask a.png.* in {tmp_path}/masks"
    assert chosen(tmp_path) == {"a.jpg": "a.jpg.png", "a.png": missing}


def test_odd_bytes(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    try:
        write(tmp_path / "photos", f"{name}.jpg")
    except OSError:
        pytest.skip("this file system allows no such name")
    write(tmp_path / "masks", f"{name}.png")
    masks = MaskFolder(tmp_path / "masks")
    assert masks.read(ImageFolder(tmp_path / "photos")[0]) == b"caf\xe9.png"


def test_a_mask_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    write(tmp_path / "photos", "1.jpg")
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks/1.png").symlink_to(tmp_path / "nowhere")
    assert chosen(tmp_path) == {
        "1.jpg": f"foreground mask {tmp_path}/masks/1.png cannot be opened: "
        "No such file or directory"
    }


def test_no_folder_or_no_masks(tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match=r"--foreground .*nowhere: no such folder"):
        MaskFolder(tmp_path / "nowhere")
    write(tmp_path / "empty", "note.txt")
    with pytest.raises(PartonomyError, match=r"--foreground .*empty: no mask picture"):
        MaskFolder(tmp_path / "empty")


OBJECT = np.zeros((6, 9), bool)
OBJECT[1:4, 2:8] = True


def encoded(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def mask_images() -> dict[str, Image.Image]:
    labels = OBJECT * np.uint8(1)
    palette = Image.fromarray(labels)
    palette.putpalette([255, 255, 255, 0, 0, 0])  # a label map: index 0 is not the object
    opaque = np.full_like(labels, 255)
    colour = labels[..., None] * np.array([0, 0, 7], np.uint8)
    return {
        "0 and 1": Image.fromarray(labels),
        "0 and 255": Image.fromarray(labels * np.uint8(255)),
        "bits": Image.fromarray(OBJECT),
        "16 bits": Image.fromarray(labels.astype(np.uint16) * 300),
        "palette": palette,
        "colour": Image.fromarray(colour),
        "colour and alpha": Image.fromarray(np.dstack([colour, opaque])),
        "grey and alpha": Image.merge("LA", [Image.fromarray(labels), Image.fromarray(opaque)]),
    }


@pytest.mark.parametrize("kind", mask_images())
def test_any_value_but_0_is_the_object(kind: str) -> None:
    np.testing.assert_array_equal(decode_mask(encoded(mask_images()[kind]), (6, 9)), OBJECT)


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_a_mask_is_turned_as_its_own_exif_says(format_: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    stored = Image.fromarray(np.rot90(OBJECT * np.uint8(255)))
    mask = decode_mask(encoded(stored, format_, exif=exif), (6, 9))
    np.testing.assert_array_equal(mask, OBJECT)


@pytest.mark.parametrize("size", [(9, 6), (6, 10), (60_000, 60_000)])
def test_a_mask_of_another_size(size: tuple[int, int]) -> None:
    expected = rf"foreground mask is 9 x 6, the picture {size[1]} x {size[0]}"
    with pytest.raises(PictureError, match=expected):
        decode_mask(encoded(Image.fromarray(OBJECT)), size)


@pytest.mark.parametrize("data", [b"", b"words", encoded(Image.fromarray(OBJECT))[:50]])
def test_a_damaged_mask(data: bytes) -> None:
    with pytest.raises(PictureError, match="foreground mask is damaged"):
        decode_mask(data, (6, 9))
