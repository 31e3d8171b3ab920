"""Pictures of PartWorld: exact truth, the same pixels from the same seed, occluders by level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from partonomy.datasets.partworld import FIGURES, LEVELS, Rendering, render
from partonomy.errors import PartonomyError
from partonomy.images import digest
from partonomy.images.moving import tight_box

SIZE = 96
DIGEST = "12fe85dc539fac37690c8add66b7918d"
"""Of some pictures. A world that changes has another, and the card of the bundled network is to be
written anew: ``python -m training partworld`` does where training is over."""


def drawn(class_name: str, seed: int = 0, occlusion: int = 0, size: int = SIZE) -> Rendering:
    styles = FIGURES[class_name].styles
    return render(class_name, styles[seed % len(styles)], (seed,), size, occlusion)


@pytest.fixture(scope="module", params=FIGURES)
def rendering(request: pytest.FixtureRequest) -> Rendering:
    return drawn(request.param, 3)


def test_pictures_are_as_large_as_asked_for(rendering: Rendering) -> None:
    assert rendering.picture.shape == (SIZE, SIZE, 3)
    assert rendering.picture.dtype == np.uint8
    assert rendering.picture.std() > 10, "there is something to be seen"


def test_parts_are_disjoint_and_make_the_object(rendering: Rendering) -> None:
    masks = [part.mask for part in rendering.annotation.parts if part.mask is not None]
    together = np.sum(masks, axis=0)
    assert together.max() == 1
    np.testing.assert_array_equal(together > 0, rendering.annotation.mask)


def test_boxes_are_tight_and_what_is_unseen_has_none(rendering: Rendering) -> None:
    for part in rendering.annotation.parts:
        assert part.visible == (part.mask is not None)
        assert part.box == (None if part.mask is None else tight_box(part.mask))
        assert part.keypoint is not None


def test_the_object_is_whole_within_the_picture(rendering: Rendering) -> None:
    mask = rendering.annotation.mask
    assert mask is not None
    assert 0.02 < mask.mean() < 0.75


@pytest.mark.parametrize("class_name", FIGURES)
def test_the_truth_lies_where_the_object_was_painted(class_name: str) -> None:
    """Its outline is an edge of the picture."""
    rendering = drawn(class_name, 5)
    mask = rendering.annotation.mask
    assert mask is not None
    borders = np.abs(np.diff(rendering.picture.astype(int), axis=1)).sum(axis=2)
    edge = mask[:, 1:] != mask[:, :-1]
    assert borders[edge].mean() > 1.3 * borders[~edge].mean()


def test_the_same_arguments_give_the_same_pixels() -> None:
    pictures = [drawn(name, 1, level, 64).picture for name in ("bird", "car") for level in (0, 2)]
    np.testing.assert_array_equal(pictures[0], drawn("bird", 1, 0, 64).picture)
    assert digest(*(picture.tobytes() for picture in pictures)) == DIGEST


def test_other_seeds_and_styles_give_other_pictures() -> None:
    pictures = [drawn("car", seed).picture for seed in range(3)]
    pictures += [render("car", style, (0,), SIZE).picture for style in FIGURES["car"].styles[1:]]
    assert len({picture.tobytes() for picture in pictures}) == 5


@pytest.mark.parametrize("level", range(1, len(LEVELS)))
@pytest.mark.parametrize("class_name", FIGURES)
def test_occluders_hide_what_the_level_says_and_nothing_else_changes(
    class_name: str, level: int
) -> None:
    plain, occluded = drawn(class_name, 2), drawn(class_name, 2, level)
    whole, left = plain.annotation.mask, occluded.annotation.mask
    assert whole is not None
    assert left is not None
    assert not (left & ~whole).any()
    least, most = LEVELS[level]
    assert least <= 1 - left.sum() / whole.sum() <= most
    for before, after in zip(plain.annotation.parts, occluded.annotation.parts, strict=True):
        assert (before.name, before.keypoint) == (after.name, after.keypoint)
        if after.mask is not None:
            np.testing.assert_array_equal(after.mask, before.mask & left)


def test_a_larger_picture_shows_the_same() -> None:
    small, large = drawn("house", 4, size=64), drawn("house", 4, size=192)
    assert small.annotation.mask is not None
    assert large.annotation.mask is not None
    shrunk = large.annotation.mask.reshape(64, 3, 64, 3).mean(axis=(1, 3)) > 0.5
    assert (shrunk & small.annotation.mask).sum() > 0.9 * (shrunk | small.annotation.mask).sum()
    coarse = large.picture.reshape(64, 3, 64, 3, 3).mean(axis=(1, 3))
    assert np.abs(coarse - small.picture).mean() < 12


def test_in_the_mirror_left_parts_are_called_right() -> None:
    """Half of all faces are mirrored; in every one the left eye is left in the picture."""
    for seed in range(8):
        parts = {part.name: part for part in drawn("face", seed).annotation.parts}
        left, right = (parts[name].keypoint for name in ("left_eye", "right_eye"))
        assert left is not None
        assert right is not None
        assert left[0] < right[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"class_name": "unicorn"}, r"unknown class 'unicorn'; PartWorld has .*car"),
        ({"style": "tank"}, r"car has no style 'tank': choose from saloon"),
        ({"size": 16}, r"at least 32 pixels, not 16"),
        ({"occlusion": 4}, r"a level from 0 to 3, not 4"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: dict[str, object], message: str) -> None:
    given = {"class_name": "car", "style": "saloon", "seed": (0,)} | arguments
    with pytest.raises(PartonomyError, match=message):
        render(**given)  # type: ignore[arg-type]


def test_annotations_are_those_that_crops_and_mirrors_understand() -> None:
    annotation = drawn("face", 1).annotation
    assert annotation.class_name == "face"
    assert annotation.style in FIGURES["face"].styles
    twice = annotation.mirrored().mirrored()
    np.testing.assert_array_equal(twice.labels(), annotation.labels())
    assert replace(twice, parts=()) != replace(annotation.mirrored(), parts=())
