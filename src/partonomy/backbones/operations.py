"""What each operation of a network does to the lattice of the tensors that it is given.

Every spatial operation is a window (see :mod:`partonomy.backbones.lattice`): a convolution (kernel
k, dilation d, padding p) has size d (k - 1) + 1 and shift -p; crops and pads have size 1;
interpolation and transposed convolution have fractional steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from partonomy.backbones.lattice import NONE, Dim, Track, Window, join


@dataclass(frozen=True)
class Call:
    """One output of one aten operation; ``args`` go by the names of its schema."""

    func: Any
    name: str
    args: dict[str, Any]
    tracks: dict[int, Track]  # of the inputs, by id()
    output: Tensor

    def trailing(self, name: str, rank: int, default: Any) -> list[Any]:
        """An argument with one value for each of the last dimensions, such as a stride."""
        value = self.args.get(name) or default
        values = list(value) if isinstance(value, Iterable) else [value]
        return values * rank if len(values) == 1 else values


def _kernel(x: Track, call: Call) -> Track:
    """Convolution and pooling."""
    weight = call.args.get("weight")
    rank = _rank(call) if weight is None else weight.ndim - 2
    kernel = call.trailing("kernel_size", rank, None if weight is None else weight.shape[2:])
    dilations, paddings = call.trailing("dilation", rank, 1), call.trailing("padding", rank, 0)
    windows: dict[int, Window] = {}
    for d, step in enumerate(call.trailing("stride", rank, kernel), -rank):
        size, shift = dilations[d] * (kernel[d] - 1) + 1, -paddings[d]
        if call.args.get("transposed"):
            reach = max(size / step, 1)
            shift = (-shift - (size - 1) / 2) / step - (reach - 1) / 2
            size, step = reach, 1 / step
        windows[d] = size, step, shift
    mixed = x if weight is None else x.mixed([-rank - 1])
    return mixed.windowed(windows, call.output.shape)


def _rank(call: Call) -> int:
    return next(n for n in (1, 2, 3) if f"{n}d" in call.name)


def _resample(x: Track, call: Call) -> Track:
    """Interpolation and adaptive pooling: cells are spread evenly over those of the source."""
    rank, aligned = _rank(call), call.args.get("align_corners")
    taps = next(n for key, n in TAPS.items() if key in call.name)
    named = [call.args.get(f"scales{d}") for d in ("_d", "_h", "_w")[-rank:]]
    scales = call.args.get("scale_factors") or named
    windows: dict[int, Window] = {}
    for d, scale in enumerate(scales, -rank):
        cells, n = x.dims[d].size, call.output.shape[d]
        step = (cells - 1) / max(n - 1, 1) if aligned else 1 / scale if scale else cells / n
        overlap = 1 - 1 / Fraction(step).limit_denominator(n).denominator
        centre, size = 0.0 if aligned else (step - 1) / 2, 1.0 if step == 1 else taps
        if "adaptive" in call.name:  # windows take every cell that they touch
            size = step + overlap
        elif call.name.endswith("_aa"):
            size *= max(step, 1)
        elif call.name.startswith("upsample_nearest"):  # i * step, rounded down
            centre = -overlap / 2
        windows[d] = size, step, centre - (size - 1) / 2
    pooled = [d for d in windows if "adaptive" in call.name and call.output.shape[d] == 1]
    kept = {d: window for d, window in windows.items() if d not in pooled}
    return x.mixed(pooled).windowed(kept, call.output.shape)


def _pad(x: Track, call: Call) -> Track:
    pads = call.args.get("pad") or call.args["padding"]  # (before, after), last dimension first
    return x.windowed({-1 - d: (1, 1, -n) for d, n in enumerate(pads[::2])}, call.output.shape)


def _shuffle(x: Track, call: Call) -> Track:
    up, down = call.args.get("upscale_factor", 1), call.args.get("downscale_factor", 1)
    window = (down, down / up, (1 / up - 1) / 2)
    return x.windowed({-2: window, -1: window}, call.output.shape)


def _crop(x: Track, call: Call) -> Track:
    """Slice, split, select and unbind, told apart by where the view lies in its source."""
    source, view, d = call.args["self"], call.output, call.args["dim"] % len(x.dims)
    pitch = source.stride(d) or 1
    first = (view.storage_offset() - source.storage_offset()) // pitch
    if view.ndim == source.ndim:
        return x.windowed({d: (1, view.stride(d) // pitch or 1, first)}, view.shape)
    cut = x.windowed({d: (1, 1, first)}, (*view.shape[:d], 1, *view.shape[d:]))
    return replace(cut, dims=(*cut.dims[:d], *cut.dims[d + 1 :]))


def _permute(x: Track, call: Call) -> Track:
    numbered = torch.empty(tuple(range(len(x.dims))), device="meta")
    order = call.func(numbered, *list(call.args.values())[1:]).shape
    return replace(x, dims=tuple(x.dims[d] for d in order))


def _reshape(x: Track, call: Call) -> Track:
    return x.reshaped(call.output.shape)


def _cat(call: Call) -> Track:
    tracks, first, d = [], 0, call.args["dim"] % call.output.ndim
    for tensor in call.args["tensors"]:
        if id(tensor) in call.tracks:
            track = call.tracks[id(tensor)]
            tracks.append(track.windowed({d: (1, 1, -first)}, call.output.shape))
        first += tensor.shape[d]
    return join(tracks, call.output.shape)


def _matmul(call: Call) -> Track:
    """Products of the last two tensors among the arguments; what addmm adds comes before them."""
    tracks, shape = dict(call.tracks), call.output.shape
    *_, left, right = (id(value) for value in call.args.values() if isinstance(value, Tensor))
    for key, other, d in ((left, right, -1), (right, left, -2)):
        if key in tracks:
            track = tracks[key].mixed([d])
            dims = list(track.dims)
            # Positions that weights combine, as in an MLP-mixer, are positions still.
            dims[d] = Dim(shape[d], NONE if other in call.tracks else dims[d].axes)
            tracks[key] = replace(track, dims=tuple(dims))
    return join(list(tracks.values()), shape)


def _pointwise(call: Call) -> Track:
    """Everything else: elementwise, but for the dimensions that are reduced over."""
    tracks = []
    for track in call.tracks.values():
        rank, shape = len(track.dims), tuple(call.output.shape)
        reduced = {d % rank for d in _reduced(call, rank) if -rank <= d < rank}
        track = track.mixed(reduced)
        if len(shape) == rank - len(reduced):
            kept = [dim for d, dim in enumerate(track.dims) if d not in reduced]
            track = replace(track, dims=tuple(kept))
        elif len(shape) == rank:
            sizes = [shape[d] if d in reduced else dim.size for d, dim in enumerate(track.dims)]
            track = track.resized(sizes)
        tracks.append(track)
    return join(tracks, call.output.shape)


def _reduced(call: Call, rank: int) -> Sequence[int]:
    args = call.args
    if call.func.namespace != "aten" or call.name.startswith("grid_sampler"):
        return range(rank)
    if "normalized_shape" in args:
        return range(-len(args["normalized_shape"]), 0)
    if args.get("training") or call.name == "native_group_norm":  # statistics of the input
        return [d for d in range(rank) if d != (1 if "training" in args else 0)]
    if "attention" in call.name or call.name.startswith("_transformer"):
        return (-2, -1)
    if call.name == "index":
        return [d for d, index in enumerate(args["indices"]) if index is not None]
    if call.name == "stack" or not args.keys() & {"dim", "dims"}:
        return ()
    dims = args.get("dim", args.get("dims"))
    return [dims] if isinstance(dims, int) else dims or range(rank)


TAPS = {"nearest": 1, "linear": 2, "cubic": 4, "lanczos": 6, "adaptive": 1}
"""Source cells that a cell reads along an axis."""
INTERPOLATIONS = ("nearest", "nearest_exact", "linear", "bilinear", "trilinear", "bicubic")

RULES: dict[str, Callable[[Track, Call], Track]] = {
    **dict.fromkeys(("convolution", "avg_pool", "max_pool"), _kernel),
    **dict.fromkeys(("_adaptive_avg_pool", "adaptive_max_pool"), _resample),
    **{f"upsample_{kind}": _resample for kind in INTERPOLATIONS},
    **{f"_upsample_{kind}": _resample for kind in INTERPOLATIONS},
    **dict.fromkeys(("constant_pad_nd", "reflection_pad", "replication_pad"), _pad),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), _shuffle),
    **dict.fromkeys(("slice", "split", "split_with_sizes", "select", "unbind"), _crop),
    **dict.fromkeys(("permute", "transpose", "t"), _permute),
    **dict.fromkeys(("view", "_unsafe_view", "squeeze", "unsqueeze"), _reshape),
}
"""Operations on the lattice of their first argument, by name without the rank and what follows."""

JOINS: dict[str, Callable[[Call], Track]] = {
    "cat": _cat,
    **dict.fromkeys(("mm", "bmm", "addmm", "baddbmm", "_addmm_activation"), _matmul),
}


def has_rule(name: str) -> bool:
    """Whether an operation is followed as it is, rather than through what it is composed of."""
    return _rule(name) is not None or name in JOINS


def follow(call: Call) -> Track:
    """The lattice of an operation's output."""
    rule = _rule(call.name)
    source = call.tracks.get(id(next(iter(call.args.values()))))
    if rule is None or source is None:
        return JOINS.get(call.name, _pointwise)(call)
    track = rule(source, call)
    # Weights that were computed from the picture bring in all that they saw.
    return track if len(call.tracks) == 1 else track.seeing_all()


def _rule(name: str) -> Callable[[Track, Call], Track] | None:
    return RULES.get(re.split(r"\d", name)[0])
