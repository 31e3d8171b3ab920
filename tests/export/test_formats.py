"""Every format, read back pixel by pixel; see ``readers.py`` for who reads which."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import partonomy
from partonomy.errors import PartonomyError
from partonomy.export import export_run, exporters, recut
from partonomy.parts import Run
from planted import PLANTED, Labels, planted_run
from readers import READERS, data_yaml, painted, truth


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return planted_run(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def exported(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export_run(run, folder)
    return folder


def test_every_format_has_a_reader() -> None:
    assert READERS.keys() == exporters().keys()


@pytest.mark.parametrize("name", READERS)
def test_every_format_reads_back_to_the_pixel(name: str, exported: Path, run: Run) -> None:
    found = READERS[name](exported / name, run)
    assert found.keys() == PLANTED.keys()
    for picture, labels in PLANTED.items():
        np.testing.assert_array_equal(found[picture], labels, picture)


@pytest.mark.parametrize("name", READERS)
def test_the_same_run_gives_the_same_bytes(
    name: str, exported: Path, run: Run, tmp_path: Path
) -> None:
    # the same distance to the pictures, since some formats refer to them by relative paths
    again = tmp_path.parent / f"again-{name}"
    export_run(run, again, [name])

    def content(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    assert content(again / name) == content(exported / name)


@pytest.mark.real
def test_a_run_on_real_pictures_reads_back_in_every_format(data: Path, tmp_path: Path) -> None:
    cars = sorted((data / "images/car_parts/trainingset/JPEGImages").iterdir())[:4]
    pictures = tmp_path / "cars" / "some of them"
    pictures.mkdir(parents=True)
    for car in cars:
        shutil.copy(car, pictures)
    weights = data / "weights/squeezenet1_1/squeezenet1_1.safetensors"
    run = partonomy.discover(
        partonomy.load_backbone("torchvision/squeezenet1_1", weights=weights),
        partonomy.ImageFolder(tmp_path / "cars"),
        tmp_path / "run",
        partonomy.DiscoverSettings(n_parts=8, size=224),
    )
    for cut in (run, recut(run, 4, tmp_path / "recut")):
        export_run(cut, tmp_path / "out")
        expected = truth(cut)
        assert len(expected) == 4
        for name, read in READERS.items():
            found = read(tmp_path / "out" / name, cut)
            assert found.keys() == expected.keys()
            for picture, labels in expected.items():
                np.testing.assert_array_equal(found[picture], labels, f"{name} {picture}")


def test_coco_counts_categories_from_1_and_no_part_is_a_crowd(exported: Path) -> None:
    (path,) = (exported / "coco").rglob("*.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["id"] for entry in content["categories"]] == list(range(1, 256))
    assert [entry["id"] for entry in content["images"]] == list(range(1, len(PLANTED) + 1))
    annotations = content["annotations"]
    assert [entry["id"] for entry in annotations] == list(range(1, len(annotations) + 1))
    assert {entry["iscrowd"] for entry in annotations} == {0}
    for entry in annotations:
        height, width = entry["segmentation"]["size"]
        assert sum(entry["segmentation"]["counts"]) == height * width
        assert 0 not in entry["segmentation"]["counts"][1:]
        assert sum(entry["segmentation"]["counts"][1::2]) == entry["area"]
    pairs = [(entry["image_id"], entry["category_id"]) for entry in annotations]
    assert len(set(pairs)) == len(pairs), "all pieces of a part are one annotation"


def test_supervision_reads_coco(exported: Path, run: Run) -> None:
    import supervision

    (path,) = (exported / "coco").rglob("*.json")
    root = run.file.config["root"]
    dataset = supervision.DetectionDataset.from_coco(root, str(path), force_masks=True)
    assert_supervision(dataset, lambda path: Path(path).relative_to(root).as_posix(), PLANTED)


def test_supervision_reads_yolo(exported: Path, run: Run) -> None:
    """It rounds coordinates, where Ultralytics cuts them off. It knows no sub-folders."""
    import supervision

    folder = exported / "yolo-seg"
    root = Path(run.file.config["root"])
    for images, labels in (
        ("images", "labels"),
        ("images/a", "labels/a"),
        ("images/b", "labels/b"),
    ):
        dataset = supervision.DetectionDataset.from_yolo(
            str(folder / images), str(folder / labels), str(folder / "data.yaml"), force_masks=True
        )
        inside = {
            path.resolve().relative_to(root).as_posix()
            for path in (folder / images).iterdir()
            if path.is_file()
        }
        assert inside
        assert_supervision(
            dataset,
            lambda path: Path(path).resolve().relative_to(root).as_posix(),
            {name: PLANTED[name] for name in inside},
        )


def assert_supervision(dataset, name_of: Callable, expected: Mapping[str, Labels]) -> None:
    found = {}
    for path, _, detections in dataset:
        name = name_of(path)
        masks = (
            (dataset.classes[class_id], mask)
            for class_id, mask in zip(
                detections.class_id, detections.mask if len(detections) else [], strict=True
            )
        )
        found[name] = painted(masks, PLANTED[name].shape)
    assert found.keys() == expected.keys()
    for name, labels in expected.items():
        np.testing.assert_array_equal(found[name], labels, name)


def test_yolo_keeps_no_copy_of_a_picture(exported: Path) -> None:
    images = [path for path in (exported / "yolo-seg" / "images").rglob("*") if path.is_symlink()]
    assert len(images) == len(PLANTED)


def test_yolo_copies_pictures_where_there_are_no_links(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    export_run(run, tmp_path / "out", ["yolo-seg"])
    images = tmp_path / "out" / "yolo-seg" / "images"
    root = Path(run.file.config["root"])
    assert (images / "a/same.png").read_bytes() == (root / "a/same.png").read_bytes()


def test_yolo_hides_no_other_error_behind_a_copy(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "symlink_to", full)
    with pytest.raises(PartonomyError, match="cannot be written: No space left on device"):
        export_run(run, tmp_path / "out", ["yolo-seg"])
    assert not (tmp_path / "out" / "yolo-seg").exists()


@pytest.mark.parametrize("name", ["front: wheel", "#1"])
def test_cvat_names_a_name_that_it_cannot_hold(run: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(PartonomyError, match=rf"^--format cvat: .* cannot hold the name '{name}'"):
        export_run(run, tmp_path / "out", ["cvat"], rename={"part_01": name})
    assert not (tmp_path / "out" / "cvat").exists()


def test_cvat_says_which_pictures_it_cannot_tell_apart(run: Run, tmp_path: Path) -> None:
    advice = export_run(run, tmp_path / "out", ["cvat"])["cvat"].advice
    assert "cannot tell twin.jpg from twin.png" in advice


def test_names_of_any_script_and_sign_are_kept(run: Run, tmp_path: Path) -> None:
    name = "Räder & \"Lampen\" <左> 'x' # y"
    export_run(run, tmp_path, rename={"part_01": name})
    assert data_yaml(tmp_path / "yolo-seg")[0] == name
    interface = ElementTree.parse(tmp_path / "label-studio" / "labeling_interface.xml")
    assert interface.find("BrushLabels/Label").get("value") == name
    for folder in ("coco", "labelme", "indexed-png"):
        texts = [path.read_text(encoding="utf-8") for path in (tmp_path / folder).rglob("*.json")]
        assert any(json.dumps(name, ensure_ascii=False) in text for text in texts)
