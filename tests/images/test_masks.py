"""Label maps as files and as pictures."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from partonomy.images import overlay, palette, save_label_png


@pytest.mark.parametrize("n_parts", [1, 8, 16, 32, 255])
def test_a_label_map_reads_back_as_it_was_with_its_palette(tmp_path: Path, n_parts: int) -> None:
    labels = np.random.default_rng(0).integers(0, n_parts + 1, (37, 51)).astype(np.uint8)
    labels[0, 0] = n_parts
    save_label_png(tmp_path / "mask.png", labels, n_parts)
    with Image.open(tmp_path / "mask.png") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.asarray(image), labels)
        colours = np.array(palette(n_parts), np.uint8)
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), colours[labels])
    assert [path.name for path in tmp_path.iterdir()] == ["mask.png"]


@given(st.integers(2, 32))
def test_colours_are_distinct(n_parts: int) -> None:
    colours = palette(n_parts)
    assert len(colours) == n_parts + 1
    assert colours[0] == (0, 0, 0)
    for one, other in combinations(colours, 2):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) >= 8


def test_every_one_of_255_parts_has_a_colour_of_its_own() -> None:
    assert len(set(palette(255))) == 256


def test_a_part_keeps_its_colour_whatever_the_number_of_parts() -> None:
    assert palette(32)[:5] == palette(4)


def test_an_overlay_mixes_colours_dims_the_background_and_draws_borders() -> None:
    rgb = np.full((8, 10, 3), 200, np.uint8)
    labels = np.zeros((8, 10), np.uint8)
    labels[2:6, 3:7] = 2
    mixed = overlay(rgb, labels, 3, opacity=0.5)
    assert mixed.shape == rgb.shape
    assert mixed.dtype == np.uint8
    expected = 0.5 * np.array(palette(3)[2]) + 100
    np.testing.assert_allclose(mixed[4, 5], expected, atol=1)
    np.testing.assert_array_equal(mixed[0, 0], [100, 100, 100])
    white = (mixed == 255).all(axis=2)
    assert white[2, 3:7].all()  # at the top edge, in the part
    assert white[6, 3:7].all()  # below the bottom edge
    assert white[2:6, 3].all()
    assert white[2:6, 7].all()
    assert white.sum() == 4 + 4 + 4 + 4 - 1
    assert (rgb == 200).all()


def test_an_overlay_without_parts_has_no_borders() -> None:
    rgb = np.random.default_rng(0).integers(0, 200, (6, 7, 3)).astype(np.uint8)
    assert overlay(rgb, np.zeros((6, 7), np.uint8), 2).max() < 200
