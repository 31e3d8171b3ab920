"""The learning rate at each step.

Notation
    w   steps of warm-up, over which it rises linearly to its highest
    t   share done of the steps that the schedule has after the warm-up, in [0, 1)

    constant 1;  cosine (1 + cos(pi t)) / 2;  poly (1 - t)^power, of DeepLab (arXiv 1606.00915,
    section 4.1)
"""

from __future__ import annotations

import math

from partonomy.segmenter.training.settings import Schedule


def learning_rate_factor(
    step: int, steps: int, schedule: Schedule, *, warmup: int = 0, power: float = 0.9
) -> float:
    """What the highest learning rate is multiplied by.

    Args:
        step: steps done before this one.
        steps: all that the schedule is for.
        schedule: how it falls.
        warmup: steps over which it rises.
        power: of ``poly``.

    Returns:
        above 0, at most 1.
    """
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / (steps - warmup)
    match schedule:
        case "constant":
            return 1.0
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * done))
        case "poly":
            return (1 - done) ** power
