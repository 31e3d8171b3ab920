"""The same jobs on a GPU: run where there is one, skipped with the reason elsewhere."""

import numpy as np
import pytest
import torch
from PIL import Image

import partonomy as pt
from networks import small_network
from partonomy.concepts.mixture import von_mises_fisher_mixture
from partonomy.features import FeatureExtractor
from partonomy.features.kmeans import spherical_kmeans

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(64, 96))
    points = centres[generator.integers(0, 64, 20_000)] + generator.normal(size=(20_000, 96))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("cluster", [spherical_kmeans, von_mises_fisher_mixture])
def test_clustering_is_as_good_as_on_a_cpu(cluster, vectors):
    there = cluster(vectors, 64, seed=0, device="cuda")
    here = cluster(vectors, 64, seed=0, device="cpu")
    assert there.objective == pytest.approx(here.objective, rel=0.01)


def test_batches_of_mixed_sizes_give_the_features_of_a_cpu(tmp_path, photos):
    for index, picture in enumerate(sorted(photos.iterdir())):
        if index % 3 == 0:
            Image.open(picture).resize((96, 128)).save(picture)
    (photos / "broken.png").write_bytes(b"no picture")
    pictures = pt.ImageFolder(photos)

    def features(device):
        backbone = pt.load_backbone(small_network(), layer="5", precision="float32", device=device)
        extractor = FeatureExtractor(backbone, 96)
        return [
            entry
            for chunk in extractor.chunks(pictures.files)
            for entry in extractor.features(chunk)
        ]

    for there, here in zip(features("cuda"), features("cpu"), strict=True):
        assert type(there) is type(here)
        if hasattr(here, "maps"):
            assert there.picture == here.picture
            torch.testing.assert_close(there.maps[0], here.maps[0], atol=2e-2, rtol=2e-2)


def test_discover_and_segment_agree_with_themselves(tmp_path, photos):
    backbone = pt.load_backbone(small_network(), layer="5", device="cuda")
    settings = pt.DiscoverSettings(n_parts=3, n_concepts=10, size=96)
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings)
    again = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "again", settings)
    model = pt.load(run.folder, backbone="networks:small_network", device="cuda")
    segmented = pt.segment_collection(model, pt.ImageFolder(photos), tmp_path / "out")
    for mask in run.masks.iterdir():
        labels = np.asarray(Image.open(mask))
        np.testing.assert_array_equal(labels, np.asarray(Image.open(again.masks / mask.name)))
        agree = labels == np.asarray(Image.open(segmented.masks / mask.name))
        assert agree.mean() > 0.99
