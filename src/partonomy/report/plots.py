"""Small plots as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

from markupsafe import Markup

_WIDTH, _HEIGHT = 560, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 12, 40


def place_svg(shares: Sequence[float]) -> Markup:
    """A square of n x n cells, the darker the more of the part lies there."""
    side = isqrt(len(shares))
    top = max(shares, default=0) or 1
    cells = "".join(
        f'<rect x="{index % side}" y="{index // side}" width="1" height="1" '
        f'fill-opacity="{share / top:.2f}"/>'
        for index, share in enumerate(shares)
    )
    return Markup(
        f'<svg class="places" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="where on the object">{cells}</svg>'
    )


def curve_svg(points: Sequence[Mapping[str, Any]], chosen: int) -> Markup:
    """The Davies-Bouldin index against the number of concepts, the choice marked."""
    if len(points) < 2:
        return Markup("")
    xs = [point["n_concepts"] for point in points]
    ys = [point["davies_bouldin"] for point in points]
    low, high = min(ys), max(ys)
    span = (high - low) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - min(xs)) / (max(xs) - min(xs))
        up = (y - low) / span
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    line = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in zip(xs, ys, strict=True))
    best = min(points, key=lambda point: abs(point["n_concepts"] - chosen))
    dot = place(best["n_concepts"], best["davies_bouldin"])
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return Markup(
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f'<polyline points="{line}"/>'
        f'<circle cx="{dot[0]:.1f}" cy="{dot[1]:.1f}" r="4"/>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 22}">{min(xs)}</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 22}" text-anchor="end">{max(xs)}</text>'
        f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">number of concepts</text>'
        f'<text x="{_LEFT - 6}" y="{_TOP + 8}" text-anchor="end">{high:.2f}</text>'
        f'<text x="{_LEFT - 6}" y="{_HEIGHT - _BOTTOM}" text-anchor="end">{low:.2f}</text>'
        "</svg>"
    )
