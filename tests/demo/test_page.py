"""``demo.html``: what a person sees first, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from pages import contrast, overflowing
from partonomy.demo import METHODS, OURS, Demo, Summary, summarise, write_demo_page
from partonomy.demo.rivals import COLOUR

Look = Callable[..., Any]
Ahead = Callable[[str], Summary]


@pytest.fixture(scope="module")
def ahead(demo: Demo) -> Ahead:
    """The demo's scores, as if one method had found the true parts."""

    def summarised(best: str) -> Summary:
        classes = []
        for each in demo.classes:
            truth = np.stack([np.bincount(labels.ravel())[1:] for labels in each.truth.labels])
            tables = np.zeros_like(each.tables[OURS])
            parts = np.arange(truth.shape[1])
            tables[:, parts, parts + 1] = truth
            others = dict.fromkeys(METHODS, each.tables[COLOUR])
            classes.append(replace(each, tables=others | {best: tables}))
        return summarise(replace(demo, classes=tuple(classes)))

    return cache(summarised)


@pytest.mark.parametrize("width", [1440, 390])
def test_page_shows_in_a_browser(look: Look, demo: Demo, summary: Summary, width: int) -> None:
    path = write_demo_page(demo, summary)
    page, told, asked = look(path, width)
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    images = page.evaluate("[...document.images].map(image => [image.naturalWidth, image.width])")
    assert len(images) == 2 * 4 * 3
    assert all(natural > 0 and shown >= 100 for natural, shown in images)
    assert all(image.get_attribute("alt") for image in page.locator("img").all())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overflowing(page) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_first_screen_has_words_scores_and_pictures(
    look: Look, demo: Demo, ahead: Ahead, width: int
) -> None:
    page, _, _ = look(write_demo_page(demo, ahead(OURS)), width)
    for what in ("h1", "header p", ".headline li", ".class h3", ".trio img"):
        box = page.locator(what).first.bounding_box()
        assert box["y"] + min(box["height"], 40) <= 900, what
    (heading,) = page.locator("h1").all_inner_texts()
    assert heading == "Does a network that only learned names know parts?"
    assert page.locator(".headline li").all_inner_texts()[0].startswith("1.00 [1.00, 1.00]")
    assert page.locator(".warnings").count() == 0


def test_rivals_that_are_ahead_are_told_at_the_top(look: Look, demo: Demo, ahead: Ahead) -> None:
    page, _, _ = look(write_demo_page(demo, ahead(COLOUR)), 1440)
    warning = page.locator(".warnings")
    assert warning.bounding_box()["y"] < page.locator(".trio").first.bounding_box()["y"]
    assert f"Beside {COLOUR}, partonomy is worse in FG-NMI" in warning.inner_text()
    assert "Where another method is ahead" in page.locator("h3").all_inner_texts()


def test_true_parts_have_the_colours_of_the_key(look: Look, demo: Demo, summary: Summary) -> None:
    page, _, _ = look(write_demo_page(demo, summary), 1440)
    for section, result in zip(page.locator(".class").all(), demo.classes, strict=True):
        names = [text.rsplit(" ", 1)[0] for text in section.locator(".key li").all_inner_texts()]
        assert names == [name.replace("_", " ") for name in result.truth.part_names]
        swatches = {
            swatch.evaluate("element => getComputedStyle(element).backgroundColor")
            for swatch in section.locator(".key i").all()
        }
        assert len(swatches) == result.truth.n_parts


def test_links_lead_to_what_is_there(demo: Demo, summary: Summary) -> None:
    html = write_demo_page(demo, summary).read_text()
    links = re.findall(r'<a href="([^"]+)"', html)
    assert links == ["runs/car/report.html", "runs/face/report.html", "world/"]
    assert all((demo.output / link).exists() for link in links)
    assert "partonomy demo &lt;script&gt;" in html
    assert "<script>" not in html


def test_text_is_readable_in_light_and_dark(look: Look, demo: Demo, ahead: Ahead) -> None:
    path = write_demo_page(demo, ahead(COLOUR))
    for scheme in ("light", "dark"):
        page, _, _ = look(path, 1440, scheme)
        for text in (
            "h1",
            ".soft",
            ".warnings li",
            ".headline li",
            ".headline .soft",
            "figcaption",
        ):
            assert contrast(page.locator(text).first) >= 4.5, (scheme, text)
