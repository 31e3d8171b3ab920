"""A finished demo, small and quick."""

from __future__ import annotations

import pytest

from partonomy.demo import Demo, DemoSettings, Summary, run_demo, summarise

SMALL = DemoSettings(("car", "face"), n_pictures=4, seed=3, side=64, size=64)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, bundled_partworld: None) -> Demo:
    """Cars and faces, which differ in their number of parts."""
    return run_demo(tmp_path_factory.mktemp("demo"), SMALL, command="partonomy demo <script>")


@pytest.fixture(scope="session")
def summary(demo: Demo) -> Summary:
    """What it scores."""
    return summarise(demo)
