"""Whole exports: folders that are there wholly or not at all, renaming, damaged runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import partonomy
from partonomy.errors import PartonomyError
from partonomy.export import LabelledPicture, chosen_formats, export_run, exporter, exporters
from partonomy.parts import Run
from planted import Labels, planted_run

SMALL: Mapping[str, Labels] = {
    "a.png": np.array([[0, 1, 2], [3, 3, 0]], np.uint8),
    "b.png": np.array([[2, 2], [2, 2]], np.uint8),
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return planted_run(tmp_path, SMALL, n_parts=3)


def masks(folder: Path) -> dict[str, list[list[int]]]:
    folder = folder / "indexed-png" / "masks"
    return {path.name: np.array(Image.open(path)).tolist() for path in sorted(folder.iterdir())}


def test_export_is_at_the_top_of_the_package(run: Run, tmp_path: Path) -> None:
    done = []
    exported = partonomy.export_run(
        run.folder, tmp_path / "out", ["coco", "cvat"], on_progress=done.append
    )
    assert {name: entry.folder for name, entry in exported.items()} == {
        name: tmp_path / "out" / name for name in ("coco", "cvat")
    }
    assert sum(done) == 4
    noted = json.loads((tmp_path / "out" / "export.json").read_text())
    assert noted.keys() == {"coco", "cvat"}
    assert noted["coco"]["run"] == str(run.folder)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "coco",
        "cvat",
        "export.json",
    ]


def test_parts_are_renamed_joined_and_left_out(run: Run, tmp_path: Path) -> None:
    names = tmp_path / "names.toml"
    names.write_text('part_01 = ""\npart_02 = "wheel"\npart_03 = "wheel"\n')
    export_run(run, tmp_path / "out", ["indexed-png", "coco"], rename=names)
    assert masks(tmp_path / "out") == {
        "a.png": [[0, 0, 1], [1, 1, 0]],
        "b.png": [[1, 1], [1, 1]],
    }
    (path,) = (tmp_path / "out" / "coco").rglob("*.json")
    content = json.loads(path.read_text())
    assert [(entry["id"], entry["name"]) for entry in content["categories"]] == [(1, "wheel")]
    assert [entry["area"] for entry in content["annotations"]] == [3, 4]
    export_run(run, tmp_path / "out", ["indexed-png"], rename={"part_01": "wheel"})
    assert masks(tmp_path / "out")["a.png"] == [[0, 1, 2], [3, 3, 0]]


def test_what_an_earlier_export_left_goes(run: Run, tmp_path: Path) -> None:
    export_run(run, tmp_path / "out", ["indexed-png", "labelme"])
    rows = run.read_table("pictures")
    run.write_table("pictures", rows[:1])
    export_run(run, tmp_path / "out", ["indexed-png"])
    assert masks(tmp_path / "out").keys() == {"a.png"}
    assert len(list((tmp_path / "out" / "labelme").iterdir())) == 2, "of another format"


def test_a_foreign_folder_is_refused_and_left_alone(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(PartonomyError, match=rf"^-o {mine}: .* not empty and holds no export"):
        export_run(run, mine)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
    with pytest.raises(PartonomyError, match=r"thesis\.txt: there is a file of that name"):
        export_run(run, mine / "thesis.txt")
    with pytest.raises(PartonomyError, match=r"thesis\.txt.out: Not a directory"):
        export_run(run, mine / "thesis.txt" / "out")


def test_a_format_that_fails_leaves_what_was_there(run: Run, tmp_path: Path) -> None:
    export_run(run, tmp_path / "out", ["indexed-png"])
    before = masks(tmp_path / "out")
    (run.masks / "b.png").write_bytes(b"damaged")
    with pytest.raises(PartonomyError, match=r"masks/b\.png is damaged"):
        export_run(run, tmp_path / "out", ["indexed-png"], rename={"part_01": ""})
    assert masks(tmp_path / "out") == before
    assert not list((tmp_path / "out").glob(".part*"))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, r"masks/b\.png is gone"),
        (np.zeros((3, 3), np.uint8), r"masks/b\.png is no mask of this run"),
        (np.full((2, 2), 4, np.uint8), r"masks/b\.png is no mask of this run"),
        (np.zeros((2, 2, 3), np.uint8), r"masks/b\.png is no mask of this run"),
    ],
)
def test_a_mask_that_is_not_the_runs_is_named(
    run: Run, tmp_path: Path, labels: Labels | None, message: str
) -> None:
    (run.masks / "b.png").unlink()
    if labels is not None:
        Image.fromarray(labels).save(run.masks / "b.png")
    with pytest.raises(PartonomyError, match=message):
        export_run(run, tmp_path / "out", ["coco"])


@pytest.mark.parametrize("column", ["picture", "mask"])
@pytest.mark.parametrize("name", ["../../outside.png", "/outside.png", ""])
def test_a_table_that_leads_outside_is_refused(
    run: Run, tmp_path: Path, column: str, name: str
) -> None:
    run.write_table("pictures", [row | {column: name} for row in run.read_table("pictures")])
    with pytest.raises(PartonomyError, match=r"pictures\.parquet is damaged: .* lies outside"):
        export_run(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_that_did_not_finish_is_named(run: Run, tmp_path: Path) -> None:
    (run.folder / "pictures.parquet").unlink()
    with pytest.raises(PartonomyError, match="the run did not finish"):
        export_run(run, tmp_path / "out")


def test_a_full_disk_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("partonomy.export.formats.indexed_png.save_label_png", full)
    with pytest.raises(PartonomyError, match="indexed-png cannot be written: No space left"):
        export_run(run, tmp_path / "out", ["indexed-png"])


def test_a_new_format_is_one_decorated_function(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partonomy.export.registry._EXPORTERS", dict(exporters()))

    @exporter("shares")
    def shares(pictures, folder):
        def share(picture: LabelledPicture) -> str:
            return f"{picture.name} {(picture.labels > 0).mean():.2f}\n"

        (folder / "shares.txt").write_text("".join(pictures.map(share)))
        return "read it"

    exported = export_run(run, tmp_path / "out", ["shares"])
    assert exported["shares"].advice == "read it"
    text = (tmp_path / "out" / "shares" / "shares.txt").read_text()
    assert text == "a.png 0.67\nb.png 1.00\n"


def test_formats_are_chosen_by_name() -> None:
    assert chosen_formats(["cvat", "coco", "cvat"]) == ["cvat", "coco"]
    assert chosen_formats(["coco", "all"]) == ["coco", *(n for n in exporters() if n != "coco")]
    with pytest.raises(PartonomyError, match=r"--format coca: choose from coco, cvat, .*, all"):
        chosen_formats(["coca"])
    with pytest.raises(PartonomyError, match=r"--format is missing: choose from coco"):
        chosen_formats([])
