"""What may not be lost from one audit to the next, for use in continuous integration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partonomy.emergence.comparing import PartChange
from partonomy.errors import PartonomyError

EVERY = "*"


@dataclass(frozen=True)
class Limit:
    """How far the precision of a part may fall.

    Attributes:
        part: a part of any class, a class and its part, or ``*`` for every part.
        drop: of AP, from 0 to 1.
    """

    part: str
    drop: float

    def covers(self, change: PartChange) -> bool:
        """Whether it is of this part."""
        return self.part in (EVERY, change.part, change.name)

    def __str__(self) -> str:
        return f"{self.part}:{self.drop:g}"


def read_limit(text: str) -> Limit:
    """``wheel:0.05``, ``car wheel:0.05`` or ``*:0.05``.

    Raises:
        PartonomyError: it is none.
    """
    part, _, number = text.rpartition(":")
    try:
        drop = float(number)
    except ValueError:
        drop = -1.0
    if not part.strip() or not 0 <= drop < 1:
        raise PartonomyError(
            f"--fail-if-lost {text}: give a part and how far its AP may fall, from 0 to 1, "
            "such as wheel:0.05"
        )
    return Limit(part.strip(), drop)


def broken_limits(
    changes: Sequence[PartChange], limits: Sequence[Limit]
) -> list[tuple[PartChange, Limit]]:
    """Parts that are lost, each with the strictest limit of it.

    A part is if its AP fell by more than the limit and the fall is beyond chance, its interval
    below 0; and if it was measured before and is not after, since its loss cannot be ruled out.

    Raises:
        PartonomyError: a limit is of a part that was not measured before, so that it never breaks.
    """
    known = [each for each in changes if each.before is not None]
    for limit in limits:
        if not any(map(limit.covers, known)):
            names = ", ".join(each.name for each in known) or "none"
            raise PartonomyError(
                f"--fail-if-lost {limit}: no such part is measured before; these are: {names}"
            )
    found = []
    for change in known:
        some = [each for each in limits if each.covers(change)]
        if some:
            strictest = min(some, key=lambda each: each.drop)
            if _broken(change, strictest):
                found.append((change, strictest))
    return found


def _broken(change: PartChange, limit: Limit) -> bool:
    if change.change is None:
        return True
    return change.lost and change.change.value < -limit.drop
