"""MPAE's protocols, counted by hand: pictures are squashed."""

from __future__ import annotations

import numpy as np
import pytest

from painted import record, split_halves, thing
from partonomy.evaluation import protocol_of

SIZE = (100, 300)


@pytest.mark.parametrize(("name", "side"), [("mpae/cub", 448), ("mpae/celeba", 224)])
def test_keypoints_of_the_whole_squashed_picture(name: str, side: int) -> None:
    one = thing(SIZE, {"nose": (20.0, 90.0), "ear": (280.0, 10.0), "chin": None})
    (view,) = protocol_of(name).views([one], False)
    assert view.placement.input_size == (side, side)
    x, y = view.objects[0].parts[0].keypoint
    assert (x, y) == pytest.approx((20 * side / 300, 90 * side / 100))
    found = split_halves(SIZE, background=50)
    kept = record(name, [one], found, 2, best=split_halves(SIZE))
    np.testing.assert_array_equal(kept["whole"], [[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(kept["parts"], [[1, 0], [0, 1], [0, 0]])


def test_pixels_are_compared_at_128_steps() -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[:50] = 1
    one = thing(SIZE, {}, masks=(("head", mask),))
    (view,) = protocol_of("mpae/partimagenet").views([one], False)
    assert view.placement.input_size == (224, 224)
    assert view.objects[0].size == (128, 128)
    kept = record("mpae/partimagenet", [one], mask, 1)
    np.testing.assert_array_equal(kept["table"], [[128 * 64, 0], [0, 128 * 64]])
