"""Judges of an audit's studies merged, beside the automatic rule; files that fit none named."""

import json
import math

import pytest

from partonomy.emergence.study import draw_study, save_study, study_folder
from partonomy.emergence.verdicts import judged_layers, write_judgements
from partonomy.errors import PartonomyError
from studies import audited, stimuli_row

NOTHING = {"kind": "nothing"}


def part(name):
    return {"kind": "part", "part": name}


@pytest.fixture
def asked(tmp_path):
    """Two layers with four filters; the rule says wheel, wheel, several parts, nothing."""
    kinds = (("part", "wheel"), ("part", "wheel"), ("several parts", None), ("nothing", None))
    rows = [
        stimuli_row("fish", index, kind=kind, part=name) for index, (kind, name) in enumerate(kinds)
    ]
    run = audited(tmp_path / "run", ("3", "5"), rows)
    for layer in run.layers:
        study_folder(run, layer).mkdir(parents=True)
        save_study(study_folder(run, layer), draw_study(run, layer, 9, 0))
    return run


@pytest.fixture
def answer(asked, tmp_path):
    def write(file, judge, *said, layer="5", **others):
        answers = {f"fish/{index}": each for index, each in enumerate(said) if each}
        study = draw_study(asked, layer, 9, 0).digest
        path = tmp_path / file
        path.write_text(json.dumps({"study": study, "judge": judge, "answers": answers, **others}))
        return path

    return write


def test_judges_are_merged_and_set_beside_the_rule(asked, answer):
    files = [
        answer("a.json", "Anna", part("wheel"), part("wheel"), NOTHING, NOTHING),
        answer("b.json", "Ben", part(" Wheel "), part("hub  cap"), NOTHING),
        answer("c.json", "Cleo", part("WHEEL"), part("spoke"), {"kind": "background"}),
    ]
    (judged,) = judged_layers(asked, files)
    assert (judged.layer, judged.judges, judged.asked) == ("5", ["Anna", "Ben", "Cleo"], 4)
    said = {name: each and str(each) for name, each in judged.verdicts.items()}
    # three name three parts of fish/1; that it is a part they agree on
    assert said == {
        "fish/0": "part: wheel", "fish/1": None, "fish/2": "nothing", "fish/3": "nothing"
    }  # fmt: skip
    assert judged.people_shares["part"] == judged.people_shares["nothing"] == 0.5
    assert judged.automatic_shares["part"] == 0.5
    assert judged.automatic_shares["several parts"] == 0.25
    assert judged.alike == (3, 2)
    assert judged.kinds_alike == (4, 3)
    assert judged.alpha < judged.kind_alpha < 1


def test_the_rule_is_asked_about_what_people_judged_alone(asked, answer):
    (judged,) = judged_layers(asked, [answer("a.json", "Anna", None, None, NOTHING)])
    assert set(judged.automatic) == set(judged.verdicts) == {"fish/2"}
    assert judged.automatic_shares["several parts"] == 1
    assert math.isnan(judged.alpha)
    assert judged.alike == (1, 0)


def test_each_layer_has_its_own_judges(asked, answer):
    files = [
        answer("five.json", "Anna", NOTHING),
        answer("three.json", "Anna", part("fin"), layer="3"),
    ]
    three, five = judged_layers(asked, files)
    assert (three.layer, str(three.verdicts["fish/0"])) == ("3", "part: fin")
    assert (five.layer, str(five.verdicts["fish/0"])) == ("5", "nothing")


def test_everything_is_written_as_json(asked, answer, tmp_path):
    judged = judged_layers(asked, [answer("a.json", "Zoë", part("fin"), NOTHING)])
    write_judgements(tmp_path / "judgements.json", judged)
    (record,) = json.loads((tmp_path / "judgements.json").read_text())
    assert (record["layer"], record["judges"], record["alpha"]) == ("5", ["Zoë"], None)
    assert (record["pairs"], record["judged"]) == (4, 2)
    assert (record["decided"], record["as the automatic rule"]) == (2, 0)
    assert record["kinds as the automatic rule"] == 1
    assert record["verdicts"]["fish/0"] == {"people": part("fin"), "automatic": part("wheel")}
    with pytest.raises(PartonomyError, match="cannot be written"):
        write_judgements(tmp_path / "none/judgements.json", judged)


def test_files_that_fit_nothing_are_named(asked, answer):
    anna = answer("a.json", "Anna", NOTHING)
    with pytest.raises(PartonomyError, match=r"b\.json: of another study \(x\)"):
        judged_layers(asked, [anna, answer("b.json", "Ben", NOTHING, study="x")])
    with pytest.raises(PartonomyError, match=r"c\.json: ANNA judged this in .*a\.json too"):
        judged_layers(asked, [anna, answer("c.json", " ANNA ", NOTHING)])
    stray = answer("d.json", "Dan", answers={"fish/77": NOTHING})
    with pytest.raises(PartonomyError, match=r"d\.json: fish/77 is not in this study"):
        judged_layers(asked, [stray])


def test_a_run_without_a_study_says_how_to_have_one(tmp_path):
    with pytest.raises(PartonomyError, match="has no study of these layers; --study draws one"):
        judged_layers(audited(tmp_path), [])
