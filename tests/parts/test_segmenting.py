"""Part models applied to pictures: masks, rows, skipped pictures, and going on after a stop."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from partonomy.backbones import Backbone, load_backbone
from partonomy.errors import PartonomyError
from partonomy.features import CHUNK_SIZE
from partonomy.images import Grid, ImageFolder, MaskFolder, Placement, Preprocessing, Skipped
from partonomy.parts import (
    PartMaps,
    PictureParts,
    Run,
    save_part_model,
    segment,
    segment_collection,
)


def backbone() -> Backbone:
    network = nn.Sequential(nn.AvgPool2d(4))
    return load_backbone(
        network, "0", mean=(0, 0, 0), std=(1, 1, 1), precision="float32", device="cpu"
    )


@dataclass
class Brightness:
    """Part 1 is dark, part 2 is bright."""

    backbone: Backbone = field(default_factory=backbone)
    part_names: tuple[str, ...] = ("dark", "bright")
    with_masks: bool = False
    seed: int = 0
    preprocessing: Preprocessing = field(default_factory=lambda: Preprocessing(32, 4))
    sharpness: float = 20.0
    fail_after: int = 10**9
    seen: int = 0

    def part_maps(
        self,
        pictures: Tensor,
        placements: Sequence[Placement],
        foregrounds: Sequence[NDArray[np.bool_] | None] | None = None,
    ) -> list[PartMaps]:
        self.seen += len(pictures)
        if self.seen > self.fail_after:
            raise KeyboardInterrupt
        (maps,) = self.backbone.feature_maps(pictures)
        bright = self.sharpness * (maps.mean(dim=1) - 0.5)
        scores = torch.stack([-bright, bright], dim=1)
        shape = (maps.shape[2], maps.shape[3])
        return [
            PartMaps(score, Grid(placement, self.backbone.layers[0].geometry, shape), foreground)
            for score, placement, foreground in zip(
                scores, placements, foregrounds or [None] * len(placements), strict=True
            )
        ]

    def save(self, folder: Path) -> None:
        description = {"part_names": self.part_names, "sharpness": self.sharpness}
        save_part_model(folder, "tiny", description, {}, self.backbone.spec)


def picture(path: Path, bright: int, size: tuple[int, int] = (40, 64)) -> None:
    """Bright on the left, ``bright`` columns wide, dark on the right."""
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[:, :bright] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for index in range(2 * CHUNK_SIZE + 3):
        picture(folder / "sub" / f"{index:03d}.png", 8 + index)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def test_every_picture_gets_a_mask_of_its_size_and_a_row(collection: Path, tmp_path: Path) -> None:
    picture(collection / "odd.png", 31, size=(53, 41))
    progress: list[int] = []
    run = segment_collection(
        Brightness(), ImageFolder(collection), tmp_path / "run", on_progress=progress.append
    )
    rows = {row["picture"]: row for row in run.read_table("pictures")}
    assert sum(progress) == len(rows) == run.file.n_read == 2 * CHUNK_SIZE + 4
    assert run.file.status == "finished"
    assert run.file.results == {"n_parts": 2}
    row = rows["odd.png"]
    assert (row["height"], row["width"], row["mask"]) == (53, 41, "odd.png")
    assert rows["sub/007.png"]["mask"] == "sub/007.png"
    for name, row in rows.items():
        labels = np.asarray(Image.open(run.masks / row["mask"]))
        assert labels.shape == (row["height"], row["width"])
        assert row["path"] == str(collection / name)
        np.testing.assert_allclose(row["shares"], [(labels == k).mean() for k in (1, 2)])
        assert 0.5 <= row["confidence"] <= 1
    labels = np.asarray(Image.open(run.masks / "sub/024.png"))  # 32 of 64 columns are bright
    assert (labels[:, :30] == 2).all()
    assert (labels[:, 34:] == 1).all()


def test_bad_pictures_are_skipped_and_named(collection: Path, tmp_path: Path) -> None:
    (collection / "empty.jpg").touch()
    (collection / "text.png").write_text("no picture")
    run = segment_collection(Brightness(), ImageFolder(collection), tmp_path / "run")
    assert {entry.picture for entry in run.file.skipped} == {"empty.jpg", "text.png"}
    assert all(entry.reason for entry in run.file.skipped)
    assert run.file.n_pictures == run.file.n_read + 2
    assert len(run.read_table("pictures")) == run.file.n_read
    assert not (run.masks / "text.png").exists()


def test_strict_makes_a_bad_picture_an_error_that_names_it(
    collection: Path, tmp_path: Path
) -> None:
    (collection / "empty.jpg").touch()
    with pytest.raises(PartonomyError, match=r"--strict: 1 picture cannot be used: empty\.jpg"):
        segment_collection(Brightness(), ImageFolder(collection), tmp_path / "run", strict=True)
    assert Run(tmp_path / "run").file.status == "running"


def test_no_usable_picture_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "empty.jpg").touch()
    with pytest.raises(PartonomyError, match=r"none of 1 picture can be used: empty\.jpg"):
        segment_collection(
            Brightness(), ImageFolder(tmp_path / "pictures"), tmp_path / "run", workers=1
        )


def test_a_stopped_run_goes_on_and_ends_as_one_that_never_stopped(
    collection: Path, tmp_path: Path
) -> None:
    (collection / "sub" / "004.png").write_text("damaged")
    pictures = ImageFolder(collection)
    whole = segment_collection(Brightness(), pictures, tmp_path / "whole")
    stopped = Brightness(fail_after=CHUNK_SIZE + 5)
    with pytest.raises(KeyboardInterrupt):
        segment_collection(stopped, pictures, tmp_path / "run", workers=1)
    masks = tmp_path / "run" / "masks"
    done = {path: path.stat().st_mtime_ns for path in masks.rglob("*.png")}
    assert len(done) >= CHUNK_SIZE - 1
    going_on = Brightness()
    run = segment_collection(going_on, pictures, tmp_path / "run", workers=1)
    assert going_on.seen == CHUNK_SIZE + 3, "the finished chunk was computed again"
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert contents(run.folder) == contents(whole.folder)
    assert run.file.skipped == whole.file.skipped
    assert run.file.input_digest == whole.file.input_digest


def test_a_stopped_run_of_another_model_is_started_afresh(collection: Path, tmp_path: Path) -> None:
    pictures = ImageFolder(collection)
    with pytest.raises(KeyboardInterrupt):
        segment_collection(Brightness(fail_after=CHUNK_SIZE + 5), pictures, tmp_path / "run")
    other = Brightness(sharpness=1.0)
    segment_collection(other, pictures, tmp_path / "run")
    assert other.seen == len(pictures)


def test_a_damaged_note_of_progress_costs_only_its_chunk(collection: Path, tmp_path: Path) -> None:
    pictures = ImageFolder(collection)
    whole = segment_collection(Brightness(), pictures, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        segment_collection(
            Brightness(fail_after=CHUNK_SIZE + 5), pictures, tmp_path / "run", workers=1
        )
    (note,) = (tmp_path / "run" / ".progress").rglob("*.parquet")
    note.write_bytes(b"damaged")
    run = segment_collection(Brightness(), pictures, tmp_path / "run", workers=1)
    assert contents(run.folder) == contents(whole.folder)


def test_chunks_of_the_same_pictures_under_other_names_have_masks_of_their_own(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pictures"
    for index in range(CHUNK_SIZE):
        picture(folder / "a" / f"{index:02d}.png", 8 + index)
    shutil.copytree(folder / "a", folder / "b")
    run = segment_collection(Brightness(), ImageFolder(folder), tmp_path / "run")
    names = [row["picture"] for row in run.read_table("pictures")]
    assert len(set(names)) == 2 * CHUNK_SIZE
    for name in names:
        assert (run.masks / name).is_file()


def test_foreground_masks_bound_the_parts(collection: Path, tmp_path: Path) -> None:
    for path in collection.rglob("*.png"):
        mask = np.zeros((40, 64), np.uint8)
        mask[10:30, 20:50] = 255
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(tmp_path / "masks" / path.name)
    (tmp_path / "masks" / "003.png").unlink()
    Image.fromarray(mask[:-1]).save(tmp_path / "masks" / "004.png")
    run = segment_collection(
        Brightness(),
        ImageFolder(collection),
        tmp_path / "run",
        masks=MaskFolder(tmp_path / "masks"),
    )
    reasons = {entry.picture: entry.reason for entry in run.file.skipped}
    assert reasons.keys() == {"sub/003.png", "sub/004.png"}
    assert "no foreground mask" in reasons["sub/003.png"]
    assert "64 x 39" in reasons["sub/004.png"]
    for row in run.read_table("pictures"):
        labels = np.asarray(Image.open(run.masks / row["mask"]))
        np.testing.assert_array_equal(labels > 0, mask > 0)
        assert sum(row["shares"]) == pytest.approx((mask > 0).mean())


def test_segment_yields_pictures_and_what_was_skipped_in_order(
    collection: Path, tmp_path: Path
) -> None:
    (collection / "sub" / "002.png").write_text("damaged")
    model = Brightness()
    found = list(segment(model, ImageFolder(collection).files[:4]))
    assert [isinstance(entry, Skipped) for entry in found] == [False, False, True, False]
    first, last = found[0], found[3]
    assert isinstance(first, PictureParts)
    assert isinstance(last, PictureParts)
    path = last.save_mask(tmp_path / "out")
    assert path == tmp_path / "out" / "sub" / "003.png"
    np.testing.assert_array_equal(np.asarray(Image.open(path)), last.labels())
    assert first.part_names == ("dark", "bright")


def test_two_collections_side_by_side_do_not_disturb_each_other(collection: Path) -> None:
    model, files = Brightness(), ImageFolder(collection).files

    def labels(found: Any) -> list[NDArray[np.uint8]]:
        return [entry.labels() for entry in found]

    alone = labels(segment(model, files[:20]))
    pairs = list(zip(segment(model, files[:20]), segment(model, files), strict=False))
    for expected, (one, other) in zip(alone, pairs, strict=True):
        assert isinstance(one, PictureParts)
        assert isinstance(other, PictureParts)
        np.testing.assert_array_equal(one.labels(), expected)
        np.testing.assert_array_equal(other.labels(), expected)


def test_a_mask_that_cannot_be_written_is_named(collection: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (entry,) = segment(Brightness(), ImageFolder(collection).files[:1])
    assert isinstance(entry, PictureParts)
    with pytest.raises(PartonomyError, match=r"sub.000\.png cannot be written: Not a directory"):
        entry.save_mask(tmp_path / "file")
