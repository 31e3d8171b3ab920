"""Fields and canvases: slow references, and whatever is drawn is drawn where it was asked for."""

import numpy as np
import pytest

from partonomy.datasets.partworld.fields import (
    FINER,
    blank,
    brush,
    clouds,
    enlarged,
    fill,
    fill_each,
    mixed,
    profile,
    ramp,
    shrunk,
    surface,
    wave,
    whole,
)
from partonomy.datasets.partworld.outlines import at, ellipse


def random(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_shrunk_canvas_holds_the_means_of_its_pixels(channels):
    canvas = random().integers(0, 256, size=(FINER * 20, FINER * 20, channels), dtype=np.uint8)
    means = canvas.reshape(20, FINER, 20, FINER, channels).mean(axis=(1, 3))
    np.testing.assert_allclose(shrunk(canvas) * 255, means, atol=0.5)


def test_a_canvas_made_of_a_picture_shrinks_back_to_it():
    picture = random().uniform(-0.2, 1.2, size=(17, 17, 3))
    np.testing.assert_allclose(shrunk(enlarged(picture)), picture.clip(0, 1), atol=0.5 / 255)


def test_many_polygons_are_filled_as_one_after_the_other():
    outlines = np.stack([ellipse(at(*middle), 6, 3) for middle in random().uniform(0, 40, (9, 2))])
    values = random(1).integers(0, 256, size=(9, 3)).astype(np.float64)
    together, apart = blank(40, 40, 3), blank(40, 40, 3)
    fill_each(together, outlines, values)
    for outline, value in zip(outlines, values, strict=True):
        fill(apart, outline, tuple(value))
    assert (together != apart).any(axis=2).mean() < 0.01, "but for specks on the borders"


def test_a_line_lies_where_it_was_drawn_and_is_as_wide_as_asked():
    canvas = blank(60, 60, 1)
    brush(canvas, at([[10, 50]], [[20, 20]]), 6.0, (255,))
    cover = shrunk(canvas)[..., 0]
    np.testing.assert_allclose(cover[:, 15:45].sum(axis=0), 6, atol=0.4)
    rows = np.arange(60) + 0.5
    np.testing.assert_allclose((cover[:, 30] * rows).sum() / cover[:, 30].sum(), 20, atol=0.2)


def test_a_box_of_a_field_is_the_same_as_in_all_of_it():
    box = slice(11, 30), slice(5, 48)
    noise = clouds(random(), 48, 4, 3, 2.0)
    np.testing.assert_array_equal(clouds(random(), 48, 4, 3, 2.0, box), noise[box])
    np.testing.assert_array_equal(ramp(48, 70, box), ramp(48, 70)[box])
    np.testing.assert_array_equal(whole(noise[box], box, 48)[box], noise[box])


def test_a_wave_is_the_sine_of_a_ramp():
    box = slice(3, 9), slice(0, 20)
    np.testing.assert_allclose(wave(20, 130, 9.5, box), np.sin(9.5 * ramp(20, 130))[box])


@pytest.mark.parametrize("size", [32, 128, 500])
def test_noise_is_centred_and_bounded(size):
    noise = np.stack([clouds(random(seed), size, 5, 4) for seed in range(20)])
    assert np.abs(noise).max() < 2
    assert abs(noise.mean()) < 0.1
    assert np.abs(np.diff(noise, axis=1)).max() < 100 / size, "it is smooth"
    line = profile(random(), size, 4, 2)
    assert line.shape == (size,)
    assert np.ptp(line) > 0.1


def test_a_surface_of_equal_knots_is_level_and_one_through_a_slope_rises():
    np.testing.assert_allclose(surface(np.full((4, 3), 0.7), (20, 30)), 0.7)
    slope = surface(np.tile(np.arange(5.0)[:, None], 4), (50, 50))
    assert (np.diff(slope, axis=0) >= 0).all()
    np.testing.assert_allclose(slope[25], slope[25, 0])


def test_mixing_takes_colours_or_pictures_and_shares_of_pixels_or_rows():
    below, above = random().random((5, 7, 3)), random(1).random((5, 7, 3))
    share = random(2).random((5, 7))
    weight = share[..., None]
    np.testing.assert_allclose(mixed(below, above, share), (1 - weight) * below + weight * above)
    red = (0.9, 0.1, 0.2)
    np.testing.assert_allclose(mixed(below, red, share), (1 - weight) * below + weight * red)
    row = share[:, :1]
    np.testing.assert_allclose(
        mixed(below, red, row), mixed(below, red, np.broadcast_to(row, (5, 7)))
    )
