"""Where a cell of a layer's feature map sits in the picture, read off the network's own operations.

Every operation that the network runs passes through :class:`GeometryTrace`, which notes the lattice
of its result (:mod:`partonomy.backbones.operations`).
"""

from __future__ import annotations

import math
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from partonomy.backbones.lattice import NONE, Axis, Dim, Track, X, Y
from partonomy.backbones.operations import Call, follow, has_rule
from partonomy.images import LayerGeometry


class GeometryTrace(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows the lattice of everything that is computed from a picture inside the context.

    ::

        with GeometryTrace(image) as trace:
            features = network(image)
        trace.geometry_of(features)

    Works with and without gradients and in inference mode, for networks in eval mode. Tensors are
    held weakly. Hooks may ask for the geometry of what they see while the network runs.

    Args:
        image: the network's input, (..., H, W). Best large enough for lattices of several cells.

    Attributes:
        input_size: (H, W) of the image.
    """

    def __init__(self, image: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        *leading, height, width = image.shape
        dims = (*map(Dim, leading), Dim(height, Y), Dim(width, X))
        self._tracks: MutableMapping[Tensor, Track] = WeakTensorKeyDictionary()
        self.input_size: tuple[int, int] = (height, width)
        self._tracks[image] = Track((Axis(height), Axis(width)), dims)

    def geometry_of(self, tensor: Tensor) -> LayerGeometry:
        """The lattice of a tensor of any layout (maps, channels last, tokens) in input pixels.

        Offset and receptive field are not clipped to the picture; pixel centres lie at + 0.5.

        Raises:
            LookupError: the tensor was not computed from the image inside the context, or its
                cells were rearranged so that no lattice can be told.
        """
        geometry = self.find(tensor)
        if geometry is None:
            raise LookupError("no lattice of this tensor could be traced back to the image")
        return geometry

    def find(self, tensor: Tensor) -> LayerGeometry | None:
        """As :meth:`geometry_of`, but None instead of an error."""
        track = self._tracks.get(tensor)
        if track is None or not (track.on_lattice(0) and track.on_lattice(1)):
            return None
        y, x = track.axes
        return LayerGeometry((y.stride, x.stride), (y.centre, x.centre), (y.field, x.field))

    def channels_last(self, tensor: Tensor) -> bool | None:
        """Whether a tensor of four dimensions is (N, h, w, C) rather than (N, C, h, w); None where
        that was not followed."""
        track = self._tracks.get(tensor)
        along = None if track is None else tuple(dim.axes for dim in track.dims)
        for order, last in (((NONE, NONE, Y, X), False), ((NONE, Y, X, NONE), True)):
            if along == order:
                return last
        return None

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs, name = kwargs or {}, func._overloadpacket.__name__.rstrip("_")
        if not has_rule(name):
            with self:  # in inference mode linear and the like arrive whole
                output = func.decompose(*args, **kwargs)
            if output is not NotImplemented:
                return output
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        tracks = {id(tensor): self._tracks[tensor] for tensor in inputs if tensor in self._tracks}
        output = func(*args, **kwargs)
        if not tracks or name.startswith("new_") or name.endswith("_like"):
            return output
        values = dict(zip((a.name for a in func._schema.arguments), args, strict=False))
        defaults = {a.name: a.default_value for a in func._schema.arguments}
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor) and tensor.numel():
                call = Call(func, name, defaults | values | kwargs, tracks, tensor)
                self._tracks[tensor] = follow(call)
                if func._schema.is_mutable and tensor._base is not None:
                    self._overwrite(tensor._base, call)
        return output

    def _overwrite(self, base: Tensor, call: Call) -> None:
        """A view was written to: what it shows of its base now comes from elsewhere."""
        track = self._tracks.get(base)
        if track is None:
            lost = replace(Axis(0), stride=math.nan, bounded=False)
            self._tracks[base] = Track((lost, lost), tuple(map(Dim, base.shape)))
        elif len(call.tracks) > 1:
            self._tracks[base] = track.seeing_all()
