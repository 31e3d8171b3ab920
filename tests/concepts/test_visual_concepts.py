import numpy as np
import pytest
from PIL import Image

import partonomy as pt
from networks import small_network
from partonomy.errors import PartonomyError
from partonomy.features import FeatureExtractor
from partonomy.images import MaskFolder


@pytest.fixture(scope="module")
def backbone():
    return pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")


def planted(folder, n: int = 16):
    """Pictures of a red and a blue half-disc on grey, truth and foreground masks."""
    for name in ("pictures", "truth", "foreground"):
        (folder / name).mkdir(parents=True)
    for index in range(n):
        generator = np.random.default_rng(index)
        rows, columns = np.mgrid[:96, :128]
        row, column = generator.integers(36, 60), generator.integers(36, 92)
        disc = (rows - row) ** 2 + (columns - column) ** 2 < 30**2
        truth = disc * (1 + (columns > column)).astype(np.uint8)
        colours = np.array([(128, 128, 128), (210, 60, 40), (40, 70, 210)])
        picture = colours[truth] + generator.normal(0, 8, (96, 128, 3))
        picture = picture.clip(0, 255).astype(np.uint8)
        Image.fromarray(picture).save(folder / "pictures" / f"{index:02d}.png")
        Image.fromarray(truth).save(folder / "truth" / f"{index:02d}.png")
        Image.fromarray(disc.astype(np.uint8) * 255).save(
            folder / "foreground" / f"{index:02d}.png"
        )
    return folder


def test_finds_planted_parts_inside_the_foreground(tmp_path, backbone):
    folder = planted(tmp_path)
    extractor = FeatureExtractor(backbone, 192, masks=MaskFolder(folder / "foreground"))
    pictures = pt.ImageFolder(folder / "pictures")
    concepts = pt.VisualConcepts(n_concepts=12, n_parts=2).fit_features(extractor, pictures)
    found, truth = [], []
    for result in concepts.predict(pictures, MaskFolder(folder / "foreground")):
        labels = result.labels()
        truth.append(np.asarray(Image.open(folder / "truth" / result.picture.file.name)))
        assert ((labels == 0) == (truth[-1] == 0)).all(), "background exactly where it was given"
        found.append(labels)
    found, truth = np.stack(found), np.stack(truth)
    agree = [(found[truth == part] == label).mean() for part in (1, 2) for label in (1, 2)]
    straight, crossed = min(agree[0], agree[3]), min(agree[1], agree[2])
    assert max(straight, crossed) > 0.8


def test_estimator_attributes(photos, backbone):
    concepts = pt.VisualConcepts(n_concepts=10, n_parts=3, size=96).fit(
        backbone, pt.ImageFolder(photos)
    )
    count = len(concepts.concepts_)
    assert concepts.concepts_.shape == (count, 32)
    assert count <= 10
    assert concepts.statistics_.population.sum() == pytest.approx(1)
    assert concepts.statistics_.coverage >= 0.8
    assert len(concepts.labels_) == len(concepts.sample_.features)
    assert concepts.part_model_.part_names == ("part_01", "part_02", "part_03")
    assert concepts.curve_ == []
    assert concepts.skipped_ == []


def test_auto_keeps_the_curve_and_enough_concepts(photos, backbone):
    concepts = pt.VisualConcepts(n_parts=6, size=96).fit(backbone, pt.ImageFolder(photos))
    assert len(concepts.curve_) > 10
    assert len(concepts.concepts_) >= 6


@pytest.mark.parametrize("clustering", ["kmeans", "vmf"])
def test_same_seed_same_model(photos, backbone, clustering):
    def fit(seed):
        estimator = pt.VisualConcepts(8, 3, clustering=clustering, size=96, random_state=seed)
        return estimator.fit(backbone, pt.ImageFolder(photos)).part_model_.tree

    first, again, other = fit(1), fit(1), fit(2)
    np.testing.assert_array_equal(first.sums, again.sums)
    np.testing.assert_array_equal(first.linkage, again.linkage)
    assert not np.array_equal(first.sums, other.sums)


def test_bad_pictures_are_noted_and_the_others_used(photos, backbone):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no")
    concepts = pt.VisualConcepts(6, 2, size=96).fit(backbone, pt.ImageFolder(photos))
    assert [skipped.name for skipped in concepts.skipped_] == ["broken.jpg"]
    assert len(list(concepts.predict(pt.ImageFolder(photos)))) == 12
    assert [skipped.name for skipped in concepts.skipped_] == ["broken.jpg"]


def test_predict_saves_masks(tmp_path, photos, backbone):
    concepts = pt.VisualConcepts(6, 2, size=96, foreground=None).fit(
        backbone, pt.ImageFolder(photos)
    )
    (picture,) = concepts.predict(pt.ImageFolder(photos / "03.png"))
    path = picture.save_mask(tmp_path / "masks")
    labels = np.asarray(Image.open(path))
    assert labels.shape == (96, 128)
    assert set(np.unique(labels)) <= {1, 2}


def test_one_picture_is_enough(photos, backbone):
    concepts = pt.VisualConcepts(n_parts=2, size=96).fit(
        backbone, pt.ImageFolder(photos / "00.png")
    )
    assert len(concepts.part_model_.part_names) == 2


def test_no_readable_picture(tmp_path, backbone):
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(
        PartonomyError, match=r"none of 1 picture can be used: a.jpg: the file is empty"
    ):
        pt.VisualConcepts().fit(backbone, pt.ImageFolder(tmp_path))


def test_empty_foreground(tmp_path, photos, backbone):
    masks = tmp_path / "masks"
    masks.mkdir()
    for picture in photos.iterdir():
        Image.new("L", (128, 96)).save(masks / picture.name)
    extractor = FeatureExtractor(backbone, 96, masks=MaskFolder(masks))
    with pytest.raises(PartonomyError, match=r"no parts found.*12 pictures.*foreground empty"):
        pt.VisualConcepts().fit_features(extractor, pt.ImageFolder(photos))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_parts": 0}, "--parts 0: choose from 1 to 255"),
        ({"n_parts": 300}, "--parts 300"),
        ({"context": -0.1}, "--context -0.1: choose from 0 to 1, or auto"),
        ({"context": float("nan")}, "--context nan"),
        ({"n_concepts": 3, "n_parts": 8}, "--concepts 3 is fewer than the 8 parts"),
    ],
)
def test_settings_that_make_no_sense(arguments, message):
    with pytest.raises(PartonomyError, match=message):
        pt.VisualConcepts(**arguments)


def test_too_many_concepts_for_the_positions(photos, backbone):
    with pytest.raises(PartonomyError, match=r"positions cannot make 5000 concepts.*--concepts"):
        pt.VisualConcepts(5000, size=96).fit(backbone, pt.ImageFolder(photos / "00.png"))
