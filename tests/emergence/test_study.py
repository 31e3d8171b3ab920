"""What people are asked to judge: drawn by a seed, known again by its digest."""

import json

import numpy as np
import pytest

from partonomy.emergence.study import current_study, draw_study, read_study, save_study
from partonomy.emergence.study import study_folder as folder_of
from partonomy.emergence.tables import write_tables
from partonomy.errors import PartonomyError
from studies import CLASS, PARTS, audited, stimuli_row


def test_filters_are_drawn_by_a_seed_among_those_that_fire(tmp_path):
    run = audited(tmp_path)
    firing = {f"{name}/{index}" for name in (CLASS, "fish") for index in range(6)}
    draws = [draw_study(run, "5", 4, seed) for seed in range(40)]
    assert all(len(each.pairs) == 4 for each in draws)
    counts = np.array([sum(p.name == name for d in draws for p in d.pairs) for name in firing])
    assert counts.sum() == 160
    assert counts.min() > 3  # of 13 that each is drawn in on average
    assert len({each.digest for each in draws}) > 30
    assert draw_study(run, "5", 4, 7) == draws[7]
    assert {pair.name for pair in draw_study(run, "5", 99, 0).pairs} == firing


def test_a_study_says_what_is_judged(tmp_path):
    study = draw_study(audited(tmp_path), "5", 99, 0)
    assert (study.network, study.weights, study.layer) == ("<net>", "0" * 32, "5")
    assert study.parts == {CLASS: sorted(PARTS), "fish": sorted(PARTS)}
    pair = study.pairs[-1]
    assert (pair.name, pair.class_name, pair.filter) == ("fish/5", "fish", 5)
    assert pair.pictures == [f"{index:02d}" for index in range(10)]
    assert pair.boxes[3] == (15, 8, 35, 31)
    assert str(pair.automatic) == "part: wheel"


def test_the_digest_is_of_what_is_seen(tmp_path):
    """The verdict is not seen, nor what no pixel shows; a box elsewhere is."""

    def digest(name, **others):
        rows = [stimuli_row("fish", 0, **others)]
        return draw_study(audited(tmp_path / name, rows=rows), "5", 9, 0).digest

    boxes = np.array(stimuli_row("fish", 0)["boxes"])
    first = digest("first")
    assert digest("verdict", kind="nothing", part=None) == first
    assert digest("same", boxes=(boxes + 1e-4).tolist()) == first
    assert digest("moved", boxes=(boxes + 1).tolist()) != first
    assert digest("others", pictures=["x"] * 10) != first
    run = audited(tmp_path / "layers", ("3", "5"), [stimuli_row("fish", 0)])
    assert draw_study(run, "5", 9, 0).digest == first
    assert draw_study(run, "3", 9, 0).digest != first


def test_a_study_is_read_as_it_was_saved(tmp_path):
    run = audited(tmp_path)
    folder = folder_of(run, "5")
    folder.mkdir(parents=True)
    study = draw_study(run, "5", 5, 1)
    assert current_study(run, "5") is None
    save_study(folder, study)
    assert read_study(folder / "study.json") == study
    assert current_study(run, "5") == study


def test_a_study_of_what_the_layer_was_before_is_none(tmp_path):
    run = audited(tmp_path)
    folder_of(run, "5").mkdir(parents=True)
    study = draw_study(run, "5", 99, 0)
    save_study(folder_of(run, "5"), study)
    rows = [
        stimuli_row(pair.class_name, pair.filter, kind="nothing", part=None) for pair in study.pairs
    ]
    parts = [{"class": "fish", "part": "fin"}]
    write_tables(run.layer("5"), {"stimuli": rows, "parts": parts})
    now = current_study(run, "5")
    assert now.digest == study.digest
    assert {str(pair.automatic) for pair in now.pairs} == {"nothing"}  # as it is now
    rows[0]["boxes"][0][0] += 5
    write_tables(run.layer("5"), {"stimuli": rows, "parts": parts})
    assert current_study(run, "5") is None


@pytest.mark.parametrize("text", ["no", json.dumps({"format": 2}), "{}"])
def test_what_is_no_study_is_named(tmp_path, text):
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(PartonomyError, match=r"study\.json: no study can be read"):
        read_study(tmp_path / "study.json")


def test_layers_names_lead_nowhere_else(tmp_path):
    run = audited(tmp_path, ("a/../../b",))
    assert folder_of(run, "a/../../b").parent == tmp_path / "study"
