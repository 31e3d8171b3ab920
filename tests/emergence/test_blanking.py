"""Blanked parts: fills, controls of the same form elsewhere, and the part that a class needs."""

import numpy as np
import pytest

from partonomy.emergence.blanking import CONTROLS, FILLS, OVERLAPPED, blanked, part_drop

GREY = (100.0, 110.0, 120.0)


def scene():
    """An object of 60 x 60 pixels with a red patch, which the class depends on, and a blue one."""
    generator = np.random.default_rng(0)
    picture = generator.integers(90, 110, (96, 96, 3)).astype(np.uint8)
    whole, red, blue = np.zeros((3, 96, 96), bool)
    whole[18:78, 18:78] = True
    red[24:36, 24:36] = True
    blue[60:72, 60:72] = True
    picture[red], picture[blue] = (220, 20, 20), (20, 20, 220)
    return picture, whole, red, blue


def redness(pictures):
    return np.array([(each[..., 0] > each[..., 2] + 100.0).mean() * 100 for each in pictures])


@pytest.mark.parametrize("fill", FILLS)
def test_only_the_region_changes(fill):
    picture, _, red, _ = scene()
    result = blanked(picture, red, fill, GREY)
    assert (result[~red] == picture[~red]).all()
    assert (result[red] != picture[red]).any(axis=-1).mean() > 0.9
    if fill == "mean":
        assert (result[red] == (100, 110, 120)).all()
    assert (blanked(picture, np.zeros_like(red), fill, GREY) == picture).all()


@pytest.mark.parametrize("fill", FILLS)
def test_the_part_that_the_class_depends_on_drops_most(fill):
    picture, whole, red, blue = scene()
    generator = np.random.default_rng(1)
    needed, other = (
        part_drop(picture, part, whole, redness, generator, fill, GREY) for part in (red, blue)
    )
    assert needed.drop > 1.0
    assert needed.own > 0.8 * needed.drop
    assert abs(other.drop) < 0.1
    assert other.own <= 0.1
    assert abs(needed.beside) < 0.1


def test_controls_have_the_parts_form_and_lie_elsewhere_on_the_object():
    picture, whole, red, _ = scene()
    seen = []

    def score(pictures):
        seen.extend((each == (1, 2, 3)).all(axis=-1) for each in pictures)
        return np.zeros(len(pictures), np.float32)

    part_drop(picture, red, whole, score, np.random.default_rng(0), "mean", (1, 2, 3))
    plain, part, *controls = seen
    assert not plain.any()
    assert (part == red).all()
    assert len(controls) == 2 * CONTROLS
    for control in controls:
        assert control.sum() == red.sum()
        assert (control & red).sum() <= OVERLAPPED * red.sum()
    assert all((each & whole).sum() >= 0.5 * each.sum() for each in controls[:CONTROLS])
    assert all((each & whole).sum() <= 0.5 * each.sum() for each in controls[CONTROLS:])


def test_a_part_that_leaves_no_room_has_no_controls():
    picture = scene()[0]
    everything = np.ones((96, 96), bool)
    found = part_drop(picture, everything, everything, redness, np.random.default_rng(0))
    assert np.isnan(found.elsewhere)
    assert np.isnan(found.beside)
    unknown = part_drop(picture, scene()[2], None, redness, np.random.default_rng(0))
    assert np.isnan(unknown.beside)
    assert np.isfinite(unknown.elsewhere)
