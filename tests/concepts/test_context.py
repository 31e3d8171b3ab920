"""Surroundings are as wide as parts differ more within objects than objects do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import partonomy as pt
from partonomy.backbones import Backbone
from partonomy.concepts.context import CONTEXTS, choose_context, within_shares
from partonomy.features import FeatureExtractor
from partonomy.images import ImageFolder, MaskFolder

SIZE = 224
"""Of pictures; 28 cells of 8 pixels."""
COLOURS = np.array([(220, 40, 40), (40, 200, 40), (40, 40, 220), (220, 220, 40)])


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return pt.load_backbone("networks:small_network", layer="5", precision="float32", device="cpu")


def collection(root: Path, block: int, tinted: float) -> tuple[ImageFolder, MaskFolder]:
    """Pictures of squares, whose quarters are the parts; a square is ``block`` cells wide.

    Args:
        root: where they are written.
        block: cells of 8 pixels along a part.
        tinted: how much of each picture's colours is its own.
    """
    for kind in ("pictures", "masks"):
        (root / kind).mkdir()
    for number in range(8):
        generator = np.random.default_rng(number)
        picture = generator.integers(90, 110, (SIZE, SIZE, 3)).astype(float)
        mask = np.zeros((SIZE, SIZE), np.uint8)
        side = 8 * block
        own = generator.integers(0, 256, 3)
        for part, (row, column) in enumerate(np.ndindex(2, 2)):
            y, x = 8 * 4 + row * side, 8 * 4 + column * side
            shown = (1 - tinted) * COLOURS[part] + tinted * own
            picture[y : y + side, x : x + side] = shown + generator.normal(0, 5, (side, side, 3))
            mask[y : y + side, x : x + side] = 255
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(
            root / "pictures" / f"{number}.png"
        )
        Image.fromarray(mask).save(root / "masks" / f"{number}.png")
    return ImageFolder(root / "pictures"), MaskFolder(root / "masks")


def chosen(tmp_path: Path, backbone: Backbone, block: int, tinted: float) -> float:
    pictures, masks = collection(tmp_path, block, tinted)
    extractor = FeatureExtractor(backbone, SIZE, masks=masks)
    return choose_context(extractor, pictures.files)


def test_large_parts_of_like_objects_have_wide_surroundings(
    tmp_path: Path, backbone: Backbone
) -> None:
    assert chosen(tmp_path, backbone, 10, 0.0) == CONTEXTS[0]


def test_objects_that_differ_more_than_their_parts_have_narrow_ones(
    tmp_path: Path, backbone: Backbone
) -> None:
    assert chosen(tmp_path, backbone, 2, 0.7) == CONTEXTS[-1]


def test_nothing_to_see_has_the_widest(tmp_path: Path, backbone: Backbone) -> None:
    pictures, _ = collection(tmp_path, 2, 0.0)
    for file in pictures:
        Image.new("L", (SIZE, SIZE)).save(tmp_path / "masks" / Path(file.name).name)
    extractor = FeatureExtractor(backbone, SIZE, masks=MaskFolder(tmp_path / "masks"))
    assert choose_context(extractor, pictures.files) == CONTEXTS[0]


def test_shares_are_those_of_variances_counted_at_once() -> None:
    generator = np.random.default_rng(0)
    objects = generator.normal(size=(6, 40, 5))
    objects /= np.linalg.norm(objects, axis=2, keepdims=True)
    means = objects.mean(axis=1)
    moments = np.concatenate([1 - (means**2).sum(axis=1, keepdims=True), means], axis=1)
    (share,) = within_shares(moments[:, None])
    within = objects.var(axis=1).sum(axis=1).mean()
    total = objects.reshape(-1, 5).var(axis=0).sum()
    assert share == pytest.approx(within / total)


def test_the_choice_is_kept_with_the_model(tmp_path: Path, backbone: Backbone) -> None:
    pictures, _ = collection(tmp_path, 2, 0.7)
    settings = {"n_concepts": 8, "n_parts": 4, "size": SIZE, "foreground": None}
    estimator = pt.VisualConcepts(**settings).fit(backbone, pictures)
    assert estimator.context_ in CONTEXTS
    assert estimator.part_model_.context == estimator.context_
    given = pt.VisualConcepts(**settings, context=0.1).fit(backbone, pictures)
    assert given.context_ == given.part_model_.context == 0.1
