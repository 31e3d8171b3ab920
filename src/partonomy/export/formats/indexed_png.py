"""Indexed PNGs: a mask for each picture, whose values are numbers of categories, and their names.

The values are those of Pascal VOC's class masks (0 is the background), and the names are kept as
Hugging Face's models and data sets keep theirs (``id2label``).
"""

from __future__ import annotations

import json
from pathlib import Path

from partonomy.export.collection import LabelledPicture, LabelledPictures
from partonomy.export.naming import BACKGROUND
from partonomy.export.registry import exporter
from partonomy.images import save_label_png


@exporter("indexed-png")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write ``masks/NAME.png`` for each picture and ``id2label.json``."""
    for _ in pictures.map(lambda picture: _write(picture, folder, len(pictures.names))):
        pass
    names = {str(label): name for label, name in enumerate((BACKGROUND, *pictures.names))}
    text = json.dumps(names, ensure_ascii=False, indent=2)
    (folder / "id2label.json").write_text(text + "\n", encoding="utf-8")
    return (
        "a pixel's value is the number of its part, which id2label.json names; 0 is the background"
    )


def _write(picture: LabelledPicture, folder: Path, n_parts: int) -> None:
    path = folder / "masks" / f"{picture.stem}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_label_png(path, picture.labels, n_parts)
