"""The report of a large collection: how large it is, and how soon a browser shows it."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks import data
from benchmarks.processes import discover_command, measure
from benchmarks.record import table

COPIES = 10
WIDTHS = (1440, 390)
REPETITIONS = 5
BAR_MEGABYTES, BAR_SECONDS = 15.0, 1.0


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: pictures before they are copied, to try the script out.

    Raises:
        SystemExit: there is no browser to open the report in.
    """
    executable = chromium()
    if executable is None:
        raise SystemExit("no chromium on the PATH, and none named by CHROMIUM: install one")
    paths = data.car_pictures(limit)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = data.copy_pictures(paths, folder / "pictures", COPIES)
        measure(discover_command(pictures, folder / "run", folder / "cache", ["--no-overlays"]))
        report = folder / "run" / "report.html"
        megabytes = report.stat().st_size / 1e6
        opened = _opened(report, executable)
    yield (
        f"The report of a run of 8 parts on {COPIES * len(paths)} pictures (the cars, {COPIES} "
        f"copies of each): {megabytes:.1f} MB (bar {BAR_MEGABYTES:g}: "
        f"{_held(megabytes <= BAR_MEGABYTES)}). Seconds until Chromium has loaded and laid out all "
        f"of it, medians of {REPETITIONS}; our bar for opening at once is {BAR_SECONDS:g} s."
    )
    yield table(
        ("window", "seconds", "held"),
        [(f"{w} px", f"{s:.2f}", _held(s <= BAR_SECONDS)) for w, s in opened.items()],
    )


def chromium() -> str | None:
    """The browser: what ``CHROMIUM`` names, else the first on the PATH; None if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def _opened(report: Path, executable: str) -> dict[int, float]:
    """Seconds for each width."""
    flags = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        seconds = {
            width: statistics.median(_seconds(browser, report, width) for _ in range(REPETITIONS))
            for width in WIDTHS
        }
        browser.close()
    return seconds


def _seconds(browser: Browser, report: Path, width: int) -> float:
    page = browser.new_page(viewport={"width": width, "height": 900}, offline=True)
    start = time.perf_counter()
    page.goto(report.as_uri(), wait_until="load")
    page.evaluate("document.documentElement.scrollHeight")  # asks for the layout of all of it
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def _held(yes: bool) -> str:
    return "yes" if yes else "**NO**"
