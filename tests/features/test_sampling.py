"""Sampled positions: seeded, bounded, inside, real neighbours, and the same after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from partonomy.backbones import Backbone, load_backbone
from partonomy.errors import PartonomyError
from partonomy.features import (
    FeatureExtractor,
    PictureFeatures,
    Sample,
    SamplingSettings,
    ShardStore,
    sample_positions,
)
from partonomy.images import ImageFolder, MaskFolder

ROWS, COLUMNS = 16, 21  # of the lattice of a photo


class Tiny(nn.Module):
    """One convolution of stride 4 with fixed weights."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.first = nn.Conv2d(3, 6, 4, stride=4)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.first(pictures).mean(dim=(2, 3))


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(Tiny(), "first", device="cpu", precision="float32")


@pytest.fixture
def store(tmp_path: Path) -> ShardStore:
    return ShardStore(tmp_path / "cache")


def unit(features: PictureFeatures) -> Tensor:
    return nn.functional.normalize(features.maps[0].float(), dim=0)


def draw(
    backbone: Backbone,
    folder: Path,
    store: ShardStore | None = None,
    *,
    keep: bool = False,
    masks: MaskFolder | None = None,
    size: int = 64,
    workers: int | None = None,
    respond: Callable[[PictureFeatures], Tensor] = unit,
    respond_key: str = "unit",
    on_progress: Callable[[int], None] = lambda _n: None,
    **settings: Any,
) -> Sample:
    extractor = FeatureExtractor(backbone, size, store, keep=keep, masks=masks, workers=workers)
    extractor.chunk_size = 5
    chosen = SamplingSettings(**{"max_positions": 480, **settings})
    files = ImageFolder(folder).files
    return sample_positions(extractor, files, chosen, respond, respond_key, on_progress)


def assert_same(one: Sample, other: Sample) -> None:
    for name in ("features", "picture", "cell", "pairs", "place", "common"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.pictures == other.pictures
    assert one.grids == other.grids
    assert one.skipped == other.skipped


def of_picture(sample: Sample, name: str) -> tuple[list[list[int]], list[list[float]]]:
    """The cells and features that were drawn from one picture."""
    names = [picture.file.name for picture in sample.pictures]
    chosen = sample.picture == names.index(name)
    return sample.cell[chosen].tolist(), sample.features[chosen].tolist()


def spoil(photos: Path) -> None:
    Image.open(photos / "03.png").resize((90, 200)).save(photos / "03.png")
    (photos / "02.png").write_bytes(b"")
    (photos / "11.png").write_bytes(b"words")


def test_a_sample_is_what_the_network_says_there(photos: Path, backbone: Backbone) -> None:
    spoil(photos)
    sample = draw(backbone, photos)
    assert sample.features.shape == (len(sample.picture), 6)
    assert sample.features.dtype == np.float32
    assert len(sample.pictures) == len(sample.grids) == 10
    assert [entry.name for entry in sample.skipped] == ["02.png", "11.png"]
    assert sample.grids[0].shape == (ROWS, COLUMNS)
    extractor = FeatureExtractor(backbone, 64)
    chunks = extractor.chunks(ImageFolder(photos).files)
    found = [entry for chunk in chunks for entry in extractor.features(chunk)]
    maps = [unit(entry) for entry in found if isinstance(entry, PictureFeatures)]
    for features, picture, (row, column) in zip(
        sample.features, sample.picture, sample.cell, strict=True
    ):
        np.testing.assert_allclose(features, maps[picture][:, row, column], atol=1e-3)


def test_seeded(photos: Path, backbone: Backbone) -> None:
    assert_same(draw(backbone, photos), draw(backbone, photos))
    other = draw(backbone, photos, seed=1)
    assert other.cell.tolist() != draw(backbone, photos).cell.tolist()


@pytest.mark.parametrize("workers", [1, 4])
def test_threads_do_not_matter(photos: Path, backbone: Backbone, workers: int) -> None:
    assert_same(draw(backbone, photos, workers=workers), draw(backbone, photos, workers=2))


@pytest.mark.parametrize("max_positions", [24, 120, 480])
def test_as_many_as_wanted_spread_evenly(
    photos: Path, backbone: Backbone, max_positions: int
) -> None:
    """Where half of a picture's share is whole, it is exactly that."""
    sample = draw(backbone, photos, max_positions=max_positions)
    assert len(sample.features) == max_positions
    assert set(Counter(sample.picture.tolist()).values()) == {max_positions // 12}


def test_less_than_one_a_picture_is_met_on_average(photos: Path, backbone: Backbone) -> None:
    counts = [
        len(draw(backbone, photos, max_positions=6, seed=seed).features) for seed in range(30)
    ]
    assert 4 < np.mean(counts) < 8
    assert max(counts) <= 24  # a position and its neighbour of each picture


def test_no_more_than_there_are(photos: Path, backbone: Backbone) -> None:
    sample = draw(backbone, photos, max_positions=10**6)
    interior = (ROWS - 2) * (COLUMNS - 2)
    assert len(sample.features) == 12 * 2 * interior  # each cell once, and a neighbour of each
    anchors = sample.cell[sample.picture == 0][:interior]
    assert len(np.unique(anchors, axis=0)) == interior


@pytest.mark.parametrize("border", [0, 1, 4])
def test_the_border_is_left_out(photos: Path, backbone: Backbone, border: int) -> None:
    cells = draw(backbone, photos, border=border, max_positions=12_000).cell
    assert cells.min(axis=0).tolist() == [border, border]
    assert cells.max(axis=0).tolist() == [ROWS - 1 - border, COLUMNS - 1 - border]


def test_a_lattice_that_is_all_border_is_used_whole(photos: Path, backbone: Backbone) -> None:
    cells = draw(backbone, photos, border=99, max_positions=12_000).cell
    assert cells.min(axis=0).tolist() == [0, 0]
    assert cells.max(axis=0).tolist() == [ROWS - 1, COLUMNS - 1]


def test_pairs_are_neighbours_in_one_picture(photos: Path, backbone: Backbone) -> None:
    sample = draw(backbone, photos)
    first, second = sample.pairs.T
    assert len(first) == len(sample.features) // 2
    assert (sample.picture[first] == sample.picture[second]).all()
    steps = sample.cell[second] - sample.cell[first]
    assert (abs(steps).max(axis=1) == 1).all()
    assert len(np.unique(steps, axis=0)) == 8  # every direction occurs
    assert sorted([*first, *second]) == list(range(len(sample.features)))


def test_place_is_in_the_picture(photos: Path, backbone: Backbone) -> None:
    sample = draw(backbone, photos)
    assert sample.place.dtype == np.float32
    np.testing.assert_allclose(sample.place, (sample.cell + 0.5) / (ROWS, COLUMNS), rtol=1e-6)


def test_the_other_pictures_do_not_matter(photos: Path, tmp_path: Path, backbone: Backbone) -> None:
    names = [f"{index:02d}.png" for index in (7, 3, 11, 0, 9, 1)]
    (tmp_path / "list.txt").write_text("\n".join(f"photos/{name}" for name in names))
    (tmp_path / "reverse.txt").write_text("\n".join(f"photos/{name}" for name in names[::-1]))
    samples = [draw(backbone, tmp_path / f"{name}.txt") for name in ("list", "reverse")]
    for name in names:
        assert of_picture(samples[0], name) == of_picture(samples[1], name)


def test_kept_or_not_it_is_the_same(photos: Path, backbone: Backbone, store: ShardStore) -> None:
    spoil(photos)
    plain = draw(backbone, photos)
    for keep in (False, True):
        own = ShardStore(store.root / str(keep))
        assert_same(plain, draw(backbone, photos, own, keep=keep))
        assert len(list(own.root.rglob("*.parquet"))) == 3
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Backbone, "feature_maps", None)
            assert_same(plain, draw(backbone, photos, own, keep=keep))


def test_another_question_is_not_answered_from_what_was_kept(
    photos: Path, tmp_path: Path, backbone: Backbone, store: ShardStore
) -> None:
    """Not even where the masks that it asks for are all missing."""
    draw(backbone, photos, store)
    for options in (
        {"seed": 1},
        {"border": 2},
        {"max_positions": 240},
        {"respond": lambda features: -unit(features), "respond_key": "minus"},
    ):
        assert_same(
            draw(backbone, photos, store, **options),  # type: ignore[arg-type]
            draw(backbone, photos, **options),  # type: ignore[arg-type]
        )
    write_mask(tmp_path / "masks", "other", np.ones((96, 128), np.uint8))
    masked = draw(backbone, photos, store, masks=MaskFolder(tmp_path / "masks"))
    assert not masked.pictures
    assert len(masked.skipped) == 12


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("stop", [1, 2])
def test_a_killed_pass_goes_on(
    photos: Path, backbone: Backbone, store: ShardStore, keep: bool, stop: int
) -> None:
    spoil(photos)
    done: list[int] = []

    def progress(number: int) -> None:
        done.append(number)
        if len(done) == stop:
            raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        draw(backbone, photos, store, keep=keep, on_progress=progress)
    assert threading.active_count() == threads
    assert len(list(store.root.rglob("*.parquet"))) == stop

    computed: list[int] = []
    feature_maps = Backbone.feature_maps

    def count(self: Backbone, pictures: Tensor) -> list[Tensor]:
        computed.append(len(pictures))
        return feature_maps(self, pictures)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backbone, "feature_maps", count)
        resumed = draw(backbone, photos, store, keep=keep, on_progress=done.append)
    assert sum(computed) == {1: 6, 2: 1}[stop]  # of the 12, less 2 spoiled and those done
    assert done[stop:] == [5, 5, 2]
    assert_same(resumed, draw(backbone, photos))


def write_mask(folder: Path, stem: str, mask: np.ndarray) -> None:
    folder.mkdir(exist_ok=True)
    Image.fromarray(mask).save(folder / f"{stem}.png")


def test_only_the_foreground_is_sampled(photos: Path, tmp_path: Path, backbone: Backbone) -> None:
    inside = np.zeros((96, 128), np.uint8)
    inside[24:60, 32:96] = 1  # rows 4 to 9 and more than half of columns 5 to 15
    for index in range(12):
        write_mask(tmp_path / "masks", f"{index:02d}", inside)
    write_mask(tmp_path / "masks", "01", np.zeros((96, 128), np.uint8))  # nothing there
    corner = np.zeros((96, 128), np.uint8)
    corner[:6, :6] = 1
    write_mask(tmp_path / "masks", "02", corner)  # nothing but border
    (tmp_path / "masks/03.png").unlink()
    sample = draw(backbone, photos, masks=MaskFolder(tmp_path / "masks"), max_positions=12_000)
    assert [entry.name for entry in sample.skipped] == ["03.png"]
    assert len(sample.pictures) == 11
    assert not (sample.picture == 1).any()
    assert np.unique(sample.cell[sample.picture == 2], axis=0).tolist() == [[0, 0]]
    cells = sample.cell[sample.picture == 4]
    assert cells.min(axis=0).tolist() == [4, 5]
    assert cells.max(axis=0).tolist() == [9, 15]
    place = sample.place[sample.picture == 4]  # the box of the object is 6 x 11 cells
    np.testing.assert_allclose(place, (cells - (4, 5) + 0.5) / (6, 11), rtol=1e-6)
    assert 0 < sample.place.min() <= sample.place.max() < 1


def test_common_is_what_the_whole_object_says(
    photos: Path, tmp_path: Path, backbone: Backbone
) -> None:
    """Also its cells that were not drawn, each by its share of the object."""
    inside = np.zeros((96, 128), np.uint8)
    inside[20:60, 32:96] = 1
    for index in range(12):
        write_mask(tmp_path / "masks", f"{index:02d}", inside)
    masks = MaskFolder(tmp_path / "masks")
    extractor = FeatureExtractor(backbone, 64, masks=masks)
    chunks = extractor.chunks(ImageFolder(photos).files)
    found = [each for chunk in chunks for each in extractor.features(chunk)]
    everywhere, within = draw(backbone, photos), draw(backbone, photos, masks=masks)
    assert within.common.shape == (12, 6)
    for index, features in enumerate(found):
        assert isinstance(features, PictureFeatures)
        maps = unit(features).numpy()
        expected = np.average(maps.reshape(6, -1), axis=1, weights=features.coverage.ravel())
        np.testing.assert_allclose(within.common[index], expected, atol=1e-3)
        np.testing.assert_allclose(everywhere.common[index], maps.mean(axis=(1, 2)), atol=1e-3)


def test_a_cell_without_neighbours_has_no_pair(
    photos: Path, tmp_path: Path, backbone: Backbone
) -> None:
    mask = np.zeros((96, 128), np.uint8)
    mask[48:54, 61:67] = 1
    for index in range(12):
        write_mask(tmp_path / "masks", f"{index:02d}", mask)
    sample = draw(backbone, photos, masks=MaskFolder(tmp_path / "masks"))
    assert sample.cell.tolist() == [[8, 10]] * 12
    assert sample.pairs.shape == (0, 2)
    assert sample.place.tolist() == [[0.5, 0.5]] * 12


def test_select_keeps_pairs_whose_ends_are_left(photos: Path, backbone: Backbone) -> None:
    sample = draw(backbone, photos)
    chosen = np.random.default_rng(0).random(len(sample.features)) < 0.6
    part = sample.select(chosen)
    assert len(part.features) == len(part.cell) == len(part.place) == chosen.sum()

    def ends(one: Sample) -> list[tuple[Any, ...]]:
        cells = [(picture, *cell) for picture, cell in zip(one.picture, one.cell, strict=True)]
        return [(cells[first], cells[second]) for first, second in one.pairs]

    left = [pair for pair in sample.pairs if chosen[pair].all()]
    assert 0 < len(left) < len(sample.pairs)
    expected = ends(sample)
    assert ends(part) == [expected[i] for i, p in enumerate(sample.pairs) if chosen[p].all()]
    np.testing.assert_array_equal(part.features, sample.features[chosen])
    nothing = sample.select(np.zeros(len(chosen), bool))
    assert nothing.features.shape == (0, 6)
    assert nothing.pairs.shape == (0, 2)
    assert_same(sample.select(np.ones(len(chosen), bool)), sample)


def test_dead_positions_are_all_zero(photos: Path, backbone: Backbone) -> None:
    sample = draw(backbone, photos, respond=lambda features: unit(features) * 0)
    assert sample.features.shape == (480, 6)
    assert not sample.features.any()


def test_nothing_can_be_read(photos: Path, backbone: Backbone, store: ShardStore) -> None:
    for path in photos.iterdir():
        path.write_bytes(b"")
    for _ in range(2):
        sample = draw(backbone, photos, store)
        assert sample.features.shape == (0, 6)
        assert sample.cell.shape == sample.pairs.shape == sample.place.shape == (0, 2)
        assert len(sample.skipped) == 12


@pytest.mark.parametrize("failing", ["network", "respond"])
def test_an_error_surfaces_and_leaves_no_threads(
    photos: Path, backbone: Backbone, failing: str
) -> None:
    def fail(*_arguments: Any) -> Any:
        raise PartonomyError("the network cannot take this")

    threads, torch_threads = threading.active_count(), torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        if failing == "network":
            patch.setattr(Backbone, "feature_maps", fail)
        with pytest.raises(PartonomyError, match="cannot take this") as caught:
            draw(backbone, photos, respond=fail if failing == "respond" else unit)
    # while the error, and with it the frame, is still held
    assert threading.active_count() == threads
    assert torch.get_num_threads() == torch_threads
    assert caught.value


INTERRUPTED = """
    import signal, sys, time, torch
    # a job that a shell runs in the background inherits the signal ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from torch import nn
    from partonomy.backbones import load_backbone
    from partonomy.features import FeatureExtractor, SamplingSettings, sample_positions
    from partonomy.images import ImageFolder

    class Slow(nn.Conv2d):
        ready = False

        def forward(self, pictures):
            if self.ready:
                # the newline along with the word, for two threads print
                print("running\\n", end="", flush=True)
                time.sleep(0.5)
            return super().forward(pictures)

    network = Slow(3, 6, 4, stride=4)
    extractor = FeatureExtractor(load_backbone(nn.Sequential(network), "0", device="cpu"), 64)
    extractor.backbone.network[0].ready = True
    files = ImageFolder(sys.argv[1]).files * 50
    sample_positions(extractor, files, SamplingSettings(), lambda f: f.maps[0], "")
"""


def test_an_interrupt_from_the_keyboard_does_not_hang(photos: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED), str(photos)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    started = process.stdout.readline() == "running\n"
    assert started, process.communicate(timeout=60)[1]
    process.send_signal(signal.SIGINT)
    start = time.perf_counter()
    _, errors = process.communicate(timeout=60)
    assert time.perf_counter() - start < 5  # the pictures under way would take longer by far
    assert errors.splitlines()[-1] == "KeyboardInterrupt"


@pytest.mark.real
def test_real_network_and_pictures(data: Path, tmp_path: Path, store: ShardStore) -> None:
    paths = sorted((data / "images/car_parts/trainingset/JPEGImages").glob("*"))[:8]
    (tmp_path / "list.txt").write_text("\n".join(map(str, paths)))
    backbone = load_backbone(
        "torchvision/squeezenet1_1",
        weights=data / "weights/squeezenet1_1/squeezenet1_1.safetensors",
        device="cpu",
    )
    photos = tmp_path / "list.txt"
    sample = draw(backbone, photos, store, keep=True, size=224, max_positions=80)
    assert len(sample.features) == 80
    np.testing.assert_allclose(np.linalg.norm(sample.features, axis=1), 1, atol=2e-3)
    assert_same(sample, draw(backbone, photos, size=224, max_positions=80, workers=1))
