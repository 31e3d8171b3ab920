"""Every baseline is a part model: fitted, applied, saved, loaded; and finds what it can see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import partonomy as pt
from partonomy.backbones import Backbone
from partonomy.baselines import BASELINES, fit_baseline
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError
from partonomy.features import FeatureExtractor, learn_foreground
from partonomy.images import ImageFolder, MaskFolder, Skipped
from partonomy.parts import PartMaps, segment
from partonomy.parts.model import PartModel, model_digest

SIZE = 96


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("world")
    write_folder(PartWorld(8, ("face",), size=64), root, 0)
    return root


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return pt.load_backbone("networks:small_network", layer="3", precision="float32", device="cpu")


def found(model: PartModel, pictures: ImageFolder, masks: MaskFolder | None) -> list[PartMaps]:
    parts = list(segment(model, pictures.files, masks))
    assert not any(isinstance(each, Skipped) for each in parts)
    return [each.maps for each in parts]


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_a_part_model(
    name: str, given: bool, world: Path, backbone: Backbone, tmp_path: Path
) -> None:
    pictures = ImageFolder(world / "pictures")
    masks = MaskFolder(world / "foreground") if given else None
    extractor = FeatureExtractor(backbone, SIZE, masks=masks)
    if not given:
        extractor = extractor.with_foreground(learn_foreground(extractor, pictures.files))
    model = fit_baseline(name, extractor, pictures.files, 3, seed=1)
    assert isinstance(model, PartModel)
    assert (model.seed, model.with_masks, len(model.part_names)) == (1, given, 3)
    seen = set()
    for maps, file in zip(found(model, pictures, masks), pictures, strict=True):
        labels = maps.labels()
        seen |= set(np.unique(labels))
        if masks is not None:
            np.testing.assert_array_equal(labels > 0, maps.foreground)
        assert maps.grid.picture_size == (64, 64), file.name
    assert {1, 2, 3} <= seen
    model.save(tmp_path / "model")
    again = pt.load(tmp_path / "model", backbone="networks:small_network")
    assert model_digest(again) == model_digest(model)
    for mine, theirs in zip(
        found(model, pictures, masks), found(again, pictures, masks), strict=True
    ):
        torch.testing.assert_close(mine.scores, theirs.scores)


def test_position_divides_the_objects_box(world: Path, backbone: Backbone) -> None:
    """Parts of two by position alone are halves of the object, whatever the picture shows."""
    pictures, masks = ImageFolder(world / "pictures"), MaskFolder(world / "foreground")
    extractor = FeatureExtractor(backbone, SIZE, masks=masks)
    model = fit_baseline("position", extractor, pictures.files, 2, seed=0)
    for maps in found(model, pictures, masks):
        labels = maps.labels()
        centres = [np.argwhere(labels == part).mean(axis=0) for part in (1, 2)]
        box = np.ptp(np.argwhere(labels > 0), axis=0)
        assert np.abs((centres[0] - centres[1]) / box).max() > 0.35


def test_errors_are_one_line(world: Path, backbone: Backbone, tmp_path: Path) -> None:
    pictures = ImageFolder(world / "pictures")
    extractor = FeatureExtractor(backbone, SIZE)
    with pytest.raises(PartonomyError, match="baseline chance: choose from k-means, "):
        fit_baseline("chance", extractor, pictures.files, 3, 0)
    from PIL import Image

    for file in pictures:
        Image.new("L", (64, 64)).save(tmp_path / f"{Path(file.name).stem}.png")
    empty = FeatureExtractor(backbone, SIZE, masks=MaskFolder(tmp_path))
    for name in BASELINES:
        with pytest.raises(PartonomyError, match="is the foreground empty"):
            fit_baseline(name, empty, pictures.files, 3, 0)
