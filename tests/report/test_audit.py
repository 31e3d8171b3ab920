"""The page of an audit in a real browser: numbers that are the tables', pictures, no requests."""

import json
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest

import partonomy as pt
from networks import small_network
from pages import overflowing
from partonomy.backbones import list_layers
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.deciding import DecidingSettings
from partonomy.emergence.judgements import Judgement
from partonomy.emergence.running import AuditData, RunSettings, matching, run_audit
from partonomy.emergence.search import GeneticSettings
from partonomy.emergence.verdicts import JudgedLayer
from partonomy.features.objects import AnnotatedPicture, rendered_pictures
from partonomy.report.audit import write_audit
from scoring_networks import Plain, made

SETTINGS = AuditSettings(
    genetic=GeneticSettings(population=10, generations=3), fewest=8, shuffles=9, resamples=20
)


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    load = partial(pt.load_backbone, small_network(), device="cpu", precision="float32")
    worlds = (PartWorld(14, ("car",), 64, split=each) for each in ("training", "test"))
    training, test = map(rendered_pictures, worlds)
    data = AuditData(training, test, {"dataset": "<partworld>"})
    layers = matching(list_layers(small_network()), ["3", "5"])
    folder = tmp_path_factory.mktemp("audit")
    return run_audit(load, layers, data, RunSettings(SETTINGS, size=64), folder), training


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_shows_in_a_browser(look, audited, width):
    run, pictures = audited
    path = write_audit(run, pictures, "partonomy audit <here>")
    page, told, asked = look(path, width)
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    parts = pq.read_table(run.layer("5") / "parts.parquet").to_pylist()
    known = [row for row in parts if row["AP"] is not None]
    assert page.locator(".heat tr").count() == len(known) + 1
    assert page.locator(".part").count() == len(known)
    cells = page.locator(".heat td:last-child").all_inner_texts()
    assert sorted(cells) == sorted(f"{100 * row['AP']:.0f}" for row in known)
    images = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(known) < len(images) <= 10 * len(known)
    assert all(images)
    assert "<here>" in page.locator("pre").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overflowing(page) == []


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    worlds = (PartWorld(14, ("car",), 64, split=each) for each in ("training", "test"))
    training, test = map(rendered_pictures, worlds)
    load = partial(pt.load_backbone, made(Plain), device="cpu", precision="float32")
    layers = matching(list_layers(made(Plain)), ["second"])
    settings = RunSettings(SETTINGS, DecidingSettings(objects=5), concepts=6, size=64)
    folder = tmp_path_factory.mktemp("decided")
    run = run_audit(load, layers, AuditData(training, test, {}), settings, folder)
    return run, training


@pytest.mark.parametrize("width", [1440, 390])
def test_what_decides_a_class_is_shown_with_what_it_fires_on(look, decided, width):
    run, pictures = decided
    page, told, _ = look(write_audit(run, pictures, "partonomy audit"), width)
    assert told == []
    assert "likeliest for its objects" in page.locator(".warnings").inner_text()
    drops = pq.read_table(run.layer("second", "ablation") / "drops.parquet").to_pylist()
    missed = sorted((row for row in drops if row["discriminative"]), key=lambda row: -row["drop"])
    text = page.locator("#filters").inner_text()
    assert f"of {len(missed)} (" in text
    assert all(f"filter {row['filter']}: the score falls by" in text for row in missed)
    blanked = pq.read_table(run.folder / "blanking/drops.parquet").to_pylist()
    assert page.locator("#blanked tr").count() == len(blanked) + 1
    beside = page.locator("#fires tr.beside").count()
    assert beside == 2, "concepts and the untrained network"
    assert page.locator("#layers .all td").first.inner_text() == str(
        page.locator(".heat tr").count() - 1
    )
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overflowing(page) == []


def test_classes_that_the_network_does_not_tell_apart_are_named(tmp_path, decided):
    run, pictures = decided
    shutil.copytree(run.folder, tmp_path / "run")
    facts = json.loads((tmp_path / "run/audit.json").read_text())
    facts["outputs"]["fish"] = facts["outputs"]["car"]
    (tmp_path / "run/audit.json").write_text(json.dumps(facts))
    text = write_audit(replace(run, folder=tmp_path / "run"), pictures, "audit").read_text()
    index = facts["outputs"]["car"]["index"]
    assert f"Output {index} is taken for car, fish: the network does not tell" in text


def test_pictures_that_are_gone_leave_their_stimuli_out(audited):
    run, _ = audited
    text = write_audit(run, [], "partonomy audit").read_text()
    assert "data:image/jpeg" not in text
    assert "Best filters" in text


def test_stimuli_are_outlined_where_they_are(audited):
    from partonomy.images import Pixels
    from partonomy.report.figures import boxed

    rgb = np.full((60, 80, 3), 90, np.uint8)
    patch = boxed(Pixels(rgb, (60, 80)), (30.0, 20.0, 50.0, 40.0), 64)
    assert patch.shape == (64, 64, 3)
    white = np.argwhere((patch == 255).all(axis=-1))
    low, high = white.min(axis=0), white.max(axis=0)
    # the box is 20 of the 32 pixels that are shown
    assert low == pytest.approx([12, 12], abs=2)
    assert high == pytest.approx([51, 51], abs=2)
    assert (patch[28:36, 28:36] == 90).all()


def test_a_picture_is_asked_for_by_name(audited):
    run, pictures = audited
    other = [AnnotatedPicture(f"other/{each.name}", each.load) for each in pictures]
    assert "data:image/jpeg" not in write_audit(run, other, "").read_text()


@pytest.mark.parametrize("width", [1440, 390])
def test_what_people_say_stands_beside_the_rule(look, audited, width):
    part, nothing = Judgement(kind="part", part="<wheel>"), Judgement(kind="nothing")
    said = {"car/1": part, "car/2": None}
    kinds = {"car/1": Judgement(kind="part"), "car/2": nothing}
    rule = {"car/1": nothing, "car/2": nothing}
    judged = JudgedLayer("5", "0", 9, ["<Anna>", "Ben"], said, kinds, rule, 0.25, float("nan"))
    run, pictures = audited
    path = write_audit(run, pictures, "partonomy audit", [judged])
    page, told, _ = look(path, width)
    rows = [each.inner_text().split("\t") for each in page.locator("#judged tr").all()]
    assert rows[1:3] == [
        ["5", "people", "50", "0", "0", "0", "0", "50", "0"],
        ["5", "the rule", "0", "0", "0", "0", "0", "100", "0"],
    ]
    assert rows[4] == ["5", "<Anna>, Ben", "2 of 9", "0.25", "\u2013", "0 of 1", "1 of 2"]
    assert page.locator("nav a[href='#judged']").count() == 1
    assert (told, overflowing(page)) == ([], [])
    assert "Judged by people" not in write_audit(run, pictures, "").read_text()
