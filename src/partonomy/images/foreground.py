"""Foreground masks given as pictures of the same stem in another folder."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from partonomy.errors import PartonomyError, PictureError
from partonomy.images.grid import Size
from partonomy.images.reading import read_bytes
from partonomy.images.sources import PictureFile, printable, walk_pictures


class MaskFolder:
    """Foreground masks: any value but 0 is the object.

    A picture's mask is the file of its stem at the same place below the folder, or at that place
    without its outermost folders; where the folder holds no masks at such a place, the file of its
    stem anywhere below it, if there is but one.

    Args:
        root: the folder.

    Raises:
        PartonomyError: the folder does not exist, cannot be opened or holds no mask.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise PartonomyError(f"--foreground {root}: no such folder")
        self._by_place: dict[PurePosixPath, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for path in walk_pictures(self.root):
            place = PurePosixPath(printable(path.relative_to(self.root).with_suffix("")))
            self._by_place[place].append(path)
            self._by_stem[place.name].append(path)
        if not self._by_place:
            raise PartonomyError(f"--foreground {root}: no mask picture in this folder")
        self._folders = {place.parent for place in self._by_place}

    def read(self, file: PictureFile) -> bytes:
        """The bytes of a picture's mask.

        Raises:
            PictureError: there is no mask for it or more than one, or it cannot be opened.
        """
        place = PurePosixPath(file.stem)
        inner = (PurePosixPath(*place.parts[start:]) for start in range(1, len(place.parts) - 1))
        same = next((each for each in (place, *inner) if each.parent in self._folders), None)
        if same is not None:
            paths = self._by_place.get(same, [])
        else:
            paths = self._by_stem.get(place.name, [])
        if not paths:
            raise PictureError(f"no foreground mask {place.name}.* in {self.root}")
        if len(paths) > 1:
            raise PictureError(f"{len(paths)} foreground masks {place.name}.* in {self.root}")
        try:
            return read_bytes(paths[0])
        except PictureError as error:
            raise PictureError(f"foreground mask {paths[0]} {error}") from None


def decode_mask(data: bytes, picture_size: Size) -> NDArray[np.bool_]:
    """A mask as (height, width) bool in original pixels.

    Raises:
        PictureError: it is no picture, damaged, or of another size than its picture.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(data))
        if sorted(image.size) == sorted(picture_size):  # else it is not worth decoding
            image = ImageOps.exif_transpose(image)
        if (image.height, image.width) != picture_size:
            raise PictureError(
                f"foreground mask is {image.width} x {image.height}, "
                f"the picture {picture_size[1]} x {picture_size[0]}"
            )
        values = np.asarray(image)
    except PictureError:
        raise
    except Exception as error:  # damaged files make decoders raise nearly anything
        raise PictureError(f"foreground mask is damaged: {error}") from None
    if values.ndim == 2:
        return values != 0
    colours = [band != "A" for band in image.getbands()]
    return (values[..., colours] != 0).any(axis=2)
