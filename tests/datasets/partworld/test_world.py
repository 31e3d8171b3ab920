"""PartWorld as a data set: balanced, lazy, repeatable, on several processes."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter

import numpy as np
import pytest

from partonomy.datasets.partworld import FIGURES, PartWorld, Rendering
from partonomy.errors import PartonomyError

CLASSES = ("bird", "car")


def pixels(rendering: Rendering) -> bytes:
    return rendering.picture.tobytes()


def test_classes_take_turns_and_so_do_styles() -> None:
    world = PartWorld(24, CLASSES, size=32)
    annotations = [rendering.annotation for rendering in world]
    assert [each.class_name for each in annotations] == list(CLASSES) * 12
    styles = Counter((each.class_name, each.style) for each in annotations)
    assert set(styles) == {(name, style) for name in CLASSES for style in FIGURES[name].styles}
    assert max(styles.values()) - min(styles.values()) <= 1
    assert len({each.picture for each in annotations}) == 24


def test_all_classes_by_default() -> None:
    assert PartWorld(1).classes == tuple(FIGURES)


def test_a_class_that_is_named_twice_has_one_turn() -> None:
    assert PartWorld(3, ("car", "bird", "car")).classes == ("car", "bird")


def test_a_picture_depends_on_its_place_alone() -> None:
    world = PartWorld(6, CLASSES, size=32)
    assert len(world) == 6
    assert pixels(PartWorld(50, CLASSES, size=32)[5]) == pixels(world[5])
    assert len({pixels(each) for each in world}) == 6
    with pytest.raises(IndexError):
        world[6]


@pytest.mark.parametrize("other", [{"seed": 1}, {"split": "test"}, {"occlusion": 1}])
def test_other_worlds_have_other_pictures(other: dict[str, object]) -> None:
    one = PartWorld(4, CLASSES, size=32)
    two = PartWorld(4, CLASSES, size=32, **other)  # type: ignore[arg-type]
    assert not {pixels(each) for each in one} & {pixels(each) for each in two}


def test_processes_give_what_this_one_gives() -> None:
    world = PartWorld(5, CLASSES, size=32)
    expected = [each.picture for each in world]
    look = attrgetter("picture")
    np.testing.assert_array_equal(list(world.map(look, workers=0)), expected)
    np.testing.assert_array_equal(list(world.map(look, workers=2)), expected)
    np.testing.assert_array_equal(
        list(world.map(look, workers=0, order=[3, 1])), [expected[3], expected[1]]
    )


def test_torch_loads_it() -> None:
    from torch.utils.data import DataLoader

    loader = DataLoader(PartWorld(4, CLASSES, size=32), batch_size=2, collate_fn=list)  # type: ignore[arg-type]
    assert [np.stack([each.picture for each in batch]).shape for batch in loader] == [
        (2, 32, 32, 3)
    ] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_pictures": 0}, "at least one picture, not 0"),
        ({"seed": -1}, "a seed is 0 or more, not -1"),
        ({"classes": ("unicorn",)}, "unknown class 'unicorn'"),
        ({"size": 8}, "at least 32 pixels, not 8"),
        ({"occlusion": 9}, "a level from 0 to 3, not 9"),
    ],
)
def test_a_world_that_cannot_be_is_refused_at_once(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(PartonomyError, match=message):
        PartWorld(**({"n_pictures": 2} | arguments))  # type: ignore[arg-type]
