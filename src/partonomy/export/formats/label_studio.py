"""Label Studio: tasks with predictions for the brush, and the labelling interface to go with them.

Follows "Import pre-annotations" (https://labelstud.io/guide/predictions), "BrushLabels"
(https://labelstud.io/tags/brushlabels) and, for pictures on the server's own disk, "Set up local
project storage" (https://labelstud.io/guide/storage_local). The masks are in Label Studio's own
run-length encoding of an RGBA picture, see :func:`brush_rle`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from partonomy.export.collection import LabelledPicture, LabelledPictures
from partonomy.export.registry import exporter
from partonomy.images import LabelRuns, palette

CONTROL, IMAGE = "part", "image"
"""Names in the labelling interface of the brush and of the picture."""

_CHANNELS = 4
_WORD_BITS = 8
_LENGTH_BITS = np.array([3, 4, 8, 16])
"""Bits that the length of a run may take, as Label Studio itself writes it."""


@exporter("label-studio")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write ``tasks.json`` and ``labeling_interface.xml``."""
    served = pictures.root.parent
    with (folder / "tasks.json").open("w", encoding="utf-8") as file:
        before = "[\n"
        for task in pictures.map(lambda picture: _task(picture, served, pictures.names)):
            file.write(before + json.dumps(task, ensure_ascii=False, separators=(",", ":")))
            before = ",\n"
        file.write("\n]\n")
    (folder / "labeling_interface.xml").write_text(_interface(pictures.names), encoding="utf-8")
    return (
        "paste labeling_interface.xml into the project's labelling interface, add "
        f"{pictures.root} as local source storage (Save, do not sync; "
        f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={served}), and import tasks.json"
    )


def brush_rle(counts: NDArray[np.int64]) -> list[int]:
    """Label Studio's encoding of a mask.

    It encodes the bytes of an RGBA picture, row by row, of which the mask's are 255 and the others
    0, as a stream of bits: the number of bytes (32 bits), bits of a value less 1 (5), the four
    sizes that a length may have less 1 (4 each); then for each run a 1, which size its length has
    (2), its length less 1, its value (8). (Single values, with 0 for the 1, are not used here.)

    Args:
        counts: pixels in runs along the rows that alternate between outside and inside, outside
            first; see :class:`~partonomy.export.runs.LabelRuns`.

    Returns:
        Bytes.
    """
    lengths = counts * _CHANNELS
    values = np.arange(len(counts)) % 2 * 255
    longest = 1 << int(_LENGTH_BITS[-1])
    pieces = -(-lengths // longest)  # a longer run is written in pieces; one of 0, not at all
    values = values.repeat(pieces)
    rest = np.cumsum(pieces)[pieces > 0] - 1
    lengths_of_pieces = np.full(len(values), longest)
    lengths_of_pieces[rest] = (lengths[pieces > 0] - 1) % longest + 1
    size = np.searchsorted(1 << _LENGTH_BITS, lengths_of_pieces)
    header = [(int(lengths.sum()), 32), (_WORD_BITS - 1, 5)]
    header += [(int(bits) - 1, 4) for bits in _LENGTH_BITS]
    words = 1 << 2 | size  # a run, and its size
    words = (words << _LENGTH_BITS[size] | lengths_of_pieces - 1) << _WORD_BITS | values
    widths = 3 + _LENGTH_BITS[size] + _WORD_BITS
    codes = np.concatenate([[word for word, _ in header], words])
    return _packed(codes, np.concatenate([[width for _, width in header], widths]))


def _packed(words: NDArray[np.int64], widths: NDArray[np.int64]) -> list[int]:
    """Words of several widths one after another, highest bit first, as bytes."""
    ends = np.cumsum(widths)
    shift = ends.repeat(widths) - 1 - np.arange(ends[-1])
    return np.packbits(words.repeat(widths) >> shift & 1).tolist()


def _task(picture: LabelledPicture, served: Path, names: Sequence[str]) -> dict[str, Any]:
    runs = LabelRuns.of(picture.labels.ravel())
    result = [
        _region(label, names[label - 1], brush_rle(runs.counts(label)), picture)
        for label in np.unique(runs.labels).tolist()
        if label
    ]
    below = Path(os.path.relpath(picture.path, served)).as_posix()
    return {
        "data": {IMAGE: f"/data/local-files/?d={quote(below)}"},
        "predictions": [{"model_version": f"partonomy {version('partonomy')}", "result": result}],
    }


def _region(label: int, name: str, rle: list[int], picture: LabelledPicture) -> dict[str, Any]:
    height, width = picture.labels.shape
    return {
        "id": f"part{label:03d}",
        "type": "brushlabels",
        "from_name": CONTROL,
        "to_name": IMAGE,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {"format": "rle", "rle": rle, "brushlabels": [name]},
    }


def _interface(names: Sequence[str]) -> str:
    labels = "".join(
        f'    <Label value={quoteattr(name)} background="#{red:02x}{green:02x}{blue:02x}"/>\n'
        for name, (red, green, blue) in zip(names, palette(len(names))[1:], strict=True)
    )
    return (
        f'<View>\n  <Image name="{IMAGE}" value="${IMAGE}" zoom="true"/>\n'
        f'  <BrushLabels name="{CONTROL}" toName="{IMAGE}">\n{labels}  </BrushLabels>\n</View>\n'
    )
