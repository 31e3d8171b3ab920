"""The lattice of a tensor that was computed from a picture: where its cells sit, what they see.

Notation, per axis of the picture (Araujo, Norris, Sim, "Computing receptive fields of convolutional
neural networks", Distill 2019). Pixel p covers [p, p + 1). Cell i of a lattice sees ``extent``
pixels from ``start + i * stride`` on; for the picture itself these are 1, 0 and 1. After an
operation whose cell i reads ``size`` cells of its source, from cell ``shift + i * step`` on,

    start' = start + shift * stride
    extent' = extent + (size - 1) * stride
    stride' = step * stride

Where neighbouring cells differ in what they see, periodically, as after an interpolation, the
window is the mean over the cells; the recursion then holds for means.

Which axes each dimension of a tensor runs along is followed as well (tokens run along both): what
reduces over an axis, or over a part of it such as a window of attention, counts as seeing it all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

Axes = frozenset[int]
Window = tuple[float, float, float]  # size, step, shift
NONE, Y, X, BOTH = Axes(), Axes({0}), Axes({1}), Axes({0, 1})


@dataclass(frozen=True)
class Axis:
    """A lattice along one axis of the picture.

    Attributes:
        count: number of cells.
        start, extent, stride: see above; the stride is nan where the lattice could not be followed.
        bounded: False where a cell sees the whole axis; start and extent still give its centre.
    """

    count: int
    start: float = 0.0
    extent: float = 1.0
    stride: float = 1.0
    bounded: bool = True

    @property
    def centre(self) -> float:
        """Centre of cell 0."""
        return self.start + self.extent / 2

    @property
    def field(self) -> float:
        """Side of the receptive field."""
        return self.extent if self.bounded else math.inf

    def window(self, window: Window, count: int) -> Axis:
        """The lattice of ``count`` cells that each read a window of this one."""
        size, step, shift = window
        start, extent = self.start + shift * self.stride, self.extent + (size - 1) * self.stride
        return Axis(count, start, extent, step * self.stride, self.bounded)


class Dim(NamedTuple):
    """A dimension of a tensor: its size, the picture's axes that it runs along, and how many cells
    lie between neighbouring entries."""

    size: int
    axes: Axes = NONE
    pitch: int = 1


@dataclass(frozen=True)
class Track:
    """A tensor's lattice along y and x, and how its dimensions run along them."""

    axes: tuple[Axis, ...]
    dims: tuple[Dim, ...]

    def on_lattice(self, i: int) -> bool:
        """Whether the tensor has all cells along an axis, or is pooled over it."""
        alone = [dim for dim in self.dims if dim.axes == {i}]
        if math.isnan(self.axes[i].stride) or any(dim.pitch > 1 for dim in alone):
            return False
        tokens = [dim.size for dim in self.dims if dim.axes == BOTH]
        along, cells = math.prod(dim.size for dim in alone), math.prod(a.count for a in self.axes)
        if along == 1 and tokens:  # the lattice and, in front, perhaps class and register tokens
            return any(cells <= n < 2 * cells for n in tokens)
        return along in (1, self.axes[i].count)

    def mixed(self, numbers: Iterable[int]) -> Track:
        """Reduction: every cell sees all along these dimensions."""
        axes, dims, seen = list(self.axes), list(self.dims), {d % len(self.dims) for d in numbers}
        for i in NONE.union(*(dims[d].axes for d in seen)):
            rest = [d for d, dim in enumerate(dims) if dim.axes == {i} and d not in seen]
            size, _, pitch = dims[rest[0]] if len(rest) == 1 else Dim(0)
            if pitch > 1 and size * pitch == axes[i].count:  # space to depth: the phases of a cell
                axes[i] = axes[i].window((pitch, pitch, 0), size)
                dims = [dim._replace(axes=dim.axes - {i}) for dim in dims]
                dims[rest[0]] = Dim(size, Axes({i}))
            else:
                axes[i] = replace(axes[i], bounded=False)
        return Track(tuple(axes), tuple(dims))

    def seeing_all(self) -> Track:
        """The same lattice, of which each cell sees the whole picture."""
        y, x = (replace(axis, bounded=False) for axis in self.axes)
        return replace(self, axes=(y, x))

    def resized(self, shape: Iterable[int]) -> Track:
        """The same lattice in a tensor of another shape."""
        dims = (dim._replace(size=n) for dim, n in zip(self.dims, shape, strict=True))
        return Track(self.axes, tuple(dims))

    def windowed(self, windows: dict[int, Window], shape: Iterable[int]) -> Track:
        """A window along each of these dimensions; ``shape`` is that of the result."""
        axes, sizes = list(self.axes), list(shape)
        for d, (size, step, shift) in windows.items():
            for i in self.dims[d].axes:
                if self.dims[d] == Dim(axes[i].count, Axes({i})):
                    axes[i] = axes[i].window((size, step, shift), sizes[d])
                else:  # part of an axis, or both: positions along it are not known
                    stride = axes[i].stride if step == 1 else math.nan
                    axes[i] = replace(axes[i], stride=stride, bounded=axes[i].bounded and size == 1)
        return replace(self, axes=tuple(axes)).resized(sizes)

    def reshaped(self, shape: Iterable[int]) -> Track:
        """Row-major regrouping; tokens become rows and columns again where the sizes fit."""
        new, old, dims = list(shape), list(self.dims), list[Dim]()
        while len(dims) < len(new):
            sizes, group = [new[len(dims)]], [Dim(1)]
            while (size := math.prod(dim.size for dim in group)) != math.prod(sizes):
                if size < math.prod(sizes):
                    group.append(old.pop(0))
                else:
                    sizes.append(new[len(dims) + len(sizes)])
            axes = NONE.union(*(dim.axes for dim in group if dim.size > 1))
            inner = [group[-1].pitch * math.prod(sizes[d + 1 :]) for d in range(len(sizes))]
            parts = [Dim(n, axes, pitch) for n, pitch in zip(sizes, inner, strict=True)]
            for d, pair in enumerate(pairwise(sizes)):
                if axes == BOTH and pair == tuple(axis.count for axis in self.axes):
                    parts[d : d + 2] = Dim(pair[0], Y), Dim(pair[1], X)
            dims += parts
        return replace(self, dims=tuple(dims))

    def misfit(self, shape: Sequence[int]) -> Axes:
        """The axes that do not line up with those of an elementwise result."""
        sizes = [*[1] * len(self.dims), *shape][len(shape) :]
        pairs = zip(reversed(self.dims), reversed(sizes), strict=True)
        return NONE.union(*(dim.axes for dim, n in pairs if dim.size != n))


def _union(axes: Sequence[Axis], bounded: bool) -> Axis:
    main = min(axes, key=lambda axis: (math.isnan(axis.stride), not axis.bounded))
    # Pooled context that was stretched to this lattice must not move its centre.
    parts = [main, *(axis for axis in axes if axis.bounded or axis.stride == main.stride)]
    start, end = min(p.start for p in parts), max(p.start + p.extent for p in parts)
    return replace(main, start=start, extent=end - start, bounded=bounded)


def join(tracks: Sequence[Track], shape: Sequence[int]) -> Track:
    """Elementwise with broadcasting: at each position, the union of what the inputs see."""
    axes = []
    for i, lost in enumerate(tracks[0].axes):
        fit = [track.axes[i] for track in tracks if i not in track.misfit(shape)]
        bounded = len(fit) == len(tracks) and all(axis.bounded for axis in fit)
        axes.append(_union(fit or [replace(lost, stride=math.nan)], bounded))
    dims = [Dim(n) for n in shape]
    for track in tracks:
        for d in range(-min(len(dims), len(track.dims)), 0):
            if not dims[d].axes and track.dims[d].size == dims[d].size:
                dims[d] = track.dims[d]
    return Track(tuple(axes), tuple(dims))
