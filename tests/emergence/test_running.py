"""An audit's folder: all tables, a rerun that goes on, parts that never occur named."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest
from torch import nn

import partonomy as pt
from networks import small_network
from partonomy.backbones import list_layers
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.deciding import DecidingSettings
from partonomy.emergence.precision import Rule
from partonomy.emergence.running import AuditData, RunSettings, matching, run_audit
from partonomy.emergence.search import GeneticSettings
from partonomy.emergence.steps import step_folder
from partonomy.errors import PartonomyError, PictureError
from partonomy.features.objects import AnnotatedPicture, rendered_pictures
from scoring_networks import Plain, made

SETTINGS = AuditSettings(
    genetic=GeneticSettings(population=10, generations=3), fewest=4, shuffles=9, resamples=20
)


load = partial(pt.load_backbone, small_network(), device="cpu", precision="float32")


@pytest.fixture(scope="module")
def data() -> AuditData:
    training, test = (PartWorld(10, ("car",), 64, split=each) for each in ("training", "test"))
    return AuditData(rendered_pictures(training), rendered_pictures(test), {"dataset": "partworld"})


def audit(folder, data, patterns=("3", "5"), settings=SETTINGS, load=load, **more):
    layers = matching(list_layers(load().network), patterns)
    return run_audit(load, layers, data, RunSettings(settings, size=64, **more), folder)


def test_every_layer_has_its_tables(tmp_path, data):
    done = audit(tmp_path / "run", data)
    assert (list(done.layers), done.resumed) == (["3", "5"], 0)
    for layer, channels in (("3", 24), ("5", 32)):
        parts, filters, sets, stimuli = (
            pq.read_table(done.layer(layer) / f"{name}.parquet").to_pylist()
            for name in ("parts", "filters", "sets", "stimuli")
        )
        known = [row for row in parts if row["AP"] is not None]
        assert len(parts) == 8
        assert known
        for row in known:
            assert row["low"] <= row["AP"] <= row["high"]
            assert row["AP"] <= row["optimistic"]
            assert row["p"] <= row["q"] <= 1
        assert all(min(row["n_training"], row["n_test"]) < 4 for row in parts if row["AP"] is None)
        assert len(filters) == channels * len(known)
        assert {row["search"] for row in sets} == {"greedy", "genetic", "linear"}
        assert len(stimuli) == channels
        assert all(len(row["pictures"]) == len(row["boxes"]) <= 10 for row in stimuli)
    facts = json.loads((tmp_path / "run/audit.json").read_text())
    assert [each["name"] for each in facts["layers"]] == ["3", "5"]
    assert facts["skipped"] == []


def test_a_rerun_goes_on_and_other_settings_start_anew(tmp_path, data, monkeypatch):
    first = audit(tmp_path, data, ("5",))
    before = (first.layer("5") / "parts.parquet").stat().st_mtime_ns
    both = audit(tmp_path, data)
    assert both.resumed == 1
    assert (first.layer("5") / "parts.parquet").stat().st_mtime_ns == before
    (both.layer("3") / "key.json").unlink()  # as if killed while it was written
    assert audit(tmp_path, data).resumed == 1
    other = AuditSettings(**{**vars(SETTINGS), "seed": 1})
    assert audit(tmp_path, data, settings=other).resumed == 0


def test_a_run_that_was_stopped_after_its_layers_goes_on(tmp_path, data):
    """While filters and parts are taken away, which takes long, all layers are there already."""

    def broken():
        raise PictureError("bad.jpg: no picture")

    some = replace(data, training=[AnnotatedPicture("bad.jpg", broken), *data.training])
    audit(tmp_path, some, ("5",))
    (tmp_path / "audit.json").unlink()
    assert audit(tmp_path, some, ("5",)).resumed == 1
    facts = json.loads((tmp_path / "audit.json").read_text())
    assert facts["skipped"] == [{"picture": "bad.jpg", "reason": "bad.jpg: no picture"}]


def test_the_same_run_twice_is_the_same(tmp_path, data):
    one, other = (audit(tmp_path / name, data, ("5",)) for name in ("a", "b"))
    for name in ("parts", "filters", "sets", "stimuli"):
        tables = [pq.read_table(each.layer("5") / f"{name}.parquet") for each in (one, other)]
        assert tables[0].equals(tables[1])


def test_patterns_that_fit_nothing_are_named():
    with pytest.raises(PartonomyError, match=r"--layers features\.\*: no such layer"):
        matching(list_layers(small_network()), ["5", "features.*"])


def test_layers_names_lead_nowhere_else(tmp_path):
    assert step_folder(tmp_path, "layers", "a/../b").parent == tmp_path / "layers"
    assert step_folder(tmp_path, "layers", "..").parent == tmp_path / "layers"
    assert step_folder(tmp_path, "layers", "features.12").name == "features.12"


def test_a_star_stops_at_a_dot():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Conv2d(4, 4, 3), nn.ReLU()))
    layers = list_layers(network.eval())
    assert [each.name for each in matching(layers, ["*"])] == ["0", "1", "output"]
    assert [each.name for each in matching(layers, ["1.*"])] == ["1.0", "1.1"]


def test_concepts_and_the_untrained_network_are_audited_beside_filters(tmp_path, data):
    network = small_network()
    for parameter in network.parameters():
        parameter.data.mul_(-1)  # else it would be what a network with its seed begins with
    trained = partial(pt.load_backbone, network, device="cpu", precision="float32")
    done = audit(tmp_path, data, ("5",), load=trained, concepts=8)
    tables = {
        kind: pq.read_table(done.layer("5", kind) / "parts.parquet").to_pylist()
        for kind in ("layers", "concepts", "random")
    }
    names = [[(row["class"], row["part"]) for row in rows] for rows in tables.values()]
    assert names[0] == names[1] == names[2]
    responses = {
        kind: np.array(
            pq.read_table(done.layer("5", kind) / "responses.parquet")["responses"].to_pylist()
        )
        for kind in tables
    }
    assert responses["layers"].shape == responses["random"].shape == (10, 32)
    assert responses["concepts"].shape == (10, 8)
    assert responses["concepts"].max() <= 1.001
    assert not np.allclose(responses["layers"], responses["random"])
    facts = json.loads((tmp_path / "audit.json").read_text())
    assert facts["kinds"] == ["layers", "concepts", "random"]
    alone = audit(tmp_path / "alone", data, ("5",), concepts=0, untrained=False)
    assert not alone.layer("5", "concepts").exists()
    assert not alone.layer("5", "random").exists()


def test_a_network_without_class_scores_decides_nothing_and_says_so(tmp_path, data):
    audit(tmp_path, data, ("5",), concepts=0, untrained=False)
    facts = json.loads((tmp_path / "audit.json").read_text())
    assert "no class scores" in facts["undecided"]
    named = DecidingSettings(outputs={"car": 0})
    with pytest.raises(PartonomyError, match="no class scores"):
        audit(tmp_path, data, ("5",), concepts=0, untrained=False, deciding=named)


def test_what_decides_a_class_is_measured_once(tmp_path, data):
    network = made(Plain)
    scoring = partial(pt.load_backbone, network, device="cpu", precision="float32")
    few = {"concepts": 0, "untrained": False, "deciding": DecidingSettings(objects=3)}
    done = audit(tmp_path, data, ("first.*", "second"), load=scoring, **few)
    facts = json.loads((tmp_path / "audit.json").read_text())
    assert facts["ablated"] == ["second"]
    output = facts["outputs"]["car"]
    assert (output["given"], 0 <= output["index"] < 5) == (False, True)
    drops = pq.read_table(done.layer("second", "ablation") / "drops.parquet").to_pylist()
    assert [row["filter"] for row in drops] == list(range(16))
    assert {row["objects"] for row in drops} == {3}
    path = tmp_path / "blanking/drops.parquet"
    assert {row["class"] for row in pq.read_table(path).to_pylist()} == {"car"}
    before = path.stat().st_mtime_ns
    audit(tmp_path, data, ("first.*", "second"), load=scoring, **few)
    assert path.stat().st_mtime_ns == before
    other = DecidingSettings(outputs={"car": 4}, objects=3)
    audit(tmp_path, data, ("second",), load=scoring, **few | {"deciding": other})
    assert path.stat().st_mtime_ns > before
    with pytest.raises(PartonomyError, match=r"--ablate first\.0"):
        audit(tmp_path, data, ("second",), load=scoring, ablated=["first.0"], **few)


def test_distances_are_those_of_the_object_as_it_is_seen(tmp_path, data):
    near = AuditSettings(**{**vars(SETTINGS), "criterion": Rule("distance", 12.0)})
    far = AuditSettings(**{**vars(SETTINGS), "criterion": Rule("distance", 1000.0)})
    best = []
    for name, settings in (("near", near), ("far", far)):
        done = audit(tmp_path / name, data, ("5",), settings, concepts=0, untrained=False)
        rows = pq.read_table(done.layer("5") / "parts.parquet").to_pylist()
        best.append(np.mean([row["recall"] for row in rows if row["AP"] is not None]))
    assert best[0] < best[1]
    assert best[1] > 0.5
