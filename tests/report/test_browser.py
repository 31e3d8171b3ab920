"""The report in a real browser: what a person sees, at a desk and on a phone."""

import pytest

from pages import contrast, overflowing
from partonomy.report import write_report


@pytest.mark.parametrize("width", [1440, 390])
def test_report_shows_in_a_browser(look, run_with_empty, width):
    path = write_report(run_with_empty)
    page, told, asked = look(path, width)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    n_parts = run_with_empty.file.results["n_parts"]
    assert page.locator("h1").all_inner_texts() == [f"{n_parts} parts of “photos”"]
    assert page.locator("h2").all_inner_texts() == [
        "The parts",
        "The tree",
        "Pictures",
        "How many",
        "Skipped files",
        "How this was made",
    ]
    images = page.evaluate("[...document.images].map(image => [image.naturalWidth, image.width])")
    assert len(images) > 50
    assert all(natural > 0 and shown > 0 for natural, shown in images)
    assert all(image.get_attribute("alt") is not None for image in page.locator("img").all())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overflowing(page) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_branches_of_the_tree_end_at_their_parts(look, run_with_empty, width):
    """Also where a part too small to be shown divided would take less room than the others."""
    small = [
        row | {"share": 0.01 if row["part"] == 1 else row["share"]}
        for row in run_with_empty.read_table("tree")
    ]
    run_with_empty.write_table("tree", small)
    page, _, _ = look(write_report(run_with_empty), width)
    drawing = page.locator(".joins svg").bounding_box()
    leaves = [leaf.bounding_box() for leaf in page.locator(".leaf").all()]
    row = drawing["height"] / len(leaves)
    assert page.locator(".leaf > .divided").count() == len(leaves) - 1
    for index, leaf in enumerate(leaves):
        middle = leaf["y"] + leaf["height"] / 2
        assert middle == pytest.approx(drawing["y"] + (index + 0.5) * row, abs=1)
        assert leaf["x"] == pytest.approx(drawing["x"] + drawing["width"], abs=1)


def test_text_is_readable_in_light_and_dark(look, run_with_empty):
    """The contrast that WCAG 2.1 asks of text: 4.5."""
    path = write_report(run_with_empty)
    for scheme in ("light", "dark"):
        page, _, _ = look(path, 1440, scheme)
        for text in ("h1", ".soft", ".warnings li", "summary", ".facts li", "figcaption"):
            assert contrast(page.locator(text).first) >= 4.5, (scheme, text)


def test_concepts_open_by_the_keyboard(look, run):
    page, _, _ = look(write_report(run), 390)
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
    assert page.locator(".concepts").first.is_visible()
    assert overflowing(page) == []
