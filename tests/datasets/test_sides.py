"""Left and right in names."""

from __future__ import annotations

from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.datasets.sides import merged_sides, mirrored_sides


def test_both_sides_must_occur() -> None:
    names = ["left_eye", "right_eye", "beak", "left_leg", "eye l", "eye r", "lip", "wing_left_2"]
    assert mirrored_sides(names) == {
        "left_eye": "right_eye",
        "right_eye": "left_eye",
        "eye l": "eye r",
        "eye r": "eye l",
    }


def test_both_sides_of_a_part_are_one() -> None:
    names = ("left_eye", "right_eye", "back_left_door", "back_right_door", "beak", "wing l", "lip")
    schema = PartSchema(names, {"left_eye": "beak", "right_eye": "beak"}, mirrored_sides(names))
    parts = tuple(
        AnnotatedPart(name, box=(index, 0, index + 1, 1)) for index, name in enumerate(names[:5])
    )
    found = merged_sides(Annotation("a", (8, 8), "bird", schema, parts))
    assert found.schema.names == ("eye", "back_door", "beak", "wing l", "lip")
    assert found.schema.parents == {"eye": "beak"}
    assert [part.name for part in found.parts] == ["eye", "eye", "back_door", "back_door", "beak"]
    assert [part.box for part in found.parts] == [part.box for part in parts]


def test_without_sides_nothing_changes() -> None:
    annotation = Annotation("a", (8, 8), "bird", PartSchema(("beak", "left_eye")))
    assert merged_sides(annotation) is annotation
