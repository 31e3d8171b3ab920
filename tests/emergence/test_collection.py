"""One pass over rendered objects: tables that are right object by object, whatever the threads."""

import numpy as np
import pytest

import partonomy as pt
from networks import small_network
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence.collection import collect, without_masks
from partonomy.emergence.parts import Part, parts_of, true_boxes
from partonomy.emergence.stimuli import find_stimuli
from partonomy.errors import PictureError
from partonomy.features.objects import (
    AnnotatedPicture,
    look_at_objects,
    rendered_pictures,
)
from partonomy.images.moving import tight_box


@pytest.fixture(scope="module")
def backbone() -> pt.Backbone:
    return pt.load_backbone(small_network(), ["3", "5"], device="cpu", precision="float32")


@pytest.fixture(scope="module")
def pictures() -> list[AnnotatedPicture]:
    return rendered_pictures(PartWorld(6, ("car", "fish"), 96))


def test_tables_are_what_each_object_gives(backbone, pictures):
    found = collect(backbone, pictures, size=64, workers=2)
    assert [each.layer for each in found.layers] == ["3", "5"]
    assert len(found.objects) == 6
    views = look_at_objects(backbone, pictures, lambda seen: seen, size=64, workers=1)
    for index, view in enumerate(views):
        assert found.pictures[index] == view.picture == pictures[index].name
        assert found.objects[index].class_name == view.annotation.class_name
        for layer, maps, grid in zip(found.layers, view.maps, view.grids, strict=True):
            expected = find_stimuli(maps, grid)
            np.testing.assert_array_equal(layer.stimuli.score[index], expected.score)
            np.testing.assert_array_equal(layer.stimuli.cell[index], expected.cell)
            row, column = expected.cell[0, 0].tolist()
            boxes = layer.stimuli.grids.boxes(layer.stimuli.cell)
            assert boxes[index, 0, 0] == pytest.approx(grid.box(row, column), rel=1e-4, abs=1e-2)


def test_threads_do_not_matter(backbone, pictures):
    one, more = (collect(backbone, pictures, size=64, workers=n) for n in (1, 3))
    for a, b in zip(one.layers, more.layers, strict=True):
        np.testing.assert_array_equal(a.stimuli.score, b.stimuli.score)
        np.testing.assert_array_equal(a.labels, b.labels)


def test_pictures_that_cannot_be_read_are_named(backbone, pictures):
    def broken():
        raise PictureError("bad.jpg: no picture")

    found = collect(backbone, [AnnotatedPicture("bad.jpg", broken), *pictures[:1]], size=64)
    assert [(each.name, each.reason) for each in found.skipped] == [
        ("bad.jpg", "bad.jpg: no picture")
    ]
    assert len(found.objects) == 1


def test_parts_are_those_of_each_class_and_boxes_those_of_masks(pictures):
    whole = [each.load()[1][0] for each in pictures]
    light = [without_masks(each) for each in whole]
    assert all(part.mask is None for each in light for part in each.parts)
    parts = parts_of(light)
    assert {each.class_name for each in parts} == {"car", "fish"}
    for found in true_boxes(light, parts):
        members = [i for i, each in enumerate(whole) if each.class_name == found.part.class_name]
        assert found.objects.tolist() == members
        expected = sum(
            part.visible and part.name == found.part.name and part.mask.any()
            for index in members
            for part in whole[index].parts
        )
        assert found.count == expected
        for index, boxes in zip(members, found.boxes, strict=True):
            for part in whole[index].parts:
                if part.name == found.part.name and part.visible and part.mask.any():
                    assert any(np.allclose(tight_box(part.mask), box) for box in boxes)


def test_a_part_that_is_in_no_object_has_no_boxes(pictures):
    light = [without_masks(each.load()[1][0]) for each in pictures]
    (found,) = true_boxes(light, [Part("boat", "sail")])
    assert found.count == 0
    assert found.boxes.shape == (0, 1, 4)
