"""Objects cut out: boxes, places that move along, what is left out, rendered worlds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import partonomy as pt
from networks import small_network
from partonomy.concepts.detectors import (
    ObjectCrop,
    object_crops,
)
from partonomy.datasets import AnnotatedPart, Annotation, PartSchema, read_dataset
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError, PictureError
from partonomy.features.objects import (
    AnnotatedPicture,
    annotated_pictures,
    object_box,
    rendered_pictures,
)
from partonomy.images import Skipped
from partonomy.images.moving import tight_box

SCHEMA = PartSchema(("eye", "ear"))


@pytest.fixture(scope="module")
def backbone() -> pt.Backbone:
    return pt.load_backbone(small_network(), "5", device="cpu", precision="float32")


def picture(name: str, annotations: list[Annotation], size: tuple[int, int]) -> AnnotatedPicture:
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    return AnnotatedPicture(name, lambda: (rgb, annotations))


def thing(box: tuple[float, float, float, float] | None, **kind: object) -> Annotation:
    parts = (AnnotatedPart("eye", box=(20, 30, 40, 50)), AnnotatedPart("ear", keypoint=(60, 45)))
    return Annotation("a", (100, 120), "thing", SCHEMA, parts, box=box, **kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("box", "whole"),
    [
        ((10.2, 20.9, 50.1, 60.0), (10, 20, 51, 60)),
        ((-5.0, -1.0, 300.0, 99.5), (0, 0, 120, 100)),
        ((130.0, 0.0, 140.0, 9.0), None),
        (None, (0, 0, 120, 100)),
    ],
)
def test_boxes_are_rounded_outwards_and_cut_off(box: object, whole: object) -> None:
    assert object_box(thing(box)) == whole  # type: ignore[arg-type]


def test_a_mask_alone_has_a_box_unless_it_is_empty() -> None:
    mask = np.zeros((100, 120), bool)
    assert object_box(thing(None, mask=mask)) is None
    mask = mask.copy()
    mask[7:20, 30:90] = True
    assert object_box(thing(None, mask=mask)) == (30, 7, 90, 20)


def test_places_move_along_with_the_crop(backbone: pt.Backbone) -> None:
    pictures = [picture("a", [thing((10, 20, 60, 70))], (100, 120))]
    (crop,) = object_crops(backbone, pictures, "centres", size=200)
    assert isinstance(crop, ObjectCrop)
    # 50 x 50 pixels become 200 x 200
    assert crop.grid.picture_size == (200, 200)
    assert crop.features.shape == (32, 25, 25)
    assert crop.features.dtype == torch.float16
    assert crop.places.point.tolist() == [[80, 80]]
    assert crop.inside is None
    lengths = crop.unit.norm(dim=0)
    assert ((lengths - 1).abs() < 1e-3).logical_or(lengths == 0).all()


def test_crops_of_long_objects_have_whole_strides(backbone: pt.Backbone) -> None:
    pictures = [picture("a", [thing((10, 20, 111, 70))], (100, 120))]
    (crop,) = object_crops(backbone, pictures, "centres", size=96)
    assert isinstance(crop, ObjectCrop)
    assert crop.grid.picture_size == (96, 192)
    x, y = crop.places.point[0]
    assert (x, y) == pytest.approx((20 * 192 / 101, 20 * 96 / 50))


def test_what_is_bad_is_named_and_the_others_go_on(backbone: pt.Backbone) -> None:
    def broken() -> None:
        raise PictureError("the file is empty")

    pictures = [
        AnnotatedPicture("broken", broken),  # type: ignore[arg-type]
        picture("gone", [thing((130, 0, 140, 9))], (100, 120)),
        picture("other", [thing((10, 20, 60, 70))], (50, 60)),
        picture("bare", [], (100, 120)),
        picture("good", [thing((10, 20, 60, 70)), thing(None)], (100, 120)),
    ]
    found = list(object_crops(backbone, pictures, "centres", size=64))
    assert [each for each in found if isinstance(each, Skipped)] == [
        Skipped("broken", "the file is empty"),
        Skipped("gone", "an object without area"),
        Skipped("other", "annotated at (100, 120), but of (50, 60) pixels"),
    ]
    assert [each.picture for each in found if isinstance(each, ObjectCrop)] == ["good", "good"]


def test_one_class_and_one_layer_at_a_time(backbone: pt.Backbone) -> None:
    world = rendered_pictures(PartWorld(4, ("car", "fish"), 64))
    with pytest.raises(PartonomyError, match="--class is missing: there are car, fish, or more"):
        list(object_crops(backbone, world, "centres", size=64))
    crops = list(object_crops(backbone, world, "centres", class_name="fish", size=64))
    assert [each.class_name for each in crops if isinstance(each, ObjectCrop)] == ["fish", "fish"]
    both = pt.load_backbone(small_network(), ["3", "5"])
    with pytest.raises(PartonomyError, match="--layer 3,5: detectors look at one layer"):
        list(object_crops(both, world, "centres"))


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_change_nothing(backbone: pt.Backbone, workers: int) -> None:
    world = rendered_pictures(PartWorld(5, ("car",), 64))
    crops = list(object_crops(backbone, world, "keypoints", size=64, workers=workers))
    again = list(object_crops(backbone, world, "keypoints", size=64))
    for one, other in zip(crops, again, strict=True):
        assert isinstance(one, ObjectCrop)
        assert isinstance(other, ObjectCrop)
        assert torch.equal(one.features, other.features)
        assert np.array_equal(one.places.point, other.places.point)


def test_hidden_objects_are_cut_out_as_if_nothing_were(backbone: pt.Backbone) -> None:
    clear, hidden = (
        list(object_crops(backbone, rendered_pictures(world), "centres", size=64))
        for world in (PartWorld(4, ("car",), 64), PartWorld(4, ("car",), 64, occlusion=3))
    )
    lost = 0
    for one, other in zip(clear, hidden, strict=True):
        assert isinstance(one, ObjectCrop)
        assert isinstance(other, ObjectCrop)
        assert one.grid == other.grid
        assert np.array_equal(one.places.point, other.places.point)
        assert not torch.equal(one.features, other.features)
        lost += int((one.places.visible & ~other.places.visible).sum())
    assert lost > 0


def test_a_data_set_on_disk_gives_what_its_renders_give(
    backbone: pt.Backbone, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, world = tmp_path_factory.mktemp("world"), PartWorld(3, ("car",), 64)
    write_folder(world, root, 0)
    data = read_dataset("coco", root)
    written = list(object_crops(backbone, annotated_pictures(data), "centres", size=64))
    for index, crop in enumerate(written):
        assert isinstance(crop, ObjectCrop)
        mask = world[index].annotation.mask
        assert mask is not None
        box = tight_box(mask)
        assert box is not None
        sides = (box[3] - box[1], box[2] - box[0])
        assert min(crop.grid.picture_size) == 64
        ratio = crop.grid.picture_size[0] / crop.grid.picture_size[1]
        assert ratio == pytest.approx(sides[0] / sides[1], rel=0.08)
        assert crop.inside is not None
        assert crop.inside.any()
