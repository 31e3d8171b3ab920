"""Files that are there wholly or not at all, whenever a run is killed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

_UNFINISHED = ".part-"


def write_atomically(path: Path, write: Callable[[str], object]) -> None:
    """Call ``write(temporary)`` and rename the temporary file to ``path`` when it is whole."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED, suffix=path.suffix)
    os.close(handle)
    try:
        write(name)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def unfinished(path: Path) -> bool:
    """Whether a file is what :func:`write_atomically` leaves when it is killed."""
    return path.name.startswith(_UNFINISHED)
