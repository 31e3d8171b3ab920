"""Judges merged: majorities, shares by kind, Krippendorff's alpha against published values."""

import json

import numpy as np
import pytest

from partonomy.emergence.judgements import (
    Judgement,
    answer_files,
    krippendorff_alpha,
    merged,
    read_answers,
    shares,
)
from partonomy.errors import PartonomyError

WHEEL, DOOR = (Judgement(kind="part", part=each) for each in ("wheel", "door"))
NOTHING = Judgement(kind="nothing")


def test_the_majority_decides_and_a_tie_does_not():
    judges = [
        {"f1": WHEEL, "f2": WHEEL, "f3": DOOR},
        {"f1": WHEEL, "f2": DOOR, "f3": DOOR},
        {"f1": NOTHING, "f4": NOTHING},
    ]
    found = merged(judges)
    assert found == {"f1": WHEEL, "f2": None, "f3": DOOR, "f4": NOTHING}
    parts = shares(found)
    assert (parts["part"], parts["nothing"], parts["undecided"]) == (0.5, 0.25, 0.25)
    assert sum(parts.values()) == pytest.approx(1)


def test_alpha_of_the_textbooks_example():
    """Four observers, twelve units, nominal data: 0.743 (Krippendorff, 2011, section C)."""
    rows = (
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    )
    judges = [
        {str(unit): value for unit, value in enumerate(row.split()) if value != "."} for row in rows
    ]
    assert krippendorff_alpha(judges) == pytest.approx(0.743, abs=5e-4)


def test_alpha_is_one_of_perfect_and_about_nothing_of_random_judges():
    generator = np.random.default_rng(0)
    truth = {str(unit): int(generator.integers(3)) for unit in range(3000)}
    assert krippendorff_alpha([truth, truth]) == 1
    other = {unit: int(generator.integers(3)) for unit in truth}
    assert abs(krippendorff_alpha([truth, other])) < 0.05


@pytest.mark.parametrize("judges", [[], [{"a": 1}], [{"a": 1}, {"b": 2}], [{"a": 1}, {"a": 1}]])
def test_alpha_of_what_cannot_differ_is_no_number(judges):
    assert np.isnan(krippendorff_alpha(judges))


def test_a_file_is_read_and_others_are_named(tmp_path):
    path = tmp_path / "anna.json"
    content = {
        "study": "abc",
        "judge": "Anna",
        "answers": {"layer/car/7": {"kind": "part", "part": "wheel"}},
    }
    path.write_text(json.dumps(content))
    assert read_answers(path, "abc").answers == {"layer/car/7": WHEEL}
    assert read_answers(path, "xyz", "abc").judge == "Anna"
    with pytest.raises(PartonomyError, match=r"anna\.json: of another study \(abc"):
        read_answers(path, "xyz")
    content["answers"]["layer/car/7"] = {"kind": "wheel"}
    path.write_text(json.dumps(content))
    with pytest.raises(PartonomyError, match=r"anna\.json: answers\.layer/car/7\.kind"):
        read_answers(path, "abc")
    path.write_text(json.dumps({"study": "abc", "judge": "  ", "answers": {}}))
    with pytest.raises(PartonomyError, match=r"anna\.json: judge: .* at least 1 character"):
        read_answers(path, "abc")
    path.write_text("no")
    with pytest.raises(PartonomyError, match=r"anna\.json: file"):
        read_answers(path, "abc")
    with pytest.raises(PartonomyError, match=r"none\.json: No such file"):
        read_answers(tmp_path / "none.json", "abc")


def test_answers_are_found_in_files_folders_and_patterns(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("a.json", "b.json", "study.json", "c.txt", "deep/d.json"):
        (tmp_path / name).write_text("")
    a, b, c, d = (tmp_path / name for name in ("a.json", "b.json", "c.txt", "deep/d.json"))
    assert answer_files([str(tmp_path)]) == [a, b]
    assert answer_files([str(c), str(tmp_path / "*.json"), str(a)]) == [c, a, b]
    assert answer_files([str(tmp_path / "**/*.json")]) == [a, b, d]
    assert answer_files([]) == []
    (tmp_path / "empty").mkdir()
    for nothing in ("none.json", "x*.json", "empty"):
        with pytest.raises(PartonomyError, match=f"{nothing.replace('*', '.')}: no such file"):
            answer_files([str(tmp_path / nothing)])
