"""Stimuli made by hand: each filter fires where the test says."""

import numpy as np

from partonomy.emergence.stimuli import NEIGHBOURS, Stimuli
from partonomy.images.grids import Grids

STEP, EXTENT, PICTURE = 8.0, 24.0, 160.0


def stimuli_of(score: np.ndarray, cell: np.ndarray, around: np.ndarray | None = None) -> Stimuli:
    """On pictures of 160 pixels, seen at a stride of 8 with receptive fields of 24 pixels.

    Args:
        score: (N, F, T), strongest first.
        cell: (N, F, T, 2).
        around: (N, F, T, 8); nothing around if not given.
    """
    if around is None:
        around = np.zeros((*score.shape, len(NEIGHBOURS)))
    one = [STEP / 2] * 2 + [STEP] * 2 + [EXTENT] * 2 + [PICTURE] * 2
    grids = Grids.of_rows(np.tile(one, (len(score), 1)))
    return Stimuli(
        score.astype(np.float32), cell.astype(np.int16), around.astype(np.float16), grids
    )


def around_cell(cell: np.ndarray, height: float, width: float) -> np.ndarray:
    """(..., 4) boxes of a size around the middles of cells (..., 2)."""
    middle = cell * STEP + STEP / 2
    half = np.array([height, width]) / 2
    low, high = middle - half, middle + half
    return np.concatenate([low[..., ::-1], high[..., ::-1]], axis=-1).astype(np.float32)
