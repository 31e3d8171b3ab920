"""Run folders: started, gone on with, cleared, finished, read back."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from partonomy.errors import PartonomyError
from partonomy.images import Skipped
from partonomy.parts import Run

CONFIG: dict[str, Any] = {"root": "photos", "sizes": (3, 4), "foreground": None}


def start(folder: Path, config: dict[str, Any] = CONFIG, n_pictures: int = 5) -> Run:
    return Run.start(folder, "segment", "partonomy segment ...", config, n_pictures)


def leave_traces(run: Run) -> list[Path]:
    """What a run leaves behind on its way."""
    traces = [
        folder / "trace"
        for folder in (run.masks, run.model, run.overlays, run.folder / ".progress")
    ]
    traces += [run.folder / "pictures.parquet", run.report]
    for trace in traces:
        trace.parent.mkdir(parents=True, exist_ok=True)
        trace.touch()
    return traces


def test_a_run_is_written_when_it_starts_and_when_it_ends(tmp_path: Path) -> None:
    run = start(tmp_path / "a" / "run")
    before = Run(run.folder).file
    assert (before.status, before.kind, before.n_pictures) == ("running", "segment", 5)
    assert before.versions.keys() >= {"partonomy", "torch", "timm", "numpy", "python", "machine"}
    with run.phase("segment"):
        pass
    run.record(["d1", "d2"], [Skipped("bad.jpg", "it is empty")])
    run.finish(n_parts=3)
    after = Run(run.folder).file
    assert after.model_dump(mode="json") == run.file.model_dump(mode="json")
    assert (after.status, after.n_read, after.results) == ("finished", 2, {"n_parts": 3})
    assert [(entry.picture, entry.reason) for entry in after.skipped] == [
        ("bad.jpg", "it is empty")
    ]
    assert after.timings["segment"] >= 0


def test_the_input_digest_tells_other_pictures(tmp_path: Path) -> None:
    run, digests = start(tmp_path / "run"), set()
    for read in (["d1", "d2"], ["d2", "d1"], ["d1"]):
        run.record(read, [])
        digests.add(run.file.input_digest)
    assert len(digests) == 3


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(PartonomyError, match=f"^-o {tmp_path}: .* not empty and holds no run"):
        start(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(PartonomyError, match=r"^-o .*run: there is a file of that name"):
        start(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PartonomyError, match=r"file.run: Not a directory"):
        start(tmp_path / "file" / "run")


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert start(tmp_path).file.status == "running"


def test_the_same_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    traces = leave_traces(start(tmp_path))
    start(tmp_path)
    assert all(trace.exists() for trace in traces)


def test_files_that_a_kill_left_half_written_go(tmp_path: Path) -> None:
    within = tmp_path / "masks" / "folder"
    within.mkdir(parents=True)
    traces = [folder / ".part-x.png" for folder in (tmp_path, within)]
    for trace in traces:
        trace.touch()
    (tmp_path / "run.json").touch()
    start(tmp_path)
    assert not any(trace.exists() for trace in traces)


def test_killed_before_its_first_file_was_whole_a_run_starts_anew(tmp_path: Path) -> None:
    (tmp_path / ".part-x.json").touch()
    start(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("other", ["config", "pictures", "finished", "damaged"])
def test_what_another_run_left_goes(tmp_path: Path, other: str) -> None:
    run = start(tmp_path)
    if other == "finished":
        run.finish()
    traces = leave_traces(run)
    if other == "damaged":
        (tmp_path / "run.json").write_text("{")
    (tmp_path / "notes.txt").touch()
    again = start(
        tmp_path,
        CONFIG | {"root": "others"} if other == "config" else CONFIG,
        6 if other == "pictures" else 5,
    )
    assert not any(trace.exists() for trace in traces)
    assert (tmp_path / "notes.txt").exists()
    assert Run(tmp_path).file.config == json.loads(json.dumps(again.file.config))


def test_progress_goes_when_the_run_is_finished(tmp_path: Path) -> None:
    run = start(tmp_path)
    leave_traces(run)
    run.finish()
    assert not (tmp_path / ".progress").exists()
    assert run.masks.exists()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(PartonomyError, match=rf"^{folder} is no run: it has no run\.json"):
            Run(folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "JSON"), ("{", "JSON"), ("[]", "object"), ('{"kind": "segment"}', "command")],
)
def test_a_damaged_run_file_is_named_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(PartonomyError, match=rf"run\.json is damaged: .*{reason}") as caught:
        Run(tmp_path)
    assert "\n" not in str(caught.value)


def test_tables_read_back_as_they_were(tmp_path: Path) -> None:
    run = start(tmp_path)
    rows = [
        {"picture": "ä.jpg", "shares": [0.5, 0.25], "confidence": 0.75, "reason": None},
        {"picture": "b.jpg", "shares": [], "confidence": 0.5, "reason": "empty"},
    ]
    run.write_table("pictures", rows)
    assert run.read_table("pictures") == rows
    run.write_table("pictures", [{"confidence": math.nan}])
    assert math.isnan(run.read_table("pictures")[0]["confidence"])
    run.write_table("pictures", [])
    assert run.read_table("pictures") == []


def test_a_missing_or_damaged_table_is_named(tmp_path: Path) -> None:
    run = start(tmp_path)
    with pytest.raises(PartonomyError, match=r"has no parts\.parquet: the run did not finish"):
        run.read_table("parts")
    (tmp_path / "parts.parquet").write_bytes(b"no table")
    with pytest.raises(PartonomyError, match=r"parts\.parquet is damaged"):
        run.read_table("parts")


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("partonomy.parts.run.write_atomically", full)
    with pytest.raises(PartonomyError, match=r"parts\.parquet cannot be written: No space left"):
        run.write_table("parts", [{"part": 1}])
    with pytest.raises(PartonomyError, match=r"run\.json cannot be written: No space left"):
        run.finish()
