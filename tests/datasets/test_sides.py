"""Left and right in names."""

from __future__ import annotations

from partonomy.datasets.sides import mirrored_sides


def test_both_sides_must_occur() -> None:
    names = ["left_eye", "right_eye", "beak", "left_leg", "eye l", "eye r", "lip", "wing_left_2"]
    assert mirrored_sides(names) == {
        "left_eye": "right_eye",
        "right_eye": "left_eye",
        "eye l": "eye r",
        "eye r": "eye l",
    }
