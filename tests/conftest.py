"""What tests share: where the real data is, and pictures that are made up."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# the same cases at each run, so that a change is judged by what it changes; `make explore` looks
# for new ones
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("PARTONOMY_EXAMPLES") or "repeatable")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures and weights; the test is skipped where there is none."""
    folder = Path(os.environ.get("PARTONOMY_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "images").is_dir():
        pytest.skip(f"no real pictures and weights at {folder} (PARTONOMY_DATA)")
    return folder.resolve()


@pytest.fixture(scope="module", autouse=True)
def own_threads() -> Iterator[None]:
    """Leave the number of threads as it was: sums on another number end in other bits."""
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def one_thread(own_threads: None) -> None:
    """One thread: several wait for each other longer than small operators take."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep features out of the user's cache folder."""
    monkeypatch.setenv("PARTONOMY_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def bundled_partworld(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """``bundled/partworld``: where the package lacks its weights, others stand in for them."""
    from safetensors.torch import save_file

    from partonomy.backbones import bundled, registry

    if bundled.bundled_weights("partworld").exists():
        yield
        return
    folder = tmp_path_factory.mktemp("bundled")
    state = registry.random_weights("bundled/partworld", seed=1).network.state_dict()
    save_file(state, folder / "partworld.safetensors")
    card = {
        "classes": list(bundled.partworld.CLASSES),
        "digest": "0" * 32,
        "trained_on": "nothing",
        "held_out": "PartWorld, split test",
        "accuracy": {str(level): {"all": 0.08} for level in range(4)},
    }
    (folder / "partworld.json").write_text(json.dumps(card))
    with pytest.MonkeyPatch.context() as patch:
        for module in (bundled, registry):
            patch.setattr(module, "bundled_weights", lambda name: folder / f"{name}.safetensors")
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; the test is skipped where there is none."""
    from benchmarks.report import chromium
    from playwright.sync_api import sync_playwright

    found = chromium()
    if found is None:
        pytest.skip("no chromium on the PATH, and none named by CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Opens a page; what went wrong in it is gathered in the lists that it gives back."""
    contexts = []

    def look(path: Path, width: int, scheme: str = "light") -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page, told, asked = context.new_page(), [], []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page, told, asked

    yield look
    for context in contexts:
        context.close()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of twelve small pictures: a bright disc and a dark square on noise."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(12):
        Image.fromarray(made_up_picture(index)).save(folder / f"{index:02d}.png")
    return folder


def made_up_picture(seed: int, height: int = 96, width: int = 128) -> np.ndarray:
    """(height, width, 3) uint8: a bright disc and a dark square somewhere on noise."""
    generator = np.random.default_rng(seed)
    picture = generator.normal(120, 20, (height, width, 3))
    row, column = generator.integers(24, height - 24), generator.integers(24, width // 2)
    rows, columns = np.mgrid[:height, :width]
    picture[(rows - row) ** 2 + (columns - column) ** 2 < 18**2] = (240, 220, 60)
    square = (abs(rows - row) < 14) & (abs(columns - column - width // 3) < 14)
    picture[square] = (30, 40, 160)
    return picture.clip(0, 255).astype(np.uint8)
