"""Small plots as inline SVG: where parts lie, the curves of their numbers, the tree's joins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, isqrt, log10
from typing import Any

from markupsafe import Markup, escape

from partonomy.report.tree import Branch

Row = Mapping[str, Any]

_WIDTH, _HEIGHT = 380, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 14, 34, 42


def place_svg(shares: Sequence[float], name: str) -> Markup:
    """A square of n x n cells, the stronger the more of the part called ``name`` lies there."""
    side = isqrt(len(shares))
    top = max(shares, default=0) or 1
    cells = "".join(
        f'<rect x="{index % side}" y="{index // side}" width="1" height="1" '
        f'fill-opacity="{share / top:.2f}"/>'
        for index, share in enumerate(shares)
    )
    return Markup(
        f'<svg class="places" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="where {escape(name)} lies">{cells}</svg>'
    )


def stability_svg(points: Sequence[Row], chosen: int) -> Markup:
    """Agreement against the number of parts with its error band, the choice marked.

    Args:
        points: rows of ``n_parts``, ``agreement`` and its ``error``.
        chosen: the number of parts that was taken.
    """
    if len(points) < 2:
        return Markup("")
    xs = [point["n_parts"] for point in points]
    ys = [point["agreement"] for point in points]
    errors = [point["error"] for point in points]
    low = min(0.0, *(y - error for y, error in zip(ys, errors, strict=True)))
    plot = _Plot((min(xs), max(xs)), (low, 1.0))
    upper = [(x, min(y + error, 1.0)) for x, y, error in zip(xs, ys, errors, strict=True)]
    lower = [(x, y - error) for x, y, error in zip(xs, ys, errors, strict=True)]
    band = f'<polygon points="{plot.line([*upper, *reversed(lower)])}"/>'
    curve = plot.curve(list(zip(xs, ys, strict=True)), chosen)
    return plot.svg(
        band + curve, "number of parts", "agreement (adjusted Rand index, 1 = the same)"
    )


def davies_bouldin_svg(points: Sequence[Row], chosen: int) -> Markup:
    """The Davies-Bouldin index against the number of concepts, the choice marked.

    Args:
        points: rows of ``n_concepts`` and ``davies_bouldin``.
        chosen: the number of concepts that was taken.
    """
    if len(points) < 2:
        return Markup("")
    xs = [point["n_concepts"] for point in points]
    ys = [point["davies_bouldin"] for point in points]
    plot = _Plot((min(xs), max(xs)), (min(ys), max(ys)))
    curve = plot.curve(list(zip(xs, ys, strict=True)), chosen)
    return plot.svg(
        curve,
        "number of visual concepts",
        "Davies-Bouldin index (less = tighter and better set apart)",
    )


def depth_svg(lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> Markup:
    """Mean AP x 100 against depth, a line each; empty where no line has two points.

    Args:
        lines: CSS classes of each, and its points: depth from 0 to 1, and AP.
    """
    lines = [(classes, points) for classes, points in lines if len(points) > 1]
    if not lines:
        return Markup("")
    plot = _Plot((0.0, 1.0), (0.0, max(y for _, points in lines for _, y in points) or 1.0))
    inside = "".join(
        f'<polyline class="{escape(classes)}" points="{plot.line(points)}"/>'
        for classes, points in lines
    )
    return plot.svg(inside, "depth (0 = first audited layer, 1 = last)", "mean AP x 100")


def losses_svg(rows: Sequence[Row]) -> Markup:
    """The total loss against the steps of a training; empty where it has no two rows.

    Args:
        rows: of ``step`` and ``total``.
    """
    if len(rows) < 2:
        return Markup("")
    points = [(float(row["step"]), row["total"]) for row in rows]
    xs, ys = zip(*points, strict=True)
    plot = _Plot((min(xs), max(xs)), (min(ys), max(ys)))
    return plot.svg(f'<polyline points="{plot.line(points)}"/>', "step", "weighted losses together")


@dataclass(frozen=True)
class _Plot:
    """Axes from data to the figure."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        (left, right), (low, high) = self.x_range, self.y_range
        across = (x - left) / ((right - left) or 1.0)
        up = (y - low) / ((high - low) or 1.0)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    def line(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*self.place(*point)) for point in points)

    def curve(self, points: Sequence[tuple[float, float]], chosen: int) -> str:
        """The line, and a dot with its number at the point nearest to the choice."""
        best = min(points, key=lambda point: abs(point[0] - chosen))
        x, y = self.place(*best)
        return (
            f'<polyline points="{self.line(points)}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
            f'<text class="choice" x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">'
            f"{best[0]}</text>"
        )

    def svg(self, inside: str, x_title: str, y_title: str) -> Markup:
        pieces = []
        for tick in _ticks(*self.y_range):
            y = self.place(self.x_range[0], tick)[1]
            pieces.append(
                f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
                f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
            )
        for tick in _ticks(*self.x_range):
            x = self.place(tick, self.y_range[0])[0]
            pieces.append(
                f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">'
                f"{tick:g}</text>"
            )
        centre = (_LEFT + _WIDTH - _RIGHT) / 2
        pieces.append(
            f'<text x="{centre}" y="{_HEIGHT - 6}" text-anchor="middle">{x_title}</text>'
            f'<text x="0" y="12">{y_title}</text>'
        )
        return Markup(
            f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label="{y_title} against {x_title}">{"".join(pieces)}{inside}</svg>'
        )


def _ticks(low: float, high: float, most: int = 6) -> Iterator[float]:
    """Round numbers from low to high."""
    least = (high - low) / most or 1.0
    power = 10.0 ** floor(log10(least))
    step = next(power * size for size in (1, 2, 5, 10) if power * size >= least * (1 - 1e-9))
    for index in count(ceil(low / step - 1e-9)):
        if index * step > high + 1e-9 * step:
            return
        yield round(index * step, 10)


@dataclass(frozen=True)
class Join:
    """A place in the drawing of the tree at which branches come together.

    Attributes:
        x: from left to right, in percent of the drawing.
        y: from top to bottom, in percent.
        divides_at: the number of parts from which on they are apart.
    """

    x: float
    y: float
    divides_at: int


def tree_svg(
    root: Branch, names: Mapping[int, str], colour: Callable[[int], str]
) -> tuple[Markup, list[Join]]:
    """How parts join, the object at the left: a row of equal height for each part.

    Branches divide from left to right in the order in which more and more parts divide them, so
    that a cut from top to bottom shows what a number of parts would give. The drawing is made to
    be stretched; its text is for whoever cannot see it.

    Args:
        root: the tree.
        names: of the parts.
        colour: of a part.

    Returns:
        The drawing, and where its joins are.
    """
    n_parts = len(list(root.parts()))
    rows = count()
    lines: list[str] = []
    joins: list[Join] = []

    def draw(branch: Branch) -> tuple[float, float]:
        """Draw what is below a branch; where the branch ends, in units of the view box."""
        if branch.part is not None:
            return n_parts, next(rows) + 0.5
        ends = [(child, *draw(child)) for child in branch.children]
        x = branch.divides_at - 1.5
        y = sum(end[2] for end in ends) / len(ends)
        lines.append(f'<path d="M{x} {ends[0][2]}V{ends[-1][2]}"/>')
        lines.extend(
            f'<path d="M{x} {end_y}H{end_x}"{_stroke(child, colour)}/>'
            for child, end_x, end_y in ends
        )
        joins.append(Join(100 * x / n_parts, 100 * y / n_parts, branch.divides_at))
        return x, y

    x, y = draw(root)
    lines.append(f'<path d="M0 {y}H{x}"{_stroke(root, colour)}/>')
    drawing = (
        f'<svg viewBox="0 0 {n_parts} {n_parts}" preserveAspectRatio="none" role="img" '
        f'aria-label="how the parts join: {escape(_in_words(root, names))}">{"".join(lines)}</svg>'
    )
    return Markup(drawing), joins


def _stroke(branch: Branch, colour: Callable[[int], str]) -> str:
    return "" if branch.part is None else f' style="stroke: {colour(branch.part)}"'


def _in_words(branch: Branch, names: Mapping[int, str]) -> str:
    if branch.part is not None:
        return names[branch.part]
    return f"({' + '.join(_in_words(child, names) for child in branch.children)})"
