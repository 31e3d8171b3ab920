"""Painting: what is painted in a box is what would be painted all over the picture."""

import numpy as np
import pytest

from partonomy.datasets.partworld import FIGURES
from partonomy.datasets.partworld.fields import whole
from partonomy.datasets.partworld.materials import materials
from partonomy.datasets.partworld.outlines import Shape, at, bounds, moved
from partonomy.datasets.partworld.painting import Lamp, paint, surroundings
from partonomy.datasets.partworld.placing import placed

SIZE = 96
ALL_OVER = slice(0, SIZE), slice(0, SIZE)


def shapes_of(class_name: str) -> list[Shape]:
    random, figure = np.random.default_rng(2), FIGURES[class_name]
    return placed(figure, figure.draw(random, figure.styles[0]), random, SIZE)


@pytest.mark.parametrize("class_name", ["bird", "bicycle", "chair"])
@pytest.mark.parametrize("shift", [(0, 0), (40, -30), (-35, 45)])
def test_the_box_around_shapes_changes_nothing(class_name: str, shift: tuple[int, int]) -> None:
    """Nor where they reach beyond the picture."""
    shapes = moved(shapes_of(class_name), lambda points: points + shift)
    lamp = Lamp.random(np.random.default_rng(1))
    small, large = (
        paint(
            shapes, [0] * len(shapes), materials(np.random.default_rng(0), 1, SIZE, box), lamp, SIZE
        )
        for box in (surroundings(shapes, SIZE), ALL_OVER)
    )
    assert small.cover.size < large.cover.size
    np.testing.assert_array_equal(small.pieces, large.pieces)
    np.testing.assert_array_equal(whole(small.cover, small.box, SIZE), large.cover)
    for channel in range(3):
        colour = whole(small.colour[..., channel], small.box, SIZE)
        np.testing.assert_allclose(colour, large.colour[..., channel], atol=1e-9)


def test_the_surroundings_hold_every_corner_in_the_picture_and_a_little_more() -> None:
    shapes = shapes_of("insect")
    rows, columns = surroundings(shapes, SIZE)
    low, high = bounds(np.concatenate([outline for shape in shapes for outline in shape.outlines]))
    assert (low > at(columns.start, rows.start)).all()
    assert (high < at(columns.stop, rows.stop)).all()
