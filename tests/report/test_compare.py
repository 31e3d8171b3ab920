"""The page of a comparison in a real browser: numbers that are the tables', no requests."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from finished_audits import RESAMPLES, rare, responses, row, write_audit
from pages import contrast, overflowing
from partonomy.emergence.comparing import part_changes
from partonomy.emergence.drift import layer_drifts
from partonomy.emergence.finished import differing_settings, read_audit
from partonomy.emergence.networks import network_rows
from partonomy.report.compare import Comparison, best_and_worst, write_comparison


@pytest.fixture
def comparison(tmp_path):
    generator = np.random.default_rng(0)
    seen = {"a": responses(0, 20), "b": responses(1, 20)}
    moved = {name: each[:, generator.permutation(20)] for name, each in seen.items()}
    before = {
        "a": [row("wheel", 0.6), row("door", 0.3), row("roof", 0.3), rare("lamp"), rare("<b>")],
        "b": [row("wheel", 0.5), row("door", 0.2), row("roof", 0.2), rare("lamp"), rare("<b>")],
    }
    after = {
        "a": [row("wheel", 0.4), row("door", 0.5), row("roof", 0.3, own=0.2), row("lamp", 0.1)],
        "b": [row("wheel", 0.3), row("door", 0.2), row("roof", 0.2)],
    }
    one = read_audit(write_audit(tmp_path / "one", before, seen))
    other = read_audit(write_audit(tmp_path / "other", after, moved, size=448))
    return Comparison(
        "<one>",
        "other",
        part_changes(one.filters, other.filters),
        layer_drifts(one, other),
        [*network_rows("<one>", one), *network_rows("other", other)],
        differing_settings(one, other),
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_shows_in_a_browser(look, comparison, tmp_path, width):
    path = write_comparison(comparison, tmp_path / "out", "partonomy compare <here>")
    page, told, asked = look(path, width)
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.locator("h1").inner_text() == "<one> beside other"
    assert page.locator(".facts li").first.inner_text().split() == ["1", "of", "3", "parts", "lost"]
    assert "car wheel \u221220.0" in page.locator("section:has(> #lost)").inner_text()
    assert "car door +20.0" in page.locator("section:has(> #gained)").inner_text()
    assert "size: 224 and 448" in page.locator(".warnings").inner_text()
    rows = page.locator("#parts tr th[scope=row]").all_inner_texts()
    assert rows == ["car wheel", "car roof", "car door"]
    text = page.locator("#parts").inner_text()
    assert "Measured by only other, so not compared: car lamp." in text
    assert "Measured by neither, so not compared: car <b>." in text
    assert page.locator("#drift > .wide tr").count() == 1 + 4
    assert page.locator("#networks .whole").count() == 2
    assert page.locator("#networks polyline").count() == 4
    assert "<here>" in page.locator("pre").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overflowing(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_lost_can_be_read(look, comparison, tmp_path, scheme):
    page, _, _ = look(write_comparison(comparison, tmp_path / "out", ""), 1440, scheme)
    assert contrast(page.locator("h3.lost")) >= 4.5
    assert contrast(page.locator("h3.gained")) >= 4.5


def test_the_tables_hold_what_the_page_shows(comparison, tmp_path):
    write_comparison(comparison, tmp_path / "out", "")
    parts, pairs, networks = (
        pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist()
        for name in ("parts", "pairs", "networks")
    )
    assert [(each["part"], each["verdict"]) for each in parts] == [
        ("wheel", "lost"),
        ("roof", "no more than chance"),
        ("door", "gained"),
        ("lamp", "not compared"),
        ("<b>", "not compared"),
    ]
    wheel = parts[0]
    assert (wheel["layer before"], wheel["AP before"], wheel["AP after"]) == ("a", 0.6, 0.4)
    assert wheel["change"] == pytest.approx(-0.2)
    assert wheel["change low"] <= wheel["change"] <= wheel["change high"] < 0
    assert wheel["size"] == 0.3
    assert len(pairs) == 2 * 2 * 19, "filters and concepts of two layers; one never responds"
    assert {each["detectors"] for each in pairs} == {"filters", "concepts"}
    assert all(each["correlation"] == pytest.approx(1) for each in pairs)
    assert ["car wheel", "car door", "car roof"] in [each["parts before"] for each in pairs]
    assert [each["layer"] for each in networks] == ["a", "b", None] * 2
    assert networks[0]["AP"] == pytest.approx((0.6 + 0.3 + 0.3) / 3)
    assert networks[0]["AP of 40% or more"] == 1
    assert networks[0]["AP untrained"] == networks[0]["AP"] == networks[0]["AP of concepts"]


def test_the_best_and_the_worst_pairs(comparison):
    best, worst = best_and_worst(comparison.drifts[0])
    assert (len(best), len(worst)) == (5, 5)
    assert best[-1][2] >= worst[0][2]


def test_the_mean_change_is_over_parts_that_both_measured(comparison):
    assert comparison.mean_change.value == pytest.approx(0)
    assert len(comparison.mean_change.draws) == RESAMPLES
    assert [each.part for each in comparison.lost] == ["wheel"]
    assert [each.part for each in comparison.gained] == ["door"]
