"""Foreground without labels: planted objects are found, and where there are none, none is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from conftest import made_up_picture
from partonomy.backbones import Backbone, load_backbone
from partonomy.features import (
    FITTED_PICTURES,
    FeatureExtractor,
    ForegroundModel,
    ShardStore,
    fit_foreground,
    learn_foreground,
)
from partonomy.features.foreground import _is_object
from partonomy.features.population import unit_responses
from partonomy.images import ImageFolder


@dataclass(frozen=True)
class Planted:
    """Pictures with an object each: maps (C, h, w), guides, and which cells are object."""

    maps: Sequence[Tensor]
    guides: Sequence[NDArray[np.uint8]]
    truth: Sequence[NDArray[np.bool_]]

    def some(self, chosen: Sequence[int]) -> Planted:
        lists = (self.maps, self.guides, self.truth)
        return Planted(*([each[index] for index in chosen] for each in lists))

    def fit(self) -> ForegroundModel:
        return fit_foreground(self.maps, self.guides)

    def overlap(self, model: ForegroundModel) -> float:
        """Intersection over union with the truth, of all cells together."""
        found = [(model.objectness(unit_responses(features)) > 0).numpy() for features in self.maps]
        pairs = list(zip(found, self.truth, strict=True))
        both = sum((one & other).sum() for one, other in pairs)
        return float(both / sum((one | other).sum() for one, other in pairs))


def planted(count: int, rows: int = 12, columns: int = 16, noise: float = 0.3) -> Planted:
    """An object of one kind somewhere inside, on two kinds of background that reach the border."""
    kinds = torch.randn(3, 24, generator=torch.Generator().manual_seed(99))
    maps, guides, truth = [], [], []
    for seed in range(count):
        generator = np.random.default_rng(seed)
        top, left = generator.integers(1, rows // 2 - 1), generator.integers(1, columns // 2 - 1)
        height, width = generator.integers(4, rows // 2), generator.integers(4, columns // 2)
        kind = np.ones((rows, columns), int)
        kind[generator.integers(3, rows - 3) :] = 2
        kind[top : top + height, left : left + width] = 0
        scatter = torch.from_numpy(generator.normal(0, noise, (24, rows, columns)))
        maps.append((kinds[kind].permute(2, 0, 1) + scatter).half())
        colours = np.array([(200, 60, 60), (90, 140, 90), (120, 120, 160)])
        picture = np.kron(kind, np.ones((8, 8), int))
        shaded = colours[picture] + generator.normal(0, 6, (*picture.shape, 3))
        guides.append(shaded.clip(0, 255).astype(np.uint8))
        truth.append(kind == 0)
    return Planted(maps, guides, truth)


@pytest.mark.parametrize("count", [1, 2, 12])
def test_planted_objects_are_found(count: int) -> None:
    """In the pictures that it is learned from, few or many, and in others."""
    pictures, others = planted(count), planted(24).some(range(12, 24))
    model = pictures.fit()
    assert pictures.overlap(model) > 0.9
    assert count == 1 or others.overlap(model) > 0.9


@pytest.mark.parametrize("shape", [(12, 16), (28, 20), (10, 30)])
def test_lattices_of_any_shape(shape: tuple[int, int]) -> None:
    pictures = planted(6, *shape)
    assert pictures.overlap(pictures.fit()) > 0.9


def test_pictures_of_different_shapes_make_one_model() -> None:
    wide, tall = planted(4, 12, 16), planted(4, 18, 12)
    both = Planted(
        [*wide.maps, *tall.maps], [*wide.guides, *tall.guides], [*wide.truth, *tall.truth]
    )
    assert both.overlap(both.fit()) > 0.9


def test_large_log_odds_can_be_relied_on() -> None:
    """Where log-odds are large, they are nearly always right, however noisy the features."""
    pictures = planted(12, noise=1.5)
    model = pictures.fit()
    odds = torch.cat(
        [model.objectness(unit_responses(features)).flatten() for features in pictures.maps]
    )
    truth = np.concatenate([mask.ravel() for mask in pictures.truth])
    sure = odds.abs().numpy() > 3
    assert sure.mean() > 0.3
    assert ((odds.numpy() > 0) == truth)[sure].mean() > 0.95


def test_same_pictures_same_bits_on_any_number_of_threads() -> None:
    # as many cells as linear algebra shares out among threads
    pictures, models = planted(64, 28, 42), []
    for threads in (1, 2, 1):
        torch.set_num_threads(threads)
        models.append(pictures.fit())
    assert len({model.key for model in models}) == 1


def test_the_order_of_the_pictures_does_not_matter() -> None:
    pictures = planted(10, noise=0.6)
    one = pictures.fit()
    other = pictures.some([7, 2, 9, 0, 4, 1, 8, 3, 6, 5]).fit()
    for features in pictures.maps:
        torch.testing.assert_close(
            one.objectness(unit_responses(features)),
            other.objectness(unit_responses(features)),
            atol=1e-2,
            rtol=1e-2,
        )


def test_mirrored_pictures_have_mirrored_objects() -> None:
    pictures = planted(6)
    mirrored = Planted(
        [features.flip(2) for features in pictures.maps],
        [guide[:, ::-1].copy() for guide in pictures.guides],
        [mask[:, ::-1] for mask in pictures.truth],
    )
    one, other = pictures.fit(), mirrored.fit()
    for features, flipped in zip(pictures.maps, mirrored.maps, strict=True):
        found, there = (
            one.objectness(unit_responses(features)) > 0,
            other.objectness(unit_responses(flipped)) > 0,
        )
        assert (found == there.flip(1)).float().mean() > 0.98


def noise(count: int) -> list[Tensor]:
    return [
        torch.randn(24, 12, 16, generator=torch.Generator().manual_seed(i)) for i in range(count)
    ]


COMMON = torch.randn(24, 1, 1, generator=torch.Generator().manual_seed(99))
WITHOUT_OBJECT = {
    "noise": noise(48),
    "one kind everywhere": [COMMON + 0.2 * cells for cells in noise(48)],
    "the same in each cell": [COMMON.expand(24, 12, 16)] * 3,
    "a dead layer": [torch.zeros(24, 12, 16)] * 3,
    "one cell each": [cells[:, :1, :1] for cells in noise(6)],
    "one row of cells": [cells[:, :1] for cells in noise(6)],
    "nothing but border": [cells[:, :2] for cells in noise(6)],
}


@pytest.mark.parametrize("name", WITHOUT_OBJECT)
def test_where_there_is_no_object_none_is_found(name: str) -> None:
    maps = WITHOUT_OBJECT[name]
    guides = [np.full((112, 150, 3), 100, np.uint8)] * len(maps)
    model = fit_foreground(maps, guides)
    assert model.weights.isfinite().all()
    assert not _is_object([model.objectness(unit_responses(features)) for features in maps])


class Colours(nn.Module):
    """The mean colour of blocks of 8 pixels, which no border changes; in eight directions."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 8, 8, stride=8)
        with torch.no_grad():
            ways = torch.randn(8, 3, generator=torch.Generator().manual_seed(1)) / 64
            self.mix.weight.copy_(ways[:, :, None, None].expand_as(self.mix.weight))
            self.mix.bias.zero_()

    def forward(self, pictures: Tensor) -> Tensor:
        return self.mix(pictures)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(Colours(), "mix", device="cpu", precision="float32")


def extractor(
    backbone: Backbone, store: ShardStore | None = None, **options: bool
) -> FeatureExtractor:
    made = FeatureExtractor(backbone, 96, store, **options)
    made.chunk_size = 5
    return made


def discs(folder: Path, count: int) -> dict[str, NDArray[np.bool_]]:
    """Red discs on grey, somewhere inside; where they are, by name."""
    folder.mkdir()
    truth = {}
    for index in range(count):
        generator = np.random.default_rng(index)
        rows, columns = np.mgrid[:96, :128]
        row, column = generator.integers(34, 62), generator.integers(34, 94)
        disc = (rows - row) ** 2 + (columns - column) ** 2 < 24**2
        picture = np.where(disc[..., None], (210, 60, 40), (110, 130, 125))
        picture = (picture + generator.normal(0, 10, picture.shape)).clip(0, 255)
        name = f"{index:03d}.png"
        Image.fromarray(picture.astype(np.uint8)).save(folder / name)
        truth[name] = disc
    return truth


def cells_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return mask.reshape(12, 8, 16, 8).mean(axis=(1, 3)) > 0.5


def test_objects_of_a_collection_are_found(tmp_path: Path, backbone: Backbone) -> None:
    truth, done = discs(tmp_path / "discs", 12), []
    files = ImageFolder(tmp_path / "discs").files
    model = learn_foreground(extractor(backbone), files, done.append)
    assert model is not None
    assert sum(done) == 12
    extract = extractor(backbone).with_foreground(model)
    for chunk in extract.chunks(files):
        for features in extract.features(chunk):
            wanted = cells_of(truth[features.picture.file.name])
            assert (features.inside != wanted).mean() < 0.08
            np.testing.assert_array_equal(features.coverage >= 0.5, features.inside)


def test_one_picture_is_enough(tmp_path: Path, backbone: Backbone) -> None:
    (mask,) = discs(tmp_path / "discs", 1).values()
    model = learn_foreground(extractor(backbone), ImageFolder(tmp_path / "discs").files)
    assert model is not None
    pixels = np.asarray(Image.open(tmp_path / "discs" / "000.png"))
    (maps,) = backbone.feature_maps(torch.from_numpy(pixels.copy())[None])
    found = (model.objectness(unit_responses(maps[0])) > 0).numpy()
    assert (found != cells_of(mask)).mean() < 0.1


def test_features_kept_or_not_give_the_same_model(tmp_path: Path, backbone: Backbone) -> None:
    discs(tmp_path / "discs", 12)
    files = ImageFolder(tmp_path / "discs").files
    store = ShardStore(tmp_path / "cache")
    extractors = [
        extractor(backbone),
        extractor(backbone, store, keep=False),
        extractor(backbone, store),  # computes and keeps
        extractor(backbone, store),  # finds them kept
    ]
    models = [learn_foreground(each, files) for each in extractors]
    assert None not in models
    assert len({model.key for model in models}) == 1
    assert len(list(store.root.rglob("*.safetensors"))) == 3


def test_pictures_that_cannot_be_read_are_left_out(tmp_path: Path, backbone: Backbone) -> None:
    folder = tmp_path / "discs"
    discs(folder, 8)
    whole = learn_foreground(extractor(backbone), ImageFolder(folder).files)
    (folder / "000a.png").write_bytes(b"")
    (folder / "003b.jpg").write_bytes(b"\xff\xd8\xff no")
    (folder / "009.png").symlink_to("nowhere")
    files = ImageFolder(folder).files
    assert len(files) == 11
    spoilt = learn_foreground(extractor(backbone), files)
    assert spoilt.key == whole.key


class Overflowing(Colours):
    """Gives no numbers for dark pictures."""

    def forward(self, pictures: Tensor) -> Tensor:
        return self.mix(pictures / (pictures.amax() > 0))


def test_pictures_whose_features_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    backbone = load_backbone(
        Overflowing(), "mix", device="cpu", precision="float32", mean=(0, 0, 0), std=(1, 1, 1)
    )
    folder = tmp_path / "discs"
    discs(folder, 6)
    whole = learn_foreground(extractor(backbone), ImageFolder(folder).files)
    Image.new("RGB", (128, 96)).save(folder / "003b.png")
    spoilt = learn_foreground(extractor(backbone), ImageFolder(folder).files)
    assert whole is not None
    assert spoilt is not None
    assert spoilt.key == whole.key


def test_no_readable_picture_gives_no_model(tmp_path: Path, backbone: Backbone) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert learn_foreground(extractor(backbone), ImageFolder(tmp_path / "a.png").files) is None


@pytest.mark.parametrize("kind", ["noise", "blank"])
def test_pictures_without_an_object_give_no_model(
    tmp_path: Path, backbone: Backbone, kind: str
) -> None:
    for index in range(40):
        generator = np.random.default_rng(index)
        blank = np.full((96, 128, 3), 200)
        picture = generator.integers(0, 256, blank.shape) if kind == "noise" else blank
        Image.fromarray(picture.astype(np.uint8)).save(tmp_path / f"{index}.png")
    assert learn_foreground(extractor(backbone), ImageFolder(tmp_path).files) is None


def test_of_many_pictures_some_are_looked_at(tmp_path: Path, backbone: Backbone) -> None:
    """Spread over the collection; their features are not kept, for no other pass can use them."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(FITTED_PICTURES + 40):
        Image.fromarray(made_up_picture(index % 6, 64, 64)).save(folder / f"{index:03d}.png")
    store, done = ShardStore(tmp_path / "cache"), []
    files = ImageFolder(folder).files
    learn_foreground(extractor(backbone, store), files, done.append)
    assert sum(done) == FITTED_PICTURES
    assert not store.root.exists()


def test_guides_are_small_whatever_the_pictures(
    tmp_path: Path, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half the network's input, and of that no more than 112 pixels on the short side."""
    Image.new("RGB", (2000, 100), (200, 30, 30)).save(tmp_path / "a.png")
    Image.new("RGB", (1200, 900), (30, 30, 200)).save(tmp_path / "b.png")
    seen: list[tuple[int, ...]] = []

    def note(maps: Sequence[Tensor], guides: Sequence[NDArray[np.uint8]]) -> ForegroundModel:
        seen.extend(guide.shape[:2] for guide in guides)
        return fit_foreground(maps, guides)

    monkeypatch.setattr("partonomy.features.foreground.fit_foreground", note)
    learn_foreground(FeatureExtractor(backbone, 512), ImageFolder(tmp_path).files)
    assert seen == [(52, 1024), (112, 149)]
