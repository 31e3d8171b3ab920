"""Several models at once find what each finds alone, and each network looks once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import partonomy as pt
from partonomy.backbones import Backbone
from partonomy.baselines import FeatureBaseline, PixelBaseline, PointClusters
from partonomy.parts import part_maps_of_each


@pytest.fixture
def backbone() -> Backbone:
    return pt.load_backbone("networks:small_network", layer="3", precision="float32", device="cpu")


def test_one_look_for_all_models_of_a_network(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(0)
    directions = torch.from_numpy(generator.random((3, 24), np.float32))
    clusters = PointClusters(np.ones(5, np.float32), generator.random((4, 5), np.float32))
    models = [
        FeatureBaseline(backbone, 64, "k-means", directions, None, False, 0),
        FeatureBaseline(backbone, 64, "factorization", directions, None, False, 0),
        PixelBaseline(backbone, 64, "colour and position", clusters, None, False, 0),
    ]
    picture: NDArray[np.uint8] = generator.integers(0, 256, (64, 80, 3)).astype(np.uint8)
    placement = models[0].preprocessing.place((64, 80))
    mask = np.zeros((64, 80), bool)
    mask[10:50, 20:60] = True
    alone = [
        model.part_maps(torch.from_numpy(picture)[None], [placement], [mask])[0] for model in models
    ]
    looks = []
    look = backbone.feature_maps

    def counted(pictures: torch.Tensor) -> list[torch.Tensor]:
        looks.append(len(pictures))
        return look(pictures)

    monkeypatch.setattr(backbone, "feature_maps", counted)
    together = part_maps_of_each(models, picture, placement, mask)
    assert looks == [1]
    for mine, theirs in zip(together, alone, strict=True):
        torch.testing.assert_close(mine.scores, theirs.scores)
        np.testing.assert_array_equal(mine.labels(), theirs.labels())
