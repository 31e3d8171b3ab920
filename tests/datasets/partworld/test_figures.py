"""Figures: every style has every part, marked where it is, and the same seed draws the same."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from partonomy.datasets.partworld import FIGURES
from partonomy.errors import PartonomyError

STYLES = [(name, style) for name, figure in FIGURES.items() for style in figure.styles]
SIDE = 400


def drawn(name, style, seed):
    return FIGURES[name].draw(np.random.default_rng(seed), style)


def outlines(shapes):
    """Of shapes and their details."""
    return [each.outline for shape in shapes for each in (shape, *shape.details)]


def pixels(points, shapes):
    """(n, 2) whole x and y of points in the square that just holds all of a figure."""
    corners = np.concatenate(outlines(shapes))
    low, extent = corners.min(axis=0), np.ptp(corners, axis=0).max()
    return np.rint((points - low) / extent * (SIDE - 1)).astype(np.int32)


def painted(shapes):
    """(SIDE, SIDE) index + 1 of the shape that is seen at each pixel of that square."""
    canvas = np.zeros((SIDE, SIDE), np.int32)
    for index, shape in enumerate(shapes, start=1):
        for outline in outlines([shape]):
            cv2.fillPoly(canvas, [pixels(outline, shapes)], index)
    return canvas


def alike(one, other):
    """Whether two figures have the same outlines."""
    return len(one) == len(other) and all(
        np.array_equal(first.outline, second.outline)
        for first, second in zip(one, other, strict=True)
    )


def test_there_is_a_world_of_them():
    assert len(FIGURES) >= 12
    for figure in FIGURES.values():
        assert 5 <= len(figure.schema.names) <= 9
        assert len(figure.styles) >= 3


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_every_part_is_drawn(name, style):
    schema = FIGURES[name].schema
    for seed in range(4):
        shapes = drawn(name, style, seed)
        assert {shape.part for shape in shapes} == set(schema.names)
        for shape in shapes:
            assert shape.outline.ndim == 2
            assert np.isfinite(shape.outline).all()
            assert np.abs(shape.outline).max() < 4, "about one unit is half the figure's length"


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_every_instance_is_marked_on_its_own_pixels(name, style):
    """Whatever is painted over them; two pixels of 400 aside for rounding."""
    for seed in range(4):
        shapes = drawn(name, style, seed)
        instances = {}
        for shape in shapes:
            instances.setdefault((shape.part, shape.instance), []).append(shape)
        for instance, pieces in instances.items():
            marks = [piece.keypoint for piece in pieces if piece.keypoint is not None]
            assert marks, instance
            x, y = pixels(marks[0], shapes)
            canvas = np.zeros((SIDE, SIDE), np.uint8)
            for outline in outlines(pieces):
                cv2.fillPoly(canvas, [pixels(outline, shapes)], 1)
            assert min(x, y) >= 0, (instance, seed)
            assert cv2.dilate(canvas, np.ones((5, 5)))[y, x], (instance, seed)


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_the_same_seed_draws_the_same_and_another_does_not(name, style):
    one, same, other = (drawn(name, style, seed) for seed in (1, 1, 2))
    assert alike(one, same)
    assert not alike(one, other)


@pytest.mark.parametrize("name", FIGURES)
def test_styles_have_a_geometry_of_their_own(name):
    for one, other in combinations(FIGURES[name].styles, 2):
        assert not alike(drawn(name, one, 1), drawn(name, other, 1)), (one, other)


@pytest.mark.parametrize("name", FIGURES)
def test_an_unknown_style_is_named_with_the_known_ones(name):
    with pytest.raises(PartonomyError) as caught:
        drawn(name, "cubist", 0)
    known = ", ".join(FIGURES[name].styles)
    assert str(caught.value) == f"{name} has no style 'cubist': choose from {known}"


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
