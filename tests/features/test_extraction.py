"""Features of a collection: the same bits kept or fresh, on any number of threads, in few bytes."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from partonomy.backbones import Backbone, load_backbone
from partonomy.errors import PartonomyError
from partonomy.features import FeatureExtractor, PictureFeatures, ShardStore
from partonomy.images import ImageFolder, MaskFolder, Skipped


class Tiny(nn.Module):
    """Two convolutions with fixed weights: strides 4 and 8, 8 and 12 channels."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.first = nn.Conv2d(3, 8, 4, stride=4)
            self.second = nn.Conv2d(8, 12, 3, stride=2, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.second(torch.relu(self.first(pictures))).mean(dim=(2, 3))


LAYERS = ("second", "first")


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(Tiny(), LAYERS, device="cpu", precision="float32")


@pytest.fixture
def store(tmp_path: Path) -> ShardStore:
    return ShardStore(tmp_path / "cache")


def extractor(
    backbone: Backbone, store: ShardStore | None = None, **options: Any
) -> FeatureExtractor:
    made = FeatureExtractor(backbone, 64, store, **options)
    made.chunk_size = 5
    return made


def features(extractor: FeatureExtractor, folder: Path) -> list[PictureFeatures | Skipped]:
    chunks = extractor.chunks(ImageFolder(folder).files)
    return [result for chunk in chunks for result in extractor.features(chunk)]


def same(
    one: Sequence[PictureFeatures | Skipped], other: Sequence[PictureFeatures | Skipped]
) -> bool:
    """Whether two lists of features are the same to the bit."""
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        if isinstance(left, Skipped) or isinstance(right, Skipped):
            if left != right:
                return False
            continue
        maps = zip(left.maps, right.maps, strict=True)
        if (left.picture, left.grids) != (right.picture, right.grids):
            return False
        if not all(a.dtype == b.dtype and torch.equal(a, b) for a, b in maps):
            return False
    return True


def spoil(photos: Path) -> None:
    """Other sizes, a grey picture and three that cannot be used."""
    for name, size in [("01", (128, 200)), ("03", (90, 60)), ("08", (128, 200))]:
        Image.open(photos / f"{name}.png").resize(size).save(photos / f"{name}.png")
    Image.open(photos / "04.png").convert("L").save(photos / "04.png")
    (photos / "02.png").write_bytes(b"")
    (photos / "06.png").write_bytes((photos / "05.png").read_bytes()[:1000])
    (photos / "11.png").unlink()
    (photos / "11.png").symlink_to("nowhere")


def test_features_are_the_networks_maps(photos: Path, backbone: Backbone) -> None:
    first = features(extractor(backbone), photos)[0]
    assert isinstance(first, PictureFeatures)
    pixels = np.asarray(Image.open(photos / "00.png").resize((88, 64), Image.Resampling.BICUBIC))
    expected = backbone.feature_maps(torch.from_numpy(pixels.copy())[None])
    for map_, maps, grid in zip(first.maps, expected, first.grids, strict=True):
        assert map_.dtype == torch.float16
        torch.testing.assert_close(map_.float(), maps[0], atol=2e-3, rtol=2e-3)
        assert grid.shape == tuple(map_.shape[1:])
    assert [map_.shape for map_ in first.maps] == [(12, 8, 11), (8, 16, 22)]
    assert first.picture.size == (96, 128)
    assert first.picture.file.name == "00.png"
    assert first.grids[0].picture_size == (96, 128)
    assert first.grids[0].box(0, 0, extent=8)[2] - first.grids[0].box(0, 0, extent=8)[0] > 8


def test_order_and_skipped(photos: Path, backbone: Backbone, store: ShardStore) -> None:
    spoil(photos)
    for _ in range(2):  # computed, then kept
        found = features(extractor(backbone, store), photos)
        assert [r.name if isinstance(r, Skipped) else r.picture.file.name for r in found] == [
            f"{index:02d}.png" for index in range(12)
        ]
        skipped = [result for result in found if isinstance(result, Skipped)]
        assert [entry.name for entry in skipped] == ["02.png", "06.png", "11.png"]
        assert [entry.reason.split(":")[0] for entry in skipped] == [
            "the file is empty",
            "damaged or cut short",
            "cannot be opened",
        ]


def test_kept_features_are_those_computed(
    photos: Path, backbone: Backbone, store: ShardStore
) -> None:
    spoil(photos)
    computed = features(extractor(backbone, store), photos)
    assert len(list(store.root.rglob("*.parquet"))) == 3
    calls: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backbone, "feature_maps", lambda *_: calls.append(1))
        kept = features(extractor(backbone, store), photos)
    assert not calls
    assert same(computed, kept)
    assert same(computed, features(extractor(backbone), photos))


def test_keep_off_writes_nothing_but_reads(
    photos: Path, backbone: Backbone, store: ShardStore
) -> None:
    computed = features(extractor(backbone, store, keep=False), photos)
    assert not store.root.exists()
    features(extractor(backbone, store), photos)
    again = extractor(backbone, store, keep=False)
    assert same(computed, features(again, photos))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_gives_the_same_bits(
    photos: Path, backbone: Backbone, workers: int
) -> None:
    spoil(photos)
    one = features(extractor(backbone, workers=3), photos)
    assert same(one, features(extractor(backbone, workers=workers), photos))


def test_on_a_cpu_pictures_go_side_by_side(photos: Path, backbone: Backbone) -> None:
    """Each on a thread of its own, whose operators use that thread alone."""
    feature_maps, seen = backbone.feature_maps, set()

    def note(pictures: Tensor) -> list[Tensor]:
        thread = threading.current_thread()
        seen.add((len(pictures), thread is threading.main_thread(), torch.get_num_threads()))
        return feature_maps(pictures)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbone, "feature_maps", note)
        features(extractor(backbone, workers=2), photos)
    assert seen == {(1, False, 1)}


@pytest.mark.parametrize("suffix", ["safetensors", "parquet"])
def test_a_damaged_shard_is_computed_again(
    photos: Path, backbone: Backbone, store: ShardStore, suffix: str
) -> None:
    computed = features(extractor(backbone, store), photos)
    damaged = sorted(store.root.rglob(f"*.{suffix}"))[0]
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:100])
    assert same(computed, features(extractor(backbone, store), photos))
    assert len(damaged.read_bytes()) == len(whole)


def test_batches_of_one_size_give_the_same(
    photos: Path, backbone: Backbone, store: ShardStore
) -> None:
    spoil(photos)
    one_by_one, batches = extractor(backbone), extractor(backbone, store)
    batches.batch_size, batches.chunk_size = 3, 12
    sizes: list[tuple[int, ...]] = []
    feature_maps = backbone.feature_maps

    def count(pictures: Tensor) -> list[Tensor]:
        sizes.append(tuple(pictures.shape))
        return feature_maps(pictures)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbone, "feature_maps", count)
        found = features(batches, photos)
    assert sorted(size[0] for size in sizes) == [1, 2, 3, 3]
    expected = features(one_by_one, photos)
    for left, right in zip(found, expected, strict=True):
        if isinstance(left, Skipped) or isinstance(right, Skipped):
            assert left == right
            continue
        assert left.picture == right.picture
        assert left.grids == right.grids
        for a, b in zip(left.maps, right.maps, strict=True):
            torch.testing.assert_close(a, b, atol=2e-3, rtol=2e-3)
    assert same(found, features(batches, photos))  # now from the store


def test_the_key_tells_what_decides_the_features(photos: Path, backbone: Backbone) -> None:
    other_weights = Tiny()
    nn.init.constant_(other_weights.first.bias, 0.5)
    batches = extractor(backbone)
    batches.batch_size = 4
    smaller = FeatureExtractor(backbone, 32)
    smaller.chunk_size = 5
    extractors = [
        extractor(backbone),
        extractor(load_backbone(other_weights, LAYERS, device="cpu", precision="float32")),
        extractor(load_backbone(Tiny(), LAYERS[:1], device="cpu", precision="float32")),
        extractor(load_backbone(Tiny(), LAYERS, mean=(0, 0, 0), device="cpu", precision="float32")),
        smaller,
        batches,
    ]
    keys = []
    for each in extractors:
        with closing(each.chunks(ImageFolder(photos).files)) as chunks:
            keys.append(each.key(next(chunks)))
    assert len(set(keys)) == len(extractors)
    twin = extractor(load_backbone(Tiny(), LAYERS, device="cpu", precision="float32"), workers=1)
    with closing(twin.chunks(ImageFolder(photos).files)) as chunks:
        assert twin.key(next(chunks)) == keys[0]


def test_features_are_not_gathered(photos: Path, backbone: Backbone) -> None:
    for index in range(12, 60):
        (photos / f"{index}.png").write_bytes((photos / "00.png").read_bytes())
    alive: set[int] = set()
    made, most = 0, 0
    initialise = PictureFeatures.__init__

    def note(self: PictureFeatures, *arguments: Any, **named: Any) -> None:
        nonlocal made, most
        initialise(self, *arguments, **named)
        made += 1
        alive.add(made)
        weakref.finalize(self, alive.discard, made)
        most = max(most, len(alive))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PictureFeatures, "__init__", note)
        extract = extractor(backbone)
        for chunk in extract.chunks(ImageFolder(photos).files):
            extract.features(chunk)
    assert made >= 60
    assert most <= 20  # of the chunk in hand, its successor, and one on the way out
    del chunk
    gc.collect()
    assert not alive


def test_estimated_bytes_are_about_right(
    photos: Path, backbone: Backbone, store: ShardStore
) -> None:
    extract = FeatureExtractor(backbone, 256, store)
    features(extract, photos)
    size = sum(path.stat().st_size for path in store.root.rglob("*.safetensors"))
    assert extract.estimated_bytes(12) == pytest.approx(size, rel=0.1)
    assert extract.estimated_bytes(1200) == 100 * extract.estimated_bytes(12)


def write_masks(folder: Path) -> None:
    folder.mkdir()
    mask = np.zeros((96, 128), np.uint8)
    mask[:48] = 1
    for index in range(1, 12):
        Image.fromarray(mask).save(folder / f"{index:02d}.png")


def test_foreground_is_read_along(
    photos: Path, tmp_path: Path, backbone: Backbone, store: ShardStore
) -> None:
    write_masks(tmp_path / "masks")
    features(extractor(backbone, store), photos)  # kept without masks, and used with them
    masks = MaskFolder(tmp_path / "masks")
    missing, *found = features(extractor(backbone, store, masks=masks), photos)
    assert missing == Skipped("00.png", f"no foreground mask 00.* in {tmp_path}/masks")
    for entry in found:
        assert isinstance(entry, PictureFeatures)
        coverage = entry.coverage
        assert coverage is not None
        assert coverage.shape == (8, 11)
        assert entry.inside.tolist() == (coverage >= 0.5).tolist()
        assert entry.foreground is not None
        fine = entry.grids[1].coverage(entry.foreground)  # 16 rows that divide the picture evenly
        np.testing.assert_allclose(fine[:8], 1)
        np.testing.assert_allclose(fine[8:], 0, atol=1e-9)
    (without, *_) = features(extractor(backbone, store), photos)
    assert isinstance(without, PictureFeatures)
    assert without.coverage is None
    assert without.inside.all()


class Refusing(Tiny):
    """Fails on wide pictures, and is slow on the others."""

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.shape[3] > 250:
            raise RuntimeError("wide pictures are not for me\nand more lines")
        time.sleep(0.02)
        return super().forward(pictures)


def test_an_error_of_the_network_surfaces_at_once(photos: Path) -> None:
    Image.open(photos / "01.png").resize((960, 96)).save(photos / "01.png")
    extract = extractor(load_backbone(Refusing(), "second", device="cpu", precision="float32"))
    threads, begun = threading.active_count(), time.perf_counter()
    with (
        pytest.raises(
            PartonomyError, match=r"cannot take a picture of 24 x 256.*wide pictures are"
        ),
        closing(extract.chunks(ImageFolder(photos).files)) as chunks,
    ):
        for chunk in chunks:
            extract.features(chunk)
    assert threading.active_count() == threads
    assert time.perf_counter() - begun < 5


def test_leaving_early_leaves_no_threads(photos: Path, backbone: Backbone) -> None:
    threads, torch_threads = threading.active_count(), torch.get_num_threads()
    chunks = extractor(backbone, workers=3).chunks(ImageFolder(photos).files)
    next(chunks)
    chunks.close()
    assert threading.active_count() == threads
    assert torch.get_num_threads() == torch_threads


@pytest.mark.real
def test_real_network_and_pictures(data: Path, tmp_path: Path, store: ShardStore) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for path in sorted((data / "images/car_parts/trainingset/JPEGImages").glob("*"))[:6]:
        (photos / path.name).symlink_to(path)
    backbone = load_backbone(
        "torchvision/squeezenet1_1",
        weights=data / "weights/squeezenet1_1/squeezenet1_1.safetensors",
        device="cpu",
    )
    computed = features(extractor(backbone, store, workers=2), photos)
    assert all(isinstance(entry, PictureFeatures) for entry in computed)
    assert same(computed, features(extractor(backbone, store), photos))
    assert same(computed, features(extractor(backbone, workers=1), photos))
