import numpy as np
import pytest
from PIL import Image

from partonomy.demo.render import CLASSES, render, scenery, write_folder


@pytest.mark.parametrize("class_name", CLASSES)
def test_same_arguments_give_the_same_pixels(class_name: str) -> None:
    first, again = render(class_name, 7, 96), render(class_name, 7, 96)
    np.testing.assert_array_equal(first.picture, again.picture)
    np.testing.assert_array_equal(first.parts, again.parts)
    assert not np.array_equal(first.picture, render(class_name, 8, 96).picture)


@pytest.mark.parametrize("class_name", CLASSES)
def test_shapes_types_and_labels(class_name: str) -> None:
    rendering = render(class_name, 1)
    assert rendering.class_name == class_name
    assert rendering.picture.shape == (192, 192, 3)
    assert rendering.parts.shape == (192, 192)
    assert rendering.picture.dtype == rendering.parts.dtype == np.uint8
    assert rendering.parts.max() <= len(CLASSES[class_name])


@pytest.mark.parametrize("class_name", CLASSES)
def test_every_part_shows_in_nearly_every_picture(class_name: str) -> None:
    labels = np.arange(1, len(CLASSES[class_name]) + 1)
    areas = np.array(
        [(render(class_name, seed).parts.ravel() == labels[:, None]).sum(1) for seed in range(40)]
    )
    assert (areas >= 20).mean(axis=0).min() >= 0.9


@pytest.mark.parametrize("class_name", CLASSES)
def test_object_fills_much_of_the_picture_and_lies_inside_it(class_name: str) -> None:
    for seed in range(20):
        rows, columns = np.nonzero(render(class_name, seed).parts)
        extent = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 0.45 * 192 <= extent <= 0.9 * 192
        assert min(rows.min(), columns.min()) > 0
        assert max(rows.max(), columns.max()) < 191


@pytest.mark.parametrize("class_name", CLASSES)
def test_masks_lie_exactly_where_the_object_is_painted(class_name: str) -> None:
    for seed in range(5):
        rendering = render(class_name, seed)
        bare = np.rint(255 * scenery(class_name, seed))
        changed = np.abs(rendering.picture - bare).max(axis=2) > 0
        inside = rendering.parts > 0
        # Smooth edges spill into the pixels that touch the object, and no further; only a tip
        # thinner than a pixel may fall between the points that decide the mask.
        assert (changed & ~_grown(inside)).sum() <= 0.002 * inside.sum()
        assert changed[inside].mean() > 0.99


def test_colour_does_not_tell_the_part() -> None:
    """Parts' mean colours vary far more from picture to picture than from part to part."""
    for class_name, names in CLASSES.items():
        colours = np.full((60, len(names), 3), np.nan)
        for seed in range(60):
            rendering = render(class_name, seed, 96)
            for label in np.unique(rendering.parts[rendering.parts > 0]):
                inside = rendering.parts == label
                colours[seed, label - 1] = rendering.picture[inside].mean(axis=0)
        middles = np.nanmean(colours, axis=0)
        distance = np.linalg.norm(colours[:, :, None] - middles, axis=-1)
        shown = ~np.isnan(colours[..., 0])
        right = np.nan_to_num(distance, nan=np.inf).argmin(axis=2) == np.arange(len(names))
        assert right[shown].mean() < 0.55, class_name


def test_position_does_not_tell_the_part() -> None:
    parts = np.stack([render("dog", seed, 64).parts for seed in range(60)])
    shares = np.stack([(parts == label).mean(axis=0) for label in range(1, 6)])
    assert shares.max() < 0.6


def test_unknown_class_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown class 'cat'.*bird.*car.*dog.*fish.*person"):
        render("cat", 0)


@pytest.mark.parametrize(("seed", "size"), [(-1, 192), (0, 8)])
def test_bad_seed_or_size_is_refused(seed: int, size: int) -> None:
    with pytest.raises(ValueError, match="must"):
        render("bird", seed, size)


def test_folder_holds_picture_foreground_and_truth(tmp_path) -> None:
    write_folder(tmp_path / "demo", 2, seed=0, size=64)
    for class_name in CLASSES:
        rendering = render(class_name, 1, 64)
        found = {
            kind: np.asarray(Image.open(tmp_path / "demo" / kind / class_name / "0001.png"))
            for kind in ("pictures", "foreground", "truth")
        }
        np.testing.assert_array_equal(found["pictures"], rendering.picture)
        np.testing.assert_array_equal(found["truth"], rendering.parts)
        np.testing.assert_array_equal(found["foreground"], 255 * (rendering.parts > 0))


def test_rerun_of_a_folder_leaves_nothing_stale_and_nothing_foreign_touched(tmp_path) -> None:
    write_folder(tmp_path, 3, seed=0, size=32)
    note = tmp_path / "pictures" / "bird" / "note.txt"
    note.write_text("mine")
    before = (tmp_path / "pictures" / "bird" / "0000.png").read_bytes()
    write_folder(tmp_path, 2, seed=1, size=32)
    assert (tmp_path / "pictures" / "bird" / "0000.png").read_bytes() != before
    assert len(list(tmp_path.rglob("*.png"))) == 3 * 2 * len(CLASSES)
    assert note.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"pictures", "foreground", "truth"}


@pytest.mark.parametrize("count", [0, 10_001])
def test_folder_refuses_impossible_counts(tmp_path, count: int) -> None:
    with pytest.raises(ValueError, match="n_per_class"):
        write_folder(tmp_path, count, seed=0, size=64)


def _grown(mask: np.ndarray) -> np.ndarray:
    """The mask and all pixels that touch it, also at corners."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    return np.any(
        [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0
    )
