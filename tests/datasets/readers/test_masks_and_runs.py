"""Folders of label maps, and runs of partonomy: what is exported can be read as a data set."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import partonomy as pt
from networks import small_network
from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError
from partonomy.export import export_run

LAYER = "3"


def written(root: Path) -> Path:
    """Two pictures with label maps of two parts."""
    labels = np.zeros((6, 8), np.uint8)
    labels[1:3, 2:5], labels[4, :] = 1, 2
    for name in ("a", "deep/b"):
        for folder in ("images", "masks"):
            (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6)).save(root / "images" / f"{name}.jpg")
        Image.fromarray(labels).save(root / "masks" / f"{name}.png")
    (root / "id2label.json").write_text(json.dumps({"0": "background", "1": "wheel", "2": "road"}))
    return root


def test_values_become_parts(tmp_path: Path) -> None:
    data = read_dataset("masks", written(tmp_path))
    assert [item.name for item in data.items] == ["a.jpg", "deep/b.jpg"]
    for _, (annotation,) in data:
        assert [part.name for part in annotation.parts] == ["wheel", "road"]
        assert annotation.parts[0].box == (2, 1, 5, 3)
        assert annotation.box == (0, 1, 8, 5)


def test_maps_that_are_broken(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / "masks" / "a.png").unlink()
    Image.new("L", (6, 8)).save(root / "masks" / "deep" / "b.png")
    data = read_dataset("masks", root)
    assert list(data) == []
    assert data.problems.counts() == {
        "missing mask": 1,
        "mask of another size than the picture": 1,
    }
    (root / "masks" / "a.png").write_bytes(b"\x89PNG, cut")
    assert list(read_dataset("masks", root)) == []


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (Image.new("L", (8, 6), 7), r"a\.jpg, 7: unknown label"),
        (Image.new("RGB", (8, 6)), r"a\.png: colours, not labels"),
    ],
)
def test_maps_that_are_refused(tmp_path: Path, image: Image.Image, message: str) -> None:
    root = written(tmp_path)
    image.save(root / "masks" / "a.png")
    with pytest.raises(PartonomyError, match=message):
        list(read_dataset("masks", root))


@pytest.mark.parametrize("text", ["[]", '{"1": "a", "3": "b"}', '{"x": "a"}', "{"])
def test_names_that_are_refused(tmp_path: Path, text: str) -> None:
    root = written(tmp_path)
    (root / "id2label.json").write_text(text)
    with pytest.raises(PartonomyError, match=r"id2label\.json"):
        read_dataset("masks", root)


def test_a_run_and_its_export_are_read_alike(tmp_path: Path, photos: Path) -> None:
    backbone = pt.load_backbone(small_network(), LAYER)
    settings = pt.DiscoverSettings(n_parts=3, size=96, foreground=None)
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings)
    export_run(run, tmp_path / "export", ["indexed-png"])
    exported = tmp_path / "export" / "indexed-png"
    shutil.copytree(photos, exported / "images")
    both = read_dataset("run", tmp_path / "run"), read_dataset("masks", exported)
    assert len(both[0]) == len(both[1]) == len(pt.ImageFolder(photos))
    for (_, (mine,)), (_, (other,)) in zip(*both, strict=True):
        np.testing.assert_array_equal(mine.labels(), other.labels())
        assert mine.schema == other.schema
        assert mine.labels().any()
    masks = list((tmp_path / "run" / "masks").iterdir())
    masks[0].unlink()
    again = read_dataset("run", tmp_path / "run")
    assert len(list(again)) == len(again) - 1
    assert again.problems.counts() == {"missing mask": 1}
    (tmp_path / "run" / "pictures.parquet").write_bytes(b"PAR1, cut")
    with pytest.raises(PartonomyError, match="no finished run"):
        read_dataset("run", tmp_path / "run")
