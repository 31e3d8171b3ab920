"""Views of pictures: what is drawn, where it shows the picture, and that it is computed once."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

import partonomy as pt
from partonomy.backbones import Backbone
from partonomy.features import FeatureExtractor, KnownObjects, ShardStore
from partonomy.segmenter.compact import Compact, views
from partonomy.segmenter.compact.describing import Axes
from partonomy.segmenter.compact.examples import example_of
from partonomy.segmenter.compact.views import (
    SHIFT,
    STRETCH,
    ViewedPicture,
    draw_views,
    viewed_pictures,
)

RECIPE = Compact(views=3)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return pt.load_backbone("networks:colour_network", layer="3", precision="float32", device="cpu")


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Pictures of smooth colours, in ``pictures``; a disc of each, in ``masks``."""
    for name in ("pictures", "masks"):
        (tmp_path / name).mkdir()
    for index, (height, width) in enumerate([(96, 128), (128, 96), (96, 96), (40, 60)]):
        generator = np.random.default_rng(index)
        coarse = generator.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        rows, columns = np.mgrid[:height, :width]
        disc = (rows - 0.6 * height) ** 2 + (columns - 0.4 * width) ** 2 < (0.3 * height) ** 2
        Image.fromarray(smooth).save(tmp_path / "pictures" / f"{index}.png")
        Image.fromarray(disc.astype(np.uint8)).save(tmp_path / "masks" / f"{index}.png")
    return tmp_path


def look(
    folder: Path,
    backbone: Backbone,
    *,
    masks: bool = False,
    store: str = "store",
    recipe: Compact = RECIPE,
    progress: Callable[[int], None] = lambda _n: None,
) -> list[ViewedPicture]:
    given = pt.MaskFolder(folder / "masks") if masks else None
    extractor = FeatureExtractor(backbone, 96, masks=given, workers=1)
    files = pt.ImageFolder(folder / "pictures").files
    return list(
        viewed_pictures(extractor, list(files), recipe, ShardStore(folder / store), progress)
    )


@pytest.mark.parametrize("size", [(96, 96), (100, 250), (300, 80)])
def test_views_are_similarities_with_a_stretch_in_pixels(size):
    """And half of them are mirrored; whatever the picture's shape."""
    recipe = Compact(views=400, rotation=25.0, scale=(0.5, 2.0))
    matrices = draw_views(size, recipe, torch.Generator().manual_seed(0)).matrices.double()
    height, width = size
    to_pixels = torch.diag(torch.tensor([width, height]).double())
    linear = to_pixels @ matrices[..., :2] @ to_pixels.inverse()
    mirrored = torch.linalg.det(linear) < 0
    assert 0.4 < mirrored.float().mean() < 0.6
    linear[mirrored, :, 0] *= -1
    u, lengths, v = torch.linalg.svd(linear)
    stretch = (lengths[:, 0] / lengths[:, 1]).sqrt()
    assert 1.08 < stretch.max() <= STRETCH + 1e-5
    grows = 1 / (lengths[:, 0] * lengths[:, 1]).sqrt()
    assert 0.5 - 1e-5 <= grows.min() < 0.52 < 1.8 < grows.max() <= 2 + 1e-5
    turn = u @ v
    angles = torch.rad2deg(torch.atan2(turn[:, 1, 0], turn[:, 0, 0]))
    assert 23 < angles.max() <= 25 + 1e-3 and -25 - 1e-3 <= angles.min() < -23
    assert SHIFT * 0.95 < matrices[..., 2].abs().max() <= SHIFT


def identity_jitter(pictures: torch.Tensor, _generator: torch.Generator) -> torch.Tensor:
    return pictures


@pytest.mark.parametrize("masks", [True, False])
def test_what_a_view_says_is_what_the_picture_says_where_its_cells_lie(
    drawn, backbone, masks, monkeypatch
):
    """Of colours that change slowly, a network that sees them says the same a cell or two off."""
    monkeypatch.setattr(views, "JITTER", identity_jitter)
    gentle = Compact(views=3, rotation=20.0, scale=(0.9, 1.2))
    axes, known = Axes(torch.eye(3), torch.eye(3), 0.0), KnownObjects(torch.zeros(1, 3), 2.0)
    for picture in look(drawn, backbone, masks=masks, recipe=gentle):
        found = example_of(picture, axes, None, known)
        assert found is not None
        for view in found.views:
            assert len(view.cells) > 20
            own = found.described[:, 5:8].float()
            expected = torch.einsum("nj,njd->nd", view.shares, own[view.cells])
            right = (expected - view.described[:, 5:8]).abs().mean()
            # of the next cell in place of each
            beside = own[(view.cells + 1).clamp(max=len(own) - 1)]
            wrong = (torch.einsum("nj,njd->nd", view.shares, beside) - expected).abs().mean()
            assert right < 0.5 * wrong, (right, wrong)


def test_a_views_mask_is_the_pictures_mask_as_it_is_shown(drawn, backbone):
    for picture in look(drawn, backbone, masks=True):
        assert picture.mask is not None and picture.weight is not None
        assert picture.warped_weights is not None
        assert picture.mask.shape == picture.guide.shape[:2]
        assert picture.weight.shape == picture.grid.shape == picture.unit.shape[2:]
        assert abs(float(picture.weight.mean()) - picture.mask.mean()) < 0.03
        area = float(picture.weight.sum())
        for matrix, shown in zip(picture.matrices, picture.warped_weights, strict=True):
            assert 0 <= shown.min() <= shown.max() <= 1
            grown = area / abs(float(torch.linalg.det(matrix[:, :2])))
            assert 0.5 * grown < float(shown.sum()) < 1.1 * grown, "some of it may be cut off"
            # where it is shown: its middle, of what lies well within the view
            middle = centre_of(shown)
            back = matrix[:, :2] @ middle + matrix[:, 2]
            if float(shown.sum()) > 0.97 * grown:
                torch.testing.assert_close(back, centre_of(picture.weight), atol=0.08, rtol=0)


def centre_of(weight: torch.Tensor) -> torch.Tensor:
    """(x, y) in the frame, of the cells' corners: cells of a convolution lie there."""
    rows, columns = weight.shape
    y = (torch.arange(rows) + 0.125) * 2 / rows - 1
    x = (torch.arange(columns) + 0.125) * 2 / columns - 1
    total = weight.sum()
    return torch.stack([(weight.sum(0) * x).sum() / total, (weight.sum(1) * y).sum() / total])


def same(one: ViewedPicture, other: ViewedPicture) -> bool:
    def equal(a: object, b: object) -> bool:
        if a is None or b is None:
            return a is b
        return np.array_equal(np.asarray(a), np.asarray(b))

    names = ("unit", "weight", "warped_weights", "guide", "mask", "matrices")
    kept = all(equal(getattr(one, name), getattr(other, name)) for name in names)
    return kept and one.grid == other.grid


@pytest.mark.parametrize("masks", [True, False])
def test_a_second_pass_computes_nothing_and_gives_the_same(drawn, backbone, masks, monkeypatch):
    done: list[int] = []
    first = look(drawn, backbone, masks=masks, progress=done.append)
    assert sum(done) == 4 and len(first) == 4
    monkeypatch.setattr(Backbone, "feature_maps", None)
    again = look(drawn, backbone, masks=masks, progress=done.append)
    assert sum(done) == 8
    assert all(same(one, other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("changes", [{"views": 2}, {"rotation": 5.0}, {"scale": (1.0, 1.1)}])
def test_other_views_are_computed_anew_and_other_weights_are_not(
    drawn, backbone, changes, monkeypatch
):
    looks: list[int] = []
    seen = Backbone.feature_maps

    def counted(self: Backbone, pictures: torch.Tensor) -> object:
        looks.append(len(pictures))
        return seen(self, pictures)

    monkeypatch.setattr(Backbone, "feature_maps", counted)
    look(drawn, backbone)
    assert looks == [4] * 4, "of each picture and three views, in one go"
    other = Compact(equivariance=0.7, colour=1.0, batch=2, steps=9, views=3)
    look(drawn, backbone, recipe=other)
    assert len(looks) == 4
    look(drawn, backbone, recipe=Compact(**{"views": 3} | changes))
    assert len(looks) == 8
    look(drawn, backbone, masks=True)
    assert len(looks) == 12


def test_a_picture_has_the_same_views_whatever_its_name_and_place(drawn, backbone):
    picture = Image.open(drawn / "pictures" / "0.png")
    first, *_ = look(drawn, backbone)
    picture.save(drawn / "pictures" / "zz.png")
    *_, last = look(drawn, backbone, store="other")
    assert same(first, last)
    others = look(drawn, backbone)[1:4]
    assert not any(torch.equal(each.matrices, first.matrices) for each in others)


def test_pictures_and_masks_that_cannot_be_used_are_left_out(drawn, backbone):
    Image.fromarray(np.ones((5, 5), np.uint8)).save(drawn / "masks" / "1.png")
    (drawn / "pictures" / "2.png").write_bytes(b"torn")
    for _ in range(2):
        shapes = [each.grid.picture_size for each in look(drawn, backbone, masks=True)]
        assert shapes == [(96, 128), (40, 60)]


def test_a_guide_is_the_picture_at_half_its_input(drawn, backbone):
    picture = look(drawn, backbone)[0]
    pixels = np.asarray(Image.open(drawn / "pictures" / "0.png"), np.float32)
    halved = pixels.reshape(48, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(picture.guide - halved).max() <= 1
    assert math.isclose(float(picture.unit.float().norm(dim=1).max()), 1, abs_tol=2e-3)
