"""Steps of an audit as folders of tables: each is whole or not there, and knows what it is of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partonomy.emergence.tables import Rows, write_tables
from partonomy.images import write_atomically

KEY = "key.json"
"""What a step was made of."""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        folder: of its tables.
        facts: all that its tables follow from; JSON values.
    """

    folder: Path
    facts: Mapping[str, Any]

    @property
    def done(self) -> bool:
        """Whether it is there, and of the same facts."""
        try:
            return (self.folder / KEY).read_text(encoding="utf-8") == self._key
        except (OSError, UnicodeDecodeError):
            return False

    def begin(self) -> None:
        """Make its folder anew, empty."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)

    def write(self, rows: Rows) -> None:
        """Tables first, the key last: a step that has one is whole."""
        write_tables(self.folder, rows)
        key = self._key
        write_atomically(self.folder / KEY, lambda part: Path(part).write_text(key, "utf-8"))

    @property
    def _key(self) -> str:
        return json.dumps(self.facts)


def step_folder(folder: Path, kind: str, name: str) -> Path:
    """Where a step of a layer lies."""
    return folder / kind / file_name(name)


def file_name(name: str) -> str:
    """A name of a layer or a class as that of a file, which leads nowhere else."""
    plain = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
    return f"_{plain}" if plain.strip(".") == "" else plain
