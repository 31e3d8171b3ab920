"""Annotations go where the picture goes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.errors import PartonomyError
from partonomy.images.moving import crop_placement, tight_box

SCHEMA = PartSchema(
    ("head", "left_eye", "right_eye", "tail"),
    parents={"left_eye": "head", "right_eye": "head"},
    mirrored={"left_eye": "right_eye", "right_eye": "left_eye"},
)
SIZE = (30, 40)


def annotated(seed=0):
    """Every part with everything, its box tight around its mask and its keypoint in the middle."""
    generator = np.random.default_rng(seed)
    parts = []
    for name in (*SCHEMA.names, "tail"):
        x, y = generator.integers(0, 30), generator.integers(0, 20)
        mask = np.zeros(SIZE, bool)
        mask[y : y + generator.integers(1, 10), x : x + generator.integers(1, 10)] = True
        x0, y0, x1, y1 = box = tight_box(mask)
        parts.append(AnnotatedPart(name, box, mask, ((x0 + x1) / 2, (y0 + y1) / 2)))
    whole = np.logical_or.reduce([part.mask for part in parts])
    return Annotation(
        "a.png", SIZE, "bird", SCHEMA, tuple(parts), "small", tight_box(whole), whole, "test"
    )


def same(one, other):
    assert (one.size, one.class_name, one.style, one.split) == (
        other.size,
        other.class_name,
        other.style,
        other.split,
    )
    for first, second in zip((one, *one.parts), (other, *other.parts), strict=True):
        assert first.box == second.box
        np.testing.assert_array_equal(first.mask, second.mask)
    for first, second in zip(one.parts, other.parts, strict=True):
        assert (first.name, first.keypoint, first.visible) == (
            second.name,
            second.keypoint,
            second.visible,
        )


@given(st.integers(0, 1000))
def test_a_mirror_image_of_a_mirror_image_is_the_picture(seed):
    here = annotated(seed)
    there = here.mirrored()
    same(there.mirrored(), here)
    for part, other in zip(here.parts, there.parts, strict=True):
        assert tight_box(other.mask) == other.box
        assert other.keypoint == (40 - part.keypoint[0], part.keypoint[1])
    assert [part.name for part in there.parts] == ["head", "right_eye", "left_eye", "tail", "tail"]


@given(
    st.integers(0, 1000),
    st.integers(-10, 30),
    st.integers(-10, 20),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_box_mask_and_keypoint_of_a_part_stay_together(seed, x, y, width, height):
    here = annotated(seed)
    crop = (float(x), float(y), float(x + width), float(y + height))
    there = here.placed(crop_placement(SIZE, crop, (2 * height, 2 * width)))
    assert there.size == (2 * height, 2 * width)
    for part, before in zip(there.parts, here.parts, strict=True):
        assert (part.box is None) == (part.mask is None) == (not part.visible)
        if part.mask is not None:
            assert tight_box(part.mask) == part.box
        # known still, wherever it is
        assert part.keypoint == tuple(
            2 * (k - c) for k, c in zip(before.keypoint, crop, strict=False)
        )


def test_a_whole_picture_at_its_own_size_is_as_it_was():
    here = annotated()
    same(here.placed(crop_placement(SIZE, (0.0, 0.0, 40.0, 30.0))), here)


def test_what_was_hidden_stays_hidden():
    hidden = AnnotatedPart("tail", keypoint=(5.0, 5.0), visible=False)
    here = Annotation("a.png", SIZE, "bird", SCHEMA, (hidden,))
    assert not here.placed(crop_placement(SIZE, (0.0, 0.0, 20.0, 20.0))).parts[0].visible
    assert not here.mirrored().parts[0].visible


def test_a_keypoint_alone_is_seen_while_it_is_inside():
    here = Annotation("a.png", SIZE, "bird", SCHEMA, (AnnotatedPart("tail", keypoint=(5.0, 5.0)),))
    inside, outside = (
        here.placed(crop_placement(SIZE, (x, 0.0, x + 10, 20.0))).parts[0] for x in (0.0, 5.5)
    )
    assert inside.visible
    assert not outside.visible
    assert outside.keypoint == (-0.5, 5.0)


def test_a_part_is_gone_when_its_pixels_are_though_its_box_is_not():
    """An L around the corner of the crop, seen by its box and its keypoint, which lie inside."""
    mask = np.zeros(SIZE, bool)
    mask[:, :5], mask[25:] = True, True
    part = AnnotatedPart("tail", tight_box(mask), mask, (20.0, 15.0))
    here = Annotation("a.png", SIZE, "bird", SCHEMA, (part,), box=part.box, mask=mask)
    there = here.placed(crop_placement(SIZE, (10.0, 5.0, 30.0, 20.0)))
    for each in (there, *there.parts):
        assert each.box is None
        assert each.mask is None
    assert not there.parts[0].visible
    assert there.parts[0].keypoint == (10, 10)


def test_a_box_alone_is_seen_while_some_of_it_is_inside():
    part = AnnotatedPart("tail", box=(5.0, 5.0, 10.0, 10.0))
    here = Annotation("a.png", SIZE, "bird", SCHEMA, (part,))
    inside, outside = (
        here.placed(crop_placement(SIZE, (x, 0.0, x + 10, 20.0))).parts[0] for x in (9.0, 10.0)
    )
    assert (inside.visible, inside.box) == (True, (0, 5, 1, 10))
    assert (outside.visible, outside.box) == (False, None)


@pytest.mark.parametrize("visible", [False, True])
def test_what_is_known_by_name_alone_stays_as_visible_as_it_was(visible):
    part = AnnotatedPart("tail", visible=visible)
    here = Annotation("a.png", SIZE, "bird", SCHEMA, (part,))
    assert here.placed(crop_placement(SIZE, (0.0, 0.0, 40.0, 30.0))).parts == (part,)


def test_a_placement_of_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"picture \(40, 30\), this one is \(30, 40\)"):
        annotated().placed(crop_placement((40, 30), (0.0, 0.0, 20.0, 20.0)))


def test_labels_are_the_schemas_and_later_parts_lie_above():
    below, above = np.zeros((2, *SIZE), bool)
    below[:10], above[5:15] = True, True
    here = Annotation(
        "a.png",
        SIZE,
        "bird",
        SCHEMA,
        (AnnotatedPart("tail", mask=below), AnnotatedPart("head", mask=above)),
    )
    labels = here.labels()
    assert (labels[:5] == 4).all()
    assert (labels[5:15] == 1).all()
    assert not labels[15:].any()


def test_parts_have_wider_parts():
    assert SCHEMA.wider("left_eye") == ("head",)
    assert SCHEMA.wider("tail") == ()
    deep = PartSchema(("a", "b", "c"), parents={"c": "b", "b": "a"})
    assert deep.wider("c") == ("b", "a")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ("a", "a")}, "named twice"),
        ({"names": tuple(map(str, range(256)))}, "256 parts, and label maps hold 255: merge some"),
        ({"names": ("a",), "parents": {"a": "b"}}, "b is no part of a"),
        ({"names": ("a", "b"), "parents": {"a": "b", "b": "a"}}, "is a part of itself"),
        ({"names": ("a", "b"), "mirrored": {"a": "b"}}, "a becomes b in the mirror, but not back"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(options, message):
    with pytest.raises(PartonomyError, match=message):
        PartSchema(**options)


def test_what_does_not_fit_the_picture_is_named():
    with pytest.raises(PartonomyError, match=r"a\.png: beak is no part of bird"):
        Annotation("a.png", SIZE, "bird", SCHEMA, (AnnotatedPart("beak"),))
    small = np.zeros((3, 3), bool)
    with pytest.raises(PartonomyError, match=r"a\.png: the mask of tail is \(3, 3\)"):
        Annotation("a.png", SIZE, "bird", SCHEMA, (AnnotatedPart("tail", mask=small),))
    with pytest.raises(PartonomyError, match=r"a\.png: the mask of object is \(3, 3\)"):
        Annotation("a.png", SIZE, "bird", SCHEMA, mask=small)
    numbers = np.zeros(SIZE, np.uint8)
    with pytest.raises(PartonomyError, match=r"a\.png: the mask of tail is uint8, not bool"):
        Annotation("a.png", SIZE, "bird", SCHEMA, (AnnotatedPart("tail", mask=numbers),))
    with pytest.raises(PartonomyError, match=r"a\.png: the mask of object is uint8, not bool"):
        Annotation("a.png", SIZE, "bird", SCHEMA, mask=numbers)


def test_a_schema_may_have_as_many_parts_as_labels_are_for():
    schema = PartSchema(tuple(map(str, range(255))))
    whole = AnnotatedPart("254", mask=np.ones(SIZE, bool))
    assert (Annotation("a.png", SIZE, "all", schema, (whole,)).labels() == 255).all()
