"""What is trained, and where its randomness comes from.

Notation
    K   parts
    the loss of a step is the sum of named terms, each times its weight already
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Draw:
    """The randomness of one step: it depends on these three numbers and on nothing else.

    A training that is resumed therefore needs no state of any generator.

    Attributes:
        seed: of the training.
        step: steps done before this one.
        rank: of the device among all that train.
    """

    seed: int
    step: int
    rank: int = 0

    def numpy(self, purpose: str = "") -> np.random.Generator:
        """A NumPy generator.

        Args:
            purpose: generators of different purposes are independent; asked for again, the
                generator of a purpose starts from its beginning.
        """
        return np.random.default_rng(self._sequence(purpose))

    def torch(self, device: torch.device | str = "cpu", purpose: str = "") -> torch.Generator:
        """A torch generator on a device; ``purpose`` as in :meth:`numpy`."""
        # a CPU's generator takes 32 bits of a seed
        (seed,) = self._sequence(purpose).generate_state(1, np.uint32)
        return torch.Generator(device).manual_seed(int(seed))

    def _sequence(self, purpose: str) -> np.random.SeedSequence:
        return np.random.SeedSequence([self.seed, self.step, self.rank, *purpose.encode()])


@dataclass(frozen=True)
class StepLosses:
    """What a step measures.

    Attributes:
        terms: scalars by name, times their weights; the same names at every step. What is told
            of a training that diverges knows ``contrast`` and ``presence``.
        shares: (K,) share of the object that each part has in the batch.
    """

    terms: Mapping[str, Tensor]
    shares: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised: the sum of the terms."""
        return torch.stack([term.float() for term in self.terms.values()]).sum()


class Task(Protocol):
    """What can be trained.

    The training and evaluation modes of its layers are its own affair. To train on several
    devices it must also be possible to pickle it.
    """

    @property
    def module(self) -> nn.Module:
        """What is trained, and saved in checkpoints whole; frozen networks live elsewhere."""

    def groups(self) -> Sequence[tuple[Sequence[nn.Parameter], float]]:
        """The parameters to train, in groups, each with its multiple of the learning rate."""

    def losses(self, draw: Draw) -> StepLosses:
        """The losses of a batch; all that is random comes from ``draw``."""

    def criterion(self) -> float:
        """How good the module is now, without labels; lower is better, and nothing is random."""

    def to(self, device: torch.device) -> object:
        """Move everything to a device; called only where several devices train."""
