"""Pictures of labels, and the parts in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.reading import Fault, Problems, part, union
from partonomy.images.grid import Size
from partonomy.images.moving import tight_box


def label_pixels(
    path: Path, mode: Literal["L", "RGB"] | None, problems: Problems
) -> NDArray[np.uint8]:
    """The pixels of a label picture: (height, width) of ``L``, (height, width, 3) of ``RGB``.

    Of no mode they are as they are: (height, width) values of an indexed or grey picture.

    Raises:
        SkippedPicture: it is not there, or is no picture.
    """
    if not path.is_file():
        problems.stop(Fault.MISSING_MASK, str(path))
    try:
        with Image.open(path) as image:
            return np.asarray(image if mode is None else image.convert(mode))
    except (OSError, SyntaxError, Image.DecompressionBombError):  # Pillow's of broken PNG chunks
        problems.stop(Fault.DAMAGED, str(path))


def annotation_of_map(
    path: Path,
    size: Size,
    name: str,
    schema: PartSchema,
    split: str | None,
    problems: Problems,
    class_name: str = "object",
) -> Annotation:
    """One object whose parts are the values of an indexed or grey PNG, from 1; 0 is background.

    Args:
        path: of the label map.
        size: (height, width) of the picture.
        name: of the picture.
        schema: the parts, in the order of their values.
        split: of the picture.
        problems: where faults are noted.
        class_name: of the object.

    Raises:
        SkippedPicture: there is no map, it is damaged or of another size than the picture.
        PartonomyError: it has a value that is no part.
    """
    labels = label_pixels(path, None, problems)
    if labels.ndim != 2:
        problems.stop(Fault.MALFORMED, f"{path}: colours, not labels")
    return annotation_of_labels(labels, size, name, schema, split, problems, class_name)


def annotation_of_labels(
    labels: NDArray[np.integer[Any]],
    size: Size,
    name: str,
    schema: PartSchema,
    split: str | None,
    problems: Problems,
    class_name: str = "object",
) -> Annotation:
    """Likewise of (height, width) labels."""
    if labels.shape != size:
        problems.stop(Fault.OTHER_SIZE, name)
    parts = []
    for value in np.unique(labels[labels > 0]).tolist():
        if value > len(schema.names):
            problems.stop(Fault.UNKNOWN_LABEL, f"{name}, {value}")
        mask = labels == value
        found = part(schema.names[value - 1], size, name, problems, mask=mask, box=tight_box(mask))
        parts += [] if found is None else [found]
    whole = union(parts, size)
    box = tight_box(whole)
    return Annotation(name, size, class_name, schema, tuple(parts), None, box, whole, split)
