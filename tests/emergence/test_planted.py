"""A whole audit finds what was planted: exact filters, halves, what a class depends on, no more."""

import re
from functools import partial

import pyarrow.parquet as pq
import pytest

import partonomy as pt
from partonomy.backbones import list_layers
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.deciding import DecidingSettings
from partonomy.emergence.findings import (
    blanked_parts,
    decided_classes,
    difference,
    relations,
    sets_of_filters,
)
from partonomy.emergence.finished import read_audit
from partonomy.emergence.running import AuditData, RunSettings, run_audit
from partonomy.emergence.search import GeneticSettings
from partonomy.report.audit import write_audit
from planted_network import FILTERS, Dyes, dyed

DYED = {"door": ["magenta"], "chimney": ["cyan", "yellow"]}
SETTINGS = AuditSettings(
    genetic=GeneticSettings(population=40, generations=20), shuffles=49, resamples=50
)


def audit(folder, network, count=40, **more):
    load = partial(
        pt.load_backbone,
        network,
        device="cpu",
        precision="float32",
        mean=(0.0,) * 3,
        std=(1.0,) * 3,
    )
    worlds = [PartWorld(count, ("house",), 160, split=each) for each in ("training", "test")]
    training, test = (dyed(world, DYED, never="shutter") for world in worlds)
    layers = [each for each in list_layers(load().network) if each.name == "smooth"]
    settings = RunSettings(SETTINGS, size=160, **more)
    run = run_audit(load, layers, AuditData(training, test, {"dataset": "dyed"}), settings, folder)
    return run, training


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    run, pictures = audit(
        tmp_path_factory.mktemp("planted"),
        Dyes(),
        concepts=12,
        deciding=DecidingSettings(outputs={"house": 0}, objects=12),
    )
    return run, read_audit(run.folder), pictures


def parts(audit):
    return {row["part"]: row for row in audit.filters["smooth"]}


def test_a_filter_that_fires_exactly_on_a_part_has_an_ap_of_1(done):
    door = parts(done[1])["door"]
    assert (door["filter"], door["AP"], door["recall"]) == (0, 1.0, 1.0)
    assert (door["low"], door["high"]) == (1.0, 1.0)
    (stimuli,) = (row for row in done[1].table("layers", "smooth", "stimuli") if row["filter"] == 0)
    assert (stimuli["kind"], stimuli["part"]) == ("part", "door")


def test_two_filters_of_half_a_part_are_found_together(done):
    chimney = parts(done[1])["chimney"]
    assert chimney["AP"] < 0.7, "either filter has but half of them"
    found = [row for row in done[1].table("layers", "smooth", "sets") if row["part"] == "chimney"]
    (genetic,) = (row for row in found if row["search"] == "genetic")
    assert {1, 2} <= set(genetic["filters"])
    assert genetic["AP"] > 0.9


def test_the_filter_that_the_class_depends_on_is_the_only_discriminative_one(done):
    (house,) = decided_classes(done[1])
    assert (house.index, house.given) == (0, True)
    assert [row["filter"] for row in house.discriminative] == [0]
    assert house.share == pytest.approx(1)
    assert (house.on_parts, house.finding) == (1, 1)


def test_the_part_that_the_class_depends_on_costs_most(done):
    rows = blanked_parts(done[1])
    assert rows[0]["part"] == "door"
    assert rows[0]["low"] > 0
    others = [row["own"] for row in rows[1:] if row["own"] is not None]
    assert len(others) >= 4
    assert max(others) < 0.1 * rows[0]["own"], "blanks elsewhere may lie on the door"


def test_nulls_stay_at_chance(done):
    found = done[1]
    door = parts(found)["door"]
    assert door["chance"] < 0.1
    assert door["q"] <= 0.2
    assert difference(found.filters["smooth"], found.untrained["smooth"]).value > 0


def test_what_the_network_does_not_know_is_not_found(done):
    window = parts(done[1])["window"]
    assert window["AP"] < 0.8
    known = parts(done[1])
    assert known["door"]["AP"] == max(row["AP"] or 0 for row in known.values())


def test_a_part_that_never_occurs_is_named_and_breaks_nothing(done):
    run, found, pictures = done
    assert parts(found)["shutter"]["AP"] is None
    text = write_audit(run, pictures, "partonomy audit").read_text()
    assert "Too few to say anything of: house shutter" in text
    assert re.search(r"\bnan\b", re.sub('data:[^"]*', "", text)) is None


def test_what_goes_with_emergence_has_an_interval(done):
    found = relations(done[1], blanked_parts(done[1]))
    for each in (found.size, found.number, found.decisive):
        assert -1 <= each.low <= each.value <= each.high <= 1


def test_sets_are_summed_up(done):
    rows = done[1].table("layers", "smooth", "sets")
    found = {each.search: each for each in sets_of_filters(rows)}
    assert set(found) == {"greedy", "genetic", "linear"}
    expected = [row["AP"] for row in rows if row["search"] == "genetic"]
    assert found["genetic"].mean == pytest.approx(sum(expected) / len(expected))
    assert 1 <= found["genetic"].filters <= FILTERS


def test_a_network_with_a_single_class(tmp_path):
    run, pictures = audit(
        tmp_path, Dyes(1), 16, concepts=0, untrained=False, deciding=DecidingSettings(objects=6)
    )
    found = read_audit(run.folder)
    (house,) = decided_classes(found)
    assert (house.index, house.given, house.probability) == (0, False, None)
    assert [row["filter"] for row in house.discriminative] == [0]
    assert blanked_parts(found)[0]["part"] == "door"
    assert "Filters that decide" in write_audit(run, pictures, "partonomy audit").read_text()
    assert pq.read_table(run.layer("smooth") / "parts.parquet").num_rows == 8
