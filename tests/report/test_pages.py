"""Pages from templates: whole or not at all, with nothing left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from partonomy.errors import PartonomyError
from partonomy.report import write_page


def test_what_a_template_asks_for_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        write_page(tmp_path / "page.html", "partonomy.report", "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "page.css"
    with pytest.raises(PartonomyError, match=r"page\.css cannot be written: No such file"):
        write_page(path, "partonomy.report", "style.css")
