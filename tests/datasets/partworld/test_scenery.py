"""Backgrounds: every kind of scene at any size, the same from the same seed, nothing given away."""

import numpy as np
import pytest

from partonomy.datasets.partworld.fields import shrunk
from partonomy.datasets.partworld.outlines import at
from partonomy.datasets.partworld.scenery import scenery
from partonomy.datasets.partworld.scenes import SCENES
from partonomy.datasets.partworld.scenes.light import indoors
from partonomy.datasets.partworld.scenes.props import PROPS
from partonomy.datasets.partworld.scenes.props.registry import Prop
from partonomy.datasets.partworld.scenes.stage import Stage
from partonomy.errors import PartonomyError

KINDS = {each.put.__name__: each for suited in PROPS.values() for each in suited}


def drawn(seed, size=64, scene=None):
    return scenery(np.random.default_rng(seed), size, scene)


def smaller(picture, factor):
    size = len(picture) // factor
    return picture.reshape(size, factor, size, factor, 3).mean(axis=(1, 3))


@pytest.fixture
def stage():
    random = np.random.default_rng(1)
    return Stage(random, np.full((96, 96, 3), 0.5), indoors(random), 0.5, 0.3, ("indoors",))


def test_there_are_many_kinds_of_scenes():
    assert len(SCENES) >= 8
    with pytest.raises(PartonomyError, match=r"unknown scene 'moon'; PartWorld has .*meadow"):
        drawn(0, scene="moon")


@pytest.mark.parametrize("size", [32, 200])
@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_picture_with_something_in_it(scene, size):
    for seed in range(3):
        picture = drawn(seed, size, scene)
        assert picture.shape == (size, size, 3)
        assert picture.dtype == np.float64
        assert np.isfinite(picture).all()
        assert picture.min() >= 0
        assert picture.max() <= 1
        assert picture.std(axis=(0, 1)).max() > 0.02


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_seed_draws_the_same_and_another_does_not(scene):
    one, same, other = (drawn(seed, scene=scene) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.02


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_the_same_at_any_size(scene):
    for seed in range(3):
        small, large = drawn(seed, 64, scene), smaller(drawn(seed, 192, scene), 3)
        assert np.abs(small - large).mean() < 0.04
        assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.9


def test_every_kind_of_scene_occurs(monkeypatch):
    chosen = []
    studio = SCENES["studio"]
    for name in SCENES:

        def noted(random, size, name=name):
            chosen.append(name)
            return studio(random, size)

        monkeypatch.setitem(SCENES, name, noted)
    for seed in range(40 * len(SCENES)):
        drawn(seed, 32)
    assert set(chosen) == set(SCENES)
    assert max(map(chosen.count, SCENES)) < 80, "none is drawn far more often than others"


def test_four_to_twelve_things_lie_about(monkeypatch):
    counts = []
    counted = Prop(lambda *_: counts.append(counts.pop() + 1), (0.1, 0.2), True)
    for surroundings in PROPS:
        monkeypatch.setitem(PROPS, surroundings, [counted])
    for seed in range(150):
        counts.append(0)
        drawn(seed, 32)
    assert min(counts) == 4
    assert max(counts) == 12


def test_no_place_gives_anything_away():
    """Over many pictures no part of the frame is brighter or more colourful than another."""
    pictures = np.stack([drawn(seed, 32) for seed in range(400)])
    mean = pictures.mean(axis=0)
    columns, rows = mean.mean(axis=(0, 2)), mean.mean(axis=(1, 2))
    assert np.ptp(columns) < 0.03
    assert np.ptp(rows) < 0.15
    within = np.zeros((32, 32), bool)
    within[8:24, 8:24] = True
    assert np.abs(mean[within].mean(axis=0) - mean[~within].mean(axis=0)).max() < 0.04
    busy = np.abs(np.diff(pictures, axis=2)).mean(axis=(0, 3))
    assert np.ptp(busy.mean(axis=0)) < 0.4 * busy.mean()


def test_sharp_and_blurred_pictures_occur():
    detail = np.array(
        [np.abs(np.diff(drawn(seed, 96, "shelves"), axis=1)).mean() for seed in range(40)]
    )
    assert detail.max() > 4 * detail.min()


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_is_painted_wherever_it_is_put(kind, stage):
    before = stage.canvas.copy()
    KINDS[kind].put(stage, at(0.5, 0.6), 0.3)
    assert (stage.canvas != before).any(axis=2).mean() > 0.002
    for foot in (at(-0.1, 0.5), at(1.1, 1.2), at(0.5, 0.0)):
        KINDS[kind].put(stage, foot, 1.5)  # cut by the border
    assert np.isfinite(shrunk(stage.canvas)).all()


def test_things_farther_off_are_smaller_and_fade_into_the_haze(stage):
    heights = [stage.scale(at(0.5, y)) for y in (0.5, 0.75, 1.0)]
    assert heights == sorted(heights)
    assert heights[-1] == 1
    far, near = (stage.shades(((0, 1, 0.5), (0, 1, 0.5)), at(0.5, y)) for y in (0.5, 1.0))
    haze = stage.light.haze
    assert np.abs(far - haze).sum() < np.abs(near - haze).sum()
