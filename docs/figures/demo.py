"""Makes demo.jpg from what `make demo` left: rendered pictures above, their parts below."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from partonomy.images import overlay
from partonomy.parts import Run

COLUMNS = 6
SIDE = 192


def main(run_folder: str) -> None:
    run = Run(run_folder)
    n_parts = run.file.results["n_parts"]
    rows = sorted(run.read_table("pictures"), key=lambda row: -row["confidence"])[:COLUMNS]
    columns = []
    for row in rows:
        picture = np.asarray(Image.open(row["path"]).convert("RGB"))
        labels = np.asarray(Image.open(run.masks / row["mask"]))
        pair = [picture, overlay(picture, labels, n_parts)]
        columns.append(
            np.concatenate([np.asarray(Image.fromarray(p).resize((SIDE, SIDE))) for p in pair])
        )
    figure = np.concatenate(columns, axis=1)
    Image.fromarray(figure).save(Path(__file__).with_name("demo.jpg"), quality=88)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runs/demo/runs/person")
