"""The folder of a training: where it was when it was last written, and its best weights.

last.pt            the module, the optimizer and the progress, at the last good checkpoint
best.pt            the module at the lowest criterion
losses.parquet     a row for each ``log_every`` steps
diverged.json      why it was given up, where it was

Each file is written whole or not at all. All name the training they belong to by its digest; those
of another training are removed.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from partonomy.errors import PartonomyError
from partonomy.images import unfinished, write_atomically
from partonomy.segmenter.training.logs import Row, packed, unpacked, write_losses


@dataclass
class Progress:
    """How far a training is.

    Attributes:
        step: steps done.
        rows: of the losses so far.
        best: the lowest criterion so far.
        checks_without_gain: looks at the criterion since.
        finished: no step is left to do.
    """

    step: int = 0
    rows: list[Row] = field(default_factory=list)
    best: float = math.inf
    checks_without_gain: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds; in ``best.pt`` no state of the optimizer and no rows."""

    module: dict[str, Any]
    optimizer: dict[str, Any]
    progress: Progress


@dataclass(frozen=True)
class Checkpoints:
    """The folder of a training.

    Attributes:
        folder: made when it is opened.
        digest: what the training is.
    """

    folder: Path
    digest: str

    @property
    def last_file(self) -> Path:
        """The last good checkpoint."""
        return self.folder / "last.pt"

    @property
    def best_file(self) -> Path:
        """The best weights."""
        return self.folder / "best.pt"

    @property
    def events(self) -> Path:
        """The folder of TensorBoard's files."""
        return self.folder / "tensorboard"

    @property
    def _losses_file(self) -> Path:
        return self.folder / "losses.parquet"

    @property
    def _diverged_file(self) -> Path:
        return self.folder / "diverged.json"

    def open(self) -> None:
        """Make the folder; remove what another training, or a killed one, left half written.

        Raises:
            PartonomyError: it cannot be written, or holds a damaged file.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.iterdir():
                if unfinished(path):
                    path.unlink()
            if any(owner != self.digest for owner in self._owners()):
                self._clear()
        except OSError as error:
            raise self._unwritable(error) from error

    def save(self, module: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
        """Write ``last.pt`` and the table of losses.

        Raises:
            PartonomyError: the disk is full or the folder cannot be written.
        """
        self._save(self.last_file, module.state_dict(), optimizer.state_dict(), progress)
        self._write(self._losses_file, lambda part: write_losses(progress.rows, part))

    def save_best(self, module: nn.Module, progress: Progress) -> None:
        """Write ``best.pt``; raises as `save`."""
        self._save(self.best_file, module.state_dict(), {}, replace(progress, rows=[]))

    def last(self) -> Checkpoint | None:
        """The last good checkpoint, on the CPU; None where there is none.

        Raises:
            PartonomyError: it is damaged.
        """
        return self._load(self.last_file)

    def best(self) -> Checkpoint | None:
        """The checkpoint of the best weights, as :meth:`last`."""
        return self._load(self.best_file)

    def give_up(self, reason: str, step: int) -> None:
        """Note that the training diverged, so that it is not tried again; raises as `save`."""
        text = json.dumps({"digest": self.digest, "reason": reason, "step": step}) + "\n"
        self._write(self._diverged_file, lambda part: Path(part).write_text(text))

    def given_up(self) -> tuple[str, int] | None:
        """Why, and at which step, the training diverged when it ran before."""
        if not self._diverged_file.exists():
            return None
        noted = self._read_note()
        return noted["reason"], noted["step"]

    def _save(
        self, path: Path, module: dict[str, Any], optimizer: dict[str, Any], progress: Progress
    ) -> None:
        content = {
            "digest": self.digest,
            "module": module,
            "optimizer": optimizer,
            "progress": {**vars(progress), "rows": packed(progress.rows)},
        }
        self._write(path, lambda part: torch.save(content, part))

    def _load(self, path: Path) -> Checkpoint | None:
        if not path.exists():
            return None
        content = self._read(path)
        rows = unpacked(content["progress"]["rows"])
        progress = Progress(**{**content["progress"], "rows": rows})
        return Checkpoint(content["module"], content["optimizer"], progress)

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            content["digest"]
        except Exception as error:  # whatever damage makes of a pickle
            raise _damaged(path) from error
        return content

    def _read_note(self) -> dict[str, Any]:
        try:
            noted: dict[str, Any] = json.loads(self._diverged_file.read_text())
            noted["reason"], noted["step"], noted["digest"]
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(self._diverged_file) from error
        return noted

    def _owners(self) -> list[str]:
        """The digests that files name."""
        checkpoints = [path for path in (self.last_file, self.best_file) if path.exists()]
        notes = [self._read_note()] if self._diverged_file.exists() else []
        return [file["digest"] for file in [*map(self._read, checkpoints), *notes]]

    def _clear(self) -> None:
        for path in (self.last_file, self.best_file, self._losses_file, self._diverged_file):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.events, ignore_errors=True)

    def _write(self, path: Path, write: Callable[[str], object]) -> None:
        try:
            write_atomically(path, write)
        # torch's own writer does not say more than RuntimeError
        except (OSError, RuntimeError) as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: Exception) -> PartonomyError:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        return PartonomyError(
            f"the training cannot be kept in {self.folder} ({reason}): free some space or choose "
            "another folder; what was written before is kept"
        )


def _damaged(path: Path) -> PartonomyError:
    return PartonomyError(f"{path} is damaged: delete it, and give the command again")
