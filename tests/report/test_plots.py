import re
from xml.etree import ElementTree

import pytest

from partonomy.report.plots import (
    _ticks,
    davies_bouldin_svg,
    depth_svg,
    losses_svg,
    place_svg,
    stability_svg,
    tree_svg,
)
from partonomy.report.tree import Branch


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter("text")]


def points_of(svg, tag):
    (element,) = ElementTree.fromstring(svg).iter(tag)
    return [tuple(map(float, point.split(","))) for point in element.get("points").split()]


def dot_of(svg):
    (dot,) = ElementTree.fromstring(svg).iter("circle")
    return float(dot.get("cx")), float(dot.get("cy"))


def test_places():
    svg = place_svg([0, 0.5, 0.25, 0.25], "a <wheel>")
    assert svg.count("<rect") == 4
    assert 'viewBox="0 0 2 2"' in svg
    assert 'fill-opacity="1.00"' in svg
    assert ElementTree.fromstring(svg).get("aria-label") == "where a <wheel> lies"
    assert "nan" not in place_svg([0.0] * 4, "nowhere")


def test_stability_has_its_band_its_choice_and_named_axes():
    rows = [
        {"n_parts": n, "agreement": agreement, "error": 0.1}
        for n, agreement in ((2, 0.95), (3, 0.5), (4, 0.4))
    ]
    svg = stability_svg(rows, 3)
    assert "number of parts" in texts(svg)
    assert any("adjusted Rand index" in text for text in texts(svg))
    line, band = points_of(svg, "polyline"), points_of(svg, "polygon")
    assert len(band) == 2 * len(line)
    assert dot_of(svg) == line[1]
    (_, upper), (_, lower) = band[1], band[4]
    assert upper < line[1][1] < lower, "y runs downwards"
    assert abs((upper + lower) / 2 - line[1][1]) < 0.2
    assert band[0][1] < line[0][1], "cut at 1, the highest that can be"
    assert all(0 <= y <= 230 and 0 <= x <= 380 for x, y in band)
    assert stability_svg(rows[:1], 2) == stability_svg([], 2) == ""


def test_davies_bouldin_marks_the_choice():
    rows = [{"n_concepts": n, "davies_bouldin": 3 - n / 10} for n in (9, 8, 7)]
    svg = davies_bouldin_svg(rows, 8)
    assert dot_of(svg) == points_of(svg, "polyline")[1]
    assert "8" in texts(svg)
    assert "number of visual concepts" in texts(svg)
    assert davies_bouldin_svg(rows[:1], 9) == ""


def test_a_flat_curve_is_drawn():
    rows = [{"n_concepts": n, "davies_bouldin": 2.0} for n in (4, 3)]
    assert "nan" not in davies_bouldin_svg(rows, 4)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (2, 24, [5, 10, 15, 20]),
        (1.13, 1.87, [1.2, 1.4, 1.6, 1.8]),
        (2, 4, [2, 2.5, 3, 3.5, 4]),
        (-0.05, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_ticks_are_round_and_inside(low, high, ticks):
    assert list(_ticks(low, high)) == pytest.approx(ticks)


def leaf(part):
    return Branch(0.25, part, part, 0, ())


def test_tree_is_drawn_from_left_to_right():
    """((1 + 2) + 3), and 3 is apart first."""
    pair = Branch(0.5, None, None, 3, (leaf(1), leaf(2)))
    root = Branch(0.75, None, None, 2, (pair, leaf(3)))
    svg, joins = tree_svg(root, {1: "a", 2: "<b>", 3: "c"}, lambda part: f"#{part}")
    drawing = ElementTree.fromstring(svg)
    assert drawing.get("aria-label") == "how the parts join: ((a + <b>) + c)"
    assert [join.divides_at for join in joins] == [3, 2]
    assert joins[1].x < joins[0].x < 100
    assert joins[0].y == pytest.approx(100 / 3), "between the first and the second of three rows"
    ends = {
        path.get("style"): re.match(r"M(\S+) (\S+)H(\S+)", path.get("d"))
        for path in drawing.iter("path")
        if path.get("style")
    }
    for part in (1, 2, 3):
        _, y, right = ends[f"stroke: #{part}"].groups()
        assert float(y) == part - 0.5, "in the middle of its row"
        assert float(right) == 3, "at the right border"


def test_tree_of_one_part_is_a_line():
    svg, joins = tree_svg(leaf(1), {1: "all"}, lambda _part: "red")
    assert joins == []
    assert svg.count("<path") == 1


def test_depth_has_a_line_for_each_that_has_two_points():
    svg = depth_svg([("one", [(0, 10), (1, 40)]), ("other before", [(0, 20), (0.5, 5), (1, 0)])])
    lines = list(ElementTree.fromstring(svg).iter("polyline"))
    assert [line.get("class") for line in lines] == ["one", "other before"]
    (left, low), (right, high) = points_of(depth_svg([("one", [(0, 10), (1, 40)])]), "polyline")
    assert left < right
    assert high < low, "y runs downwards"
    assert "mean AP x 100" in texts(svg)
    assert depth_svg([("one", [(0, 10)])]) == depth_svg([]) == ""
    assert "nan" not in depth_svg([("one", [(0, 0), (1, 0)])])


def test_losses_fall_from_left_to_right():
    svg = losses_svg([{"step": 10 * n, "total": 4.0 - n} for n in (1, 2, 3)])
    assert "step" in texts(svg)
    line = points_of(svg, "polyline")
    assert line == sorted(line), "steps run to the right, and what falls runs downwards"
    assert len(line) == 3
    assert losses_svg([{"step": 10, "total": 4.0}]) == losses_svg([]) == ""
