"""Finished audits: read, and refused where they are not of the same objects; one-line errors."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from finished_audits import OBJECTS, SETTINGS, responses, row, write_audit
from partonomy.emergence.finished import (
    check_comparable,
    differing_settings,
    first_difference,
    read_audit,
)
from partonomy.errors import PartonomyError

LAYERS = {"a": [row("wheel", 0.5)], "b": [row("wheel", 0.4)]}


def test_an_audit_is_read(tmp_path):
    audit = read_audit(write_audit(tmp_path / "run", LAYERS, kinds=["layers", "random"]))
    assert list(audit.filters) == ["a", "b"]
    assert audit.filters["a"][0]["AP"] == 0.5
    assert (list(audit.concepts), list(audit.untrained)) == ([], ["a", "b"])
    assert audit.objects[:2] == [("0.jpg", "car"), ("1.jpg", "car")]
    np.testing.assert_array_equal(audit.responses("layers", "b"), responses(1))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"data": {"dataset": "cub"}}, "data, dataset: coco and cub"),
        ({"settings": {**SETTINGS, "seed": 1}}, "settings, seed: 0 and 1"),
        ({"settings": {**SETTINGS, "resamples": 9}}, "settings, resamples: 200 and 9"),
        (
            {"settings": {**SETTINGS, "criterion": {"kind": "iou", "threshold": 0.5}}},
            "settings, criterion, threshold: 0.4 and 0.5",
        ),
    ],
)
def test_audits_of_something_else_are_refused(tmp_path, facts, message):
    one = read_audit(write_audit(tmp_path / "one", LAYERS))
    other = read_audit(write_audit(tmp_path / "other", LAYERS, **facts))
    with pytest.raises(PartonomyError, match=f"other cannot be compared with .*one: {message}$"):
        check_comparable([one, one, other])


def test_other_test_objects_are_refused(tmp_path):
    one = read_audit(write_audit(tmp_path / "one", LAYERS))
    few = {name: responses(0)[:9] for name in LAYERS}
    other = read_audit(write_audit(tmp_path / "other", LAYERS, few))
    with pytest.raises(PartonomyError, match=f"test object: {OBJECTS} and 9$"):
        check_comparable([one, other])
    changed = {"a": [{**LAYERS["a"][0], "n_test": 19}], "b": LAYERS["b"]}
    other = read_audit(write_audit(tmp_path / "changed", changed))
    with pytest.raises(PartonomyError, match=r"true boxes, car wheel: 20 and 19$"):
        check_comparable([one, other])


def test_where_the_data_lies_and_parts_of_one_audit_alone_do_not_matter(tmp_path):
    one = read_audit(write_audit(tmp_path / "one", LAYERS))
    more = {"a": [*LAYERS["a"], row("wing", 0.5)]}
    other = read_audit(write_audit(tmp_path / "other", more))
    assert one.facts["data"]["root"] != other.facts["data"]["root"]
    check_comparable([one, other])


def test_what_else_differs_is_told(tmp_path):
    one = read_audit(write_audit(tmp_path / "one", LAYERS))
    settings = {**SETTINGS, "ridge": 10.0}
    other = read_audit(write_audit(tmp_path / "other", LAYERS, settings=settings, size=448))
    assert differing_settings(one, other) == ["size: 224 and 448", "ridge: 1000.0 and 10.0"]
    assert differing_settings(one, one) == []


def test_the_first_difference_of_nested_values():
    one = {"worlds": [{"seed": 0}, {"seed": 1, "classes": ["car"]}]}
    assert first_difference(one, one, "data") is None
    other = {"worlds": [{"seed": 0}, {"seed": 1, "classes": ["bus"]}]}
    assert first_difference(one, other, "data") == "data, worlds 2, classes 1: car and bus"
    assert first_difference({"a": 1}, {}, "data") == "data, a: 1 and None"


def test_no_audit_and_older_ones_are_one_line_errors(tmp_path):
    with pytest.raises(PartonomyError, match=r"no finished audit: there is no audit\.json"):
        read_audit(tmp_path)
    folder = write_audit(tmp_path / "run", LAYERS)
    facts = json.loads((folder / "audit.json").read_text())
    for text in ("torn", "[]", json.dumps({**facts, "layers": []})):
        (folder / "audit.json").write_text(text)
        with pytest.raises(PartonomyError, match="audit again with this version"):
            read_audit(folder)
    del facts["weights_from"]
    (folder / "audit.json").write_text(json.dumps(facts))
    with pytest.raises(PartonomyError, match=r"audit\.json is of an older version: audit again"):
        read_audit(folder)


def test_older_tables_are_one_line_errors(tmp_path):
    old = {"a": [{key: row_[key] for key in row_ if key != "AP training"} for row_ in LAYERS["a"]]}
    with pytest.raises(PartonomyError, match="lacks the column `AP training`: audit again"):
        read_audit(write_audit(tmp_path / "old", old))
    folder = write_audit(tmp_path / "run", LAYERS)
    table = pq.read_table(folder / "layers/b/responses.parquet")
    pq.write_table(table[:5], folder / "layers/b/responses.parquet")
    with pytest.raises(PartonomyError, match="layers/b has 5 test objects, others have 30"):
        read_audit(folder).responses("layers", "b")
    (folder / "layers/a/responses.parquet").write_bytes(b"torn")
    with pytest.raises(PartonomyError, match=r"responses\.parquet cannot be read: audit again"):
        read_audit(folder)
    (folder / "layers/a/responses.parquet").unlink()
    with pytest.raises(PartonomyError, match=r"responses\.parquet is missing: audit again"):
        read_audit(folder)
