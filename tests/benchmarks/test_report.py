"""The report benchmark: what it lacks is said before it has worked for an hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import report


@pytest.fixture
def no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is on the PATH, which is the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def test_without_a_browser_nothing_is_begun(
    no_browser: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(*_arguments: object) -> None:
        raise AssertionError("the pictures were looked for first")

    monkeypatch.setattr(report.data, "car_pictures", begun)
    with pytest.raises(SystemExit, match="no chromium on the PATH, and none named by CHROMIUM"):
        next(report.run(1))


def test_the_browser_that_chromium_names_comes_before_those_on_the_path(
    no_browser: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report.chromium() is None
    own = no_browser / "chromium-browser"
    own.touch(mode=0o755)
    assert report.chromium() == str(own)
    monkeypatch.setenv("CHROMIUM", "/elsewhere/chrome")
    assert report.chromium() == "/elsewhere/chrome"
