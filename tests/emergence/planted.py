"""Stimuli made by hand: each filter fires where the test says."""

import numpy as np

from partonomy.emergence.combinations import Refined
from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.stimuli import NEIGHBOURS, Stimuli
from partonomy.images.grids import Grids

WHEEL = Part("car", "wheel")
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


def halves(n: int, seed: int, filters: int = 30) -> Refined:
    """Filter 3 fires on the parts of the first half of the objects, 7 on the others, not elsewhere.

    All other filters fire anywhere.
    """
    generator = np.random.default_rng(seed)
    part = generator.integers(3, 9, (n, 1, 2))
    cell = generator.integers(10, 17, (n, filters, 1, 2))
    score = generator.uniform(0.1, 1, (n, filters, 1))
    first = np.arange(n) < n // 2
    for index, on in ((3, first), (7, ~first)):
        cell[on, index] = part[on]
        score[on, index] += 1
        score[~on, index] = 0
    truth = TrueBoxes(WHEEL, np.arange(n), around_cell(part, 24, 24))
    return Refined.of(stimuli_of(score, cell), truth, np.ones(filters, np.float32), None)
