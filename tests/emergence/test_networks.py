"""What networks know: means and counts that can be done by hand, kinds of training."""

import pytest

from finished_audits import rare, row, write_audit
from partonomy.emergence.finished import read_audit
from partonomy.emergence.networks import by_training, knowledge, network_rows, training_of


def test_means_and_counts():
    known = knowledge([row("wheel", 0.4), row("door", 0.2), row("roof", 0.0), rare("lamp")])
    assert known.parts == 3
    assert known.mean.value == pytest.approx(0.2)
    assert list(known.emerged) == [2, 1, 1]
    alone = row("wheel", 0.2)
    assert known.mean.low == pytest.approx(alone["low"]), "they move together with the objects"
    assert known.mean.high == pytest.approx(alone["high"])
    assert knowledge([rare("lamp")]).mean is None


def test_one_row_a_layer_and_one_of_all(tmp_path):
    layers = {
        "a": [row("wheel", 0.1), row("door", 0.5)],
        "b": [row("wheel", 0.2), row("door", 0.3)],
        "c": [row("wheel", 0.6, **{"AP training": 0.15}), row("door", 0.1)],
    }
    audit = read_audit(write_audit(tmp_path / "run", layers, kinds=["layers", "random"]))
    rows = network_rows("run", audit)
    assert [each.layer for each in rows] == ["a", "b", "c", None]
    assert [each.depth for each in rows] == [0, 0.5, 1, None]
    means = [each.filters.mean.value for each in rows]
    assert means == pytest.approx([0.3, 0.25, 0.35, (0.2 + 0.5) / 2])
    assert [each.untrained.mean.value for each in rows] == pytest.approx(means)
    assert all(each.concepts is None for each in rows)


def test_one_layer_is_the_first(tmp_path):
    audit = read_audit(write_audit(tmp_path / "run", {"a": [row("wheel", 0.1)]}))
    assert [each.depth for each in network_rows("run", audit)] == [0, None]


@pytest.mark.parametrize(
    ("network", "weights_from", "training"),
    [
        ("resnet18.a1_in1k", "pretrained", "trained"),
        ("resnet18.a1_in1k", "random", "none"),
        ("vit_small_patch14_dinov2.lvd142m", "pretrained", "self-supervised"),
        ("vit_small_patch14_dinov2.lvd142m", "random", "none"),
        ("vit_base_patch16_224.mae", "pretrained", "self-supervised"),
        ("vit_base_patch16_clip_224.openai", "pretrained", "self-supervised"),
        ("vit_base_patch16_clip_224.openai_ft_in1k", "pretrained", "trained"),
        ("resnet50.swav", "weights.safetensors", "self-supervised"),
        ("maestro:dinosaur", "given", "trained"),
    ],
)
def test_kinds_of_training(tmp_path, network, weights_from, training):
    layers = {"a": [row("wheel", 0.1)]}
    folder = write_audit(tmp_path / "run", layers, network=network, weights_from=weights_from)
    assert training_of(read_audit(folder)) == training


def test_untrained_twins_count_once_as_of_no_training(tmp_path):
    rows = []
    for name, score, facts in (
        ("one", 0.2, {}),
        ("other", 0.4, {}),
        ("dino", 0.6, {"network": "resnet50.dino"}),
    ):
        folder = write_audit(tmp_path / name, {"a": [row("wheel", score)]}, **facts)
        rows += network_rows(name, read_audit(folder))
    found = by_training(rows)
    assert {kind: count for kind, (count, _) in found.items()} == {
        "trained": 2,
        "self-supervised": 1,
        "none": 2,
    }
    assert found["trained"][1].value == pytest.approx(0.3)
    assert found["none"][1].value == pytest.approx((0.2 + 0.6) / 2)
