"""CIE Lab, in which equal distances look about equally far apart.

sRGB to linear light, to XYZ of the standard observer of 2 degrees under D65, to Lab. Source:
IEC 61966-2-1 and CIE 15, with the constants of scikit-image, which the published code of
arXiv 2111.06349 calls.
"""

from __future__ import annotations

import torch
from torch import Tensor

from partonomy.segmenter.losses.precision import full_precision

XYZ_OF_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
WHITE = (0.95047, 1.0, 1.08883)
_LINEAR_BELOW = 0.04045
"""Of sRGB."""
_ROOT_ABOVE = 0.008856
"""Of XYZ, of white's 1."""


@full_precision
def rgb_to_lab(pictures: Tensor) -> Tensor:
    """Colours of pictures in CIE Lab.

    Args:
        pictures: (N, 3, H, W) sRGB in 0..1.

    Returns:
        (N, 3, H, W): L in 0..100, a and b in about -110..110.
    """
    # each branch is kept within its own range, where its slope is finite
    curved = ((pictures.clamp(min=_LINEAR_BELOW) + 0.055) / 1.055) ** 2.4
    linear = torch.where(pictures > _LINEAR_BELOW, curved, pictures / 12.92)
    matrix = linear.new_tensor(XYZ_OF_RGB) / linear.new_tensor(WHITE)[:, None]
    xyz = torch.einsum("ij,njhw->nihw", matrix, linear)
    roots = xyz.clamp(min=_ROOT_ABOVE) ** (1 / 3)
    x, y, z = torch.where(xyz > _ROOT_ABOVE, roots, 7.787 * xyz + 16 / 116).unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)
