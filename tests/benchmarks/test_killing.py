"""The killing benchmark: only what was killed counts as killed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from benchmarks.killing import killed


class Moments:
    """Draws, one after another, what it was given."""

    def __init__(self, *shares: float) -> None:
        self.shares = iter(shares)

    def uniform(self, low: float, high: float) -> float:
        """The next share."""
        share = next(self.shares)
        assert low <= share <= high
        return share


def writing(folder: Path, seconds: float) -> list[str]:
    """A command that makes a folder, which must not be there, and takes some time."""
    code = f"import pathlib, time; pathlib.Path({str(folder)!r}).mkdir(); time.sleep({seconds})"
    return [sys.executable, "-c", code]


def test_a_run_that_had_finished_begins_anew_until_one_is_killed(tmp_path: Path) -> None:
    """Of two that take 1.2 s and more, one is given 2.7 s, and the last 0.6 s."""
    moments = Moments(0.9, 0.2)
    folder = tmp_path / "run"
    found = killed(writing(folder, 1.2), 3, moments, [folder])  # type: ignore[arg-type]
    assert found == pytest.approx(0.6)
    assert next(moments.shares, None) is None


def test_a_run_that_fails_by_itself_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    moments = Moments(0.5)
    with pytest.raises(SystemExit, match=r"mkdir.* failed \(1\)"):
        killed(writing(folder, 60), 2, moments, [])  # type: ignore[arg-type]
