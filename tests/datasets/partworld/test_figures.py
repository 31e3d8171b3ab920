"""Figures: every style has every part, with a place to click, and the same seed draws the same."""

import cv2
import numpy as np
import pytest

from partonomy.datasets.partworld import FIGURES

STYLES = [(name, style) for name, figure in FIGURES.items() for style in figure.styles]
SIDE = 400


def drawn(name, style, seed):
    return FIGURES[name].draw(np.random.default_rng(seed), style)


def painted(shapes):
    """(SIDE, SIDE) index + 1 of the shape that is seen at each pixel of the figure's box."""
    corners = np.concatenate([shape.outline for shape in shapes])
    low, extent = corners.min(axis=0), np.ptp(corners, axis=0).max()
    canvas = np.zeros((SIDE, SIDE), np.int32)
    for index, shape in enumerate(shapes, start=1):
        for outline in (shape.outline, *(detail.outline for detail in shape.details)):
            pixels = (outline - low) / extent * (SIDE - 1)
            cv2.fillPoly(canvas, [np.rint(pixels).astype(np.int32)], index)
    return canvas


def test_there_is_a_world_of_them():
    assert len(FIGURES) >= 12
    for figure in FIGURES.values():
        assert 5 <= len(figure.schema.names) <= 9
        assert len(figure.styles) >= 3


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_every_part_is_drawn_and_has_a_keypoint(name, style):
    schema = FIGURES[name].schema
    for seed in range(4):
        shapes = drawn(name, style, seed)
        assert {shape.part for shape in shapes} == set(schema.names)
        pieces = {(shape.part, shape.instance) for shape in shapes}
        marked = {(shape.part, shape.instance) for shape in shapes if shape.keypoint is not None}
        assert marked == pieces
        for shape in shapes:
            assert shape.outline.ndim == 2
            assert np.isfinite(shape.outline).all()
            assert np.abs(shape.outline).max() < 4, "about one unit is half the figure's length"


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_the_same_seed_draws_the_same_and_another_does_not(name, style):
    one, same, other = (drawn(name, style, seed) for seed in (1, 1, 2))
    assert len(one) == len(same)
    for first, second in zip(one, same, strict=True):
        np.testing.assert_array_equal(first.outline, second.outline)
    assert len(one) != len(other) or any(
        first.outline.shape != second.outline.shape
        or not np.allclose(first.outline, second.outline)
        for first, second in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_parts_are_large_enough_to_matter(name, style):
    """All pieces of a part together, on average over figures: none is but a dot."""
    shares = []
    for seed in range(6):
        shapes = drawn(name, style, seed)
        seen = np.bincount(painted(shapes).ravel(), minlength=len(shapes) + 1)[1:]
        of_part = dict.fromkeys(FIGURES[name].schema.names, 0)
        for shape, pixels in zip(shapes, seen, strict=True):
            of_part[shape.part] += pixels
        shares.append(np.array(list(of_part.values())) / seen.sum())
    assert np.mean(shares, axis=0).min() > 0.01


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_one_thing(name):
    """Nothing floats: what is drawn hangs together but for specks."""
    for style in FIGURES[name].styles:
        for seed in range(4):
            seen = (painted(drawn(name, style, seed)) > 0).astype(np.uint8)
            closed = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
            areas = cv2.connectedComponentsWithStats(closed)[2][1:, cv2.CC_STAT_AREA]
            assert areas.max() > 0.97 * areas.sum(), (style, seed)
