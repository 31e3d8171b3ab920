"""Published rows: of protocols and measures that exist, and compared only where that is fair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from painted import record, split_halves, thing
from partonomy.evaluation import Evaluation, all_protocols, protocol_of
from partonomy.evaluation.looking import Row
from partonomy.evaluation.published import CERTAINTY, objections, published_rows, rivals
from partonomy.images import Skipped

NOT_OURS = {"disparq/cub", "disparq/partimagenet"}
SIZE = (256, 256)


def evaluation(name: str, dataset: str, n_pictures: int, n_parts: int) -> Evaluation:
    protocol = protocol_of(name)
    bird = thing(SIZE, {"beak": (100.0, 100.0), "tail": (200.0, 150.0)}, box=(50, 50, 220, 200))
    kept = record(name, [bird], split_halves(SIZE), 2)
    rows = tuple(Row(f"{i}.jpg", "digest", ("bird",), kept) for i in range(n_pictures))
    return Evaluation(
        protocol, dataset, protocol.split, None, "auto", "model", n_parts, 0, rows, rows[:1], ()
    )


@pytest.fixture(scope="module")
def fair() -> Evaluation:
    return evaluation("choudhury2021/cub", "cub", 5794, 4)


def test_every_row_is_of_a_known_protocol_and_measure(fair: Evaluation) -> None:
    for row in published_rows():
        assert row.protocol in set(all_protocols()) | NOT_OURS
        assert row.sure in CERTAINTY
        assert row.labels in ("none", "masks", "classes")
        assert row.source
        assert row.numbers
    measures = fair.protocol.numbers([fair.rows[0].record] * 2, [fair.rows[0].record])
    known = {*measures, *(f"keypoint error {number:03}" for number in (1, 2, 3))}
    for row, _ in rivals(fair):
        assert set(row.numbers) <= known


def test_the_papers_row_is_there_as_printed(fair: Evaluation) -> None:
    (row,) = (each for each, _ in rivals(fair) if each.method == "Choudhury et al., in the text")
    assert row.numbers["FG-NMI"] == 49.1
    assert row.numbers["keypoint error"] == 9.2
    assert objections(row, fair) == []


def test_the_papers_guesses_without_parts_are_there_as_printed(fair: Evaluation) -> None:
    rows = {row.method: row for row, _ in rivals(fair)}
    printed = {
        "image midpoint": (27.3, 26.7, 27.2, 23.5),
        "mean of true keypoints": (20.9, 22.4, 19.9, 17.9),
        "true throat alone": (16.4, 14.9, 15.2, 12.1),
    }
    for method, errors in printed.items():
        columns = ("keypoint error 001", "keypoint error 002", "keypoint error 003")
        assert tuple(rows[method].numbers[name] for name in columns) == errors[:3]
        assert rows[method].numbers["keypoint error"] == errors[3]
        assert (rows[method].sure, rows[method].parts) == ("paper", None)


def test_what_speaks_against_comparing_is_said(fair: Evaluation) -> None:
    (row,) = (each for each, _ in rivals(fair) if each.method == "DFF")
    cases = {
        "of cub, not birds": {"dataset": "birds"},
        "of split test, not training": {"split": "training"},
        "of split test, not all": {"split": None},
        "of 5,794 pictures, not 100": {"rows": fair.rows[:100]},
        "4 parts, not 8": {"n_parts": 8},
        "true masks given here": {"foreground": "truth"},
        "1 pictures left out here": {"skipped": (Skipped("a", "b"),)},
    }
    for reason, change in cases.items():
        assert objections(row, replace(fair, **change)) == [reason]


def test_rows_of_another_class_or_data_set_are_left_out() -> None:
    mask = np.ones(SIZE, np.uint8)
    sheep = thing(SIZE, {}, box=(0, 0, 256, 256), class_name="sheep", masks=(("head", mask),))
    name = "choudhury2021/pascal-part"
    kept = Row("a", "digest", ("sheep",), record(name, [sheep], mask, 1))
    of = Evaluation(
        protocol_of(name), "pascal-part-raw", "validation", "sheep", "auto", "m", 4, 0, (kept,),
        (), (),
    )  # fmt: skip
    found = rivals(of)
    assert {row.method for row, _ in found} == {"DFF", "SCOPS", "Choudhury et al."}
    assert all(row.class_name == "sheep" for row, _ in found)
    assert all("never released" in against[0] for _, against in found)
    other = replace(of, protocol=protocol_of("mpae/partimagenet"), dataset="partimagenet")
    assert [row.numbers["NMI"] for row, _ in rivals(other)] == [55.10]
