"""An audit's folder: all tables, a rerun that goes on, parts that never occur named."""

import json

import pyarrow.parquet as pq
import pytest

import partonomy as pt
from networks import small_network
from partonomy.backbones import list_layers
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.running import AuditData, layer_folder, matching, run_audit
from partonomy.emergence.search import GeneticSettings
from partonomy.errors import PartonomyError
from partonomy.features.objects import rendered_pictures

SETTINGS = AuditSettings(
    genetic=GeneticSettings(population=10, generations=3), fewest=4, shuffles=9, resamples=20
)


def load(names):
    return pt.load_backbone(small_network(), list(names), device="cpu", precision="float32")


@pytest.fixture(scope="module")
def data() -> AuditData:
    training, test = (PartWorld(10, ("car",), 64, split=each) for each in ("training", "test"))
    return AuditData(rendered_pictures(training), rendered_pictures(test), {"dataset": "partworld"})


def audit(folder, data, patterns=("3", "5"), settings=SETTINGS):
    layers = matching(list_layers(small_network()), patterns)
    return run_audit(load, layers, data, settings, folder, size=64)


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


def test_the_same_run_twice_is_the_same(tmp_path, data):
    one, other = (audit(tmp_path / name, data, ("5",)) for name in ("a", "b"))
    for name in ("parts", "filters", "sets", "stimuli"):
        tables = [pq.read_table(each.layer("5") / f"{name}.parquet") for each in (one, other)]
        assert tables[0].equals(tables[1])


def test_patterns_that_fit_nothing_are_named():
    with pytest.raises(PartonomyError, match=r"--layers features\.\*: no such layer"):
        matching(list_layers(small_network()), ["5", "features.*"])


def test_layers_names_lead_nowhere_else(tmp_path):
    assert layer_folder(tmp_path, "a/../b").parent == tmp_path / "layers"
    assert layer_folder(tmp_path, "features.12").name == "features.12"
