"""What decides a class: outputs chosen, filters that a score hangs on, parts that it hangs on."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import partonomy as pt
from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.emergence.blanking import Drop
from partonomy.emergence.deciding import (
    BlankedPart,
    DecidingSettings,
    class_outputs,
    filter_drops,
    first_objects,
    part_drops,
)
from partonomy.emergence.tables import blank_rows
from partonomy.errors import PartonomyError
from partonomy.features.objects import AnnotatedPicture

SCHEMA = PartSchema(("red", "blue", "tail"))
SIDE = 64


class Reddish(nn.Module):
    """Filter 0 is red less green, 1 blue less green, 2 light; output 1 reads red, 2 light."""

    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        self.colours = nn.Conv2d(3, 3, 4, 4)
        self.colours.weight.data.zero_()
        for channel, weights in enumerate(((1, -1, 0), (0, -1, 1), (0.3, 0.3, 0.3))):
            for colour, weight in enumerate(weights):
                self.colours.weight.data[channel, colour] = weight / 16
        self.colours.bias.data.zero_()
        self.act = nn.ReLU()
        self.head = nn.Linear(3, outputs)
        self.head.weight.data.zero_()
        self.head.bias.data.zero_()
        self.head.weight.data[min(1, outputs - 1), 0] = 100
        if outputs > 2:
            self.head.weight.data[2, 2] = 1.0

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.act(self.colours(pictures)).mean(dim=(2, 3)))


def backbone(outputs: int = 3) -> pt.Backbone:
    plain = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
    return pt.load_backbone(Reddish(outputs), ["act"], device="cpu", precision="float32", **plain)


def thing(seed: int, class_name: str = "thing") -> AnnotatedPicture:
    """Grey, with a red and a blue patch on an object that fills the middle; no tail."""
    generator = np.random.default_rng(seed)
    rgb = np.full((96, 96, 3), 120, np.uint8)
    whole, red, blue = np.zeros((3, 96, 96), bool)
    whole[16:80, 16:80] = True
    y, x = generator.integers(20, 30, 2)
    red[y : y + 12, x : x + 12] = True
    blue[y + 30 : y + 42, x + 30 : x + 42] = True
    if class_name == "thing":
        rgb[red] = (200, 20, 20)
    rgb[blue] = (20, 20, 200)
    parts = (AnnotatedPart("red", mask=red), AnnotatedPart("blue", mask=blue))
    annotation = Annotation(f"{seed}", (96, 96), class_name, SCHEMA, parts, mask=whole)
    return AnnotatedPicture(f"{seed}", lambda: (rgb, (annotation,)))


THINGS = [thing(seed) for seed in range(6)]


def test_the_likeliest_output_is_a_classes_own():
    found = class_outputs(backbone(), THINGS, size=SIDE)["thing"]
    assert (found.index, found.given) == (1, False)
    assert found.probability > 0.5
    named = DecidingSettings(outputs={"thing": 2})
    assert class_outputs(backbone(), THINGS, named, SIDE)["thing"].given


def test_a_network_with_one_output_has_that():
    found = class_outputs(backbone(1), THINGS, size=SIDE)["thing"]
    assert found.index == 0
    assert found.probability is None


@pytest.mark.parametrize(
    ("outputs", "message"),
    [({"thing": 3}, "--score thing=3: the network has 3 outputs"), ({"dog": 0}, "--score dog")],
)
def test_outputs_that_are_not_there_are_named(outputs, message):
    with pytest.raises(PartonomyError, match=message):
        class_outputs(backbone(), THINGS, DecidingSettings(outputs=outputs), SIDE)


def test_so_many_objects_of_each_class_are_looked_at():
    both = [*THINGS, *(thing(seed, "other") for seed in range(10, 14))]
    seen = [cut.annotation.class_name for cut in first_objects(backbone(), both, 3, SIDE)]
    assert (seen.count("thing"), seen.count("other")) == (3, 3)


def test_the_filter_that_a_score_hangs_on_is_found():
    network = backbone()
    outputs = class_outputs(network, THINGS, size=SIDE)
    drops = filter_drops(network, THINGS, outputs, size=SIDE)["thing"]
    assert drops.exact.shape == (6, 3)
    assert drops.mean.argmax() == 0
    np.testing.assert_allclose(drops.mean[1:], 0, atol=1e-6)
    np.testing.assert_allclose(drops.mean[0], drops.score.mean(), rtol=1e-5)
    np.testing.assert_allclose(drops.exact, drops.estimate, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", ["mask", "box"])
def test_the_part_that_a_score_hangs_on_costs_most(shape):
    network = backbone()
    settings = DecidingSettings(objects=4, shape=shape)
    outputs = class_outputs(network, THINGS, settings, SIDE)
    found = list(part_drops(network, THINGS, outputs, settings, SIDE))
    assert {(each.class_name, each.part) for each in found} == {("thing", "red"), ("thing", "blue")}
    own = {
        part: np.mean([each.drop.own for each in found if each.part == part])
        for part in ("red", "blue")
    }
    assert own["red"] > 0.5
    assert abs(own["blue"]) < 0.2 * own["red"]


def test_what_cannot_be_read_is_passed_over():
    def broken():
        raise pt.errors.PictureError("bad.jpg: no picture")

    network = backbone()
    pictures = [AnnotatedPicture("bad.jpg", broken), *THINGS[:2]]
    assert len(list(first_objects(network, pictures, 5, SIDE))) == 2


def test_scores_are_of_the_pictures_as_they_are():
    network = backbone()
    outputs = class_outputs(network, THINGS, size=SIDE)
    drops = filter_drops(network, THINGS[:1], outputs, size=SIDE)["thing"]
    (cut,) = first_objects(network, THINGS[:1], 1, SIDE)
    scores = network.class_scores(torch.from_numpy(cut.pixels)[None])
    assert drops.score[0] == pytest.approx(float(scores[0, 1]), rel=1e-5)


def test_few_objects_have_a_mean_and_no_interval():
    few = [BlankedPart("thing", "red", str(i), Drop(2.0 + i, 1.0, 0.0)) for i in range(4)]
    more = [BlankedPart("thing", "blue", str(i), Drop(2.0 + i, 1.0, 0.0)) for i in range(6)]
    none = [BlankedPart("thing", "tail", "0", Drop(1.0, float("nan"), float("nan")))]
    rows = {row["part"]: row for row in blank_rows([*few, *more, *none], 0)}
    assert rows["red"]["own"] == pytest.approx(2.5)
    assert np.isnan(rows["red"]["low"])
    assert rows["blue"]["own"] == pytest.approx(3.5)
    assert rows["blue"]["low"] < 3.5 < rows["blue"]["high"]
    assert np.isnan(rows["tail"]["own"])


def test_no_more_pictures_are_read_than_it_takes():
    read = []

    def watched(picture):
        return AnnotatedPicture(picture.name, lambda: read.append(picture.name) or picture.load())

    some = [watched(each) for each in (*THINGS, thing(20, "other"))]
    cuts = list(first_objects(backbone(), some, 2, SIDE, ["thing"]))
    assert [cut.picture for cut in cuts] == ["0", "1"]
    assert read == ["0", "1"]
    only = list(first_objects(backbone(), some, 2, SIDE, ["other"]))
    assert [cut.annotation.class_name for cut in only] == ["other"]
