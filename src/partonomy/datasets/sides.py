"""Left and right in the names of parts."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SIDE = re.compile(r"(?<![a-z])(left|right|l|r)(?![a-z])", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"}


def mirrored_sides(names: Iterable[str]) -> dict[str, str]:
    """What parts become in the mirror, by their names: ``left_eye`` is ``right_eye``.

    Only names of which both sides occur are in it.
    """
    known = list(names)
    pairs = {name: _SIDE.sub(lambda side: _OTHER[side.group().lower()], name) for name in known}
    return {name: other for name, other in pairs.items() if other != name and other in known}
