"""A run: the folder that a command leaves behind, readable without the code that made it.

run.json            what was done, with which versions, on what, how it ended
model/              the part model
masks/              a label PNG for each picture
overlays/           each picture with its parts laid over
training/           checkpoints and logs of what was trained
*.parquet           tables
report.html         for people
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from partonomy.errors import PartonomyError
from partonomy.features import ShardStore
from partonomy.images import Skipped, digest, unfinished, write_atomically
from partonomy.parts.model import PartModel, in_one_line, model_digest

RUN_FILE = "run.json"
_PROGRESS = ".progress"
Kind = Literal["discover", "segment", "train"]
_TRACKED = ("partonomy", "torch", "torchvision", "timm", "numpy", "faiss-cpu", "pillow")


class SkippedEntry(BaseModel):
    """A picture that was left out, and why."""

    picture: str
    reason: str


class RunFile(BaseModel):
    """``run.json``.

    Attributes:
        command: the command line, or the API call, that made the run.
        kind: the command: ``discover``, ``segment`` or ``train``.
        status: ``running`` until everything was written.
        config: every setting.
        n_pictures: pictures found; ``n_read`` of them were used.
        input_digest: content address of all pictures that were used.
        skipped: the others, and why.
        results: figures that sum the run up.
        timings: seconds a phase.
        versions: of what decides the results.
    """

    command: str
    kind: Kind
    status: Literal["running", "finished"] = "running"
    config: dict[str, Any]
    n_pictures: int
    n_read: int = 0
    input_digest: str = ""
    skipped: list[SkippedEntry] = Field(default_factory=list)
    results: dict[str, Any] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)


class Run:
    """A run folder.

    Args:
        folder: an existing run.

    Raises:
        PartonomyError: it is none, or its ``run.json`` is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            self.file = RunFile.model_validate_json((self.folder / RUN_FILE).read_text())
        except (FileNotFoundError, NotADirectoryError):
            raise PartonomyError(f"{folder} is no run: it has no {RUN_FILE}") from None
        except (OSError, ValueError) as error:
            raise PartonomyError(
                f"{self.folder / RUN_FILE} is damaged: {in_one_line(error)}"
            ) from None

    @classmethod
    def start(
        cls,
        folder: str | Path,
        kind: Kind,
        command: str,
        config: dict[str, Any],
        n_pictures: int,
    ) -> Run:
        """Open a folder for a run.

        Where the same run was started before and did not finish, what it did is kept; what any
        other run left goes.

        Raises:
            PartonomyError: the folder holds something else, or cannot be written.
        """
        path = Path(folder)
        if path.exists() and not path.is_dir():
            raise PartonomyError(f"-o {path}: there is a file of that name")
        found = path.iterdir() if path.is_dir() else ()
        if not (path / RUN_FILE).exists() and not all(map(unfinished, found)):
            raise PartonomyError(f"-o {path}: the folder is not empty and holds no run")
        run = object.__new__(cls)
        run.folder = path
        run.file = RunFile(
            kind=kind, command=command, config=config, n_pictures=n_pictures, versions=_versions()
        )
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not run._goes_on():
                run._clear()
            run._sweep()
            run._write_file()
        except OSError as error:
            raise PartonomyError(f"-o {path}: {error.strerror or error}") from error
        return run

    @property
    def masks(self) -> Path:
        """The folder of the masks."""
        return self.folder / "masks"

    @property
    def model(self) -> Path:
        """The folder of the part model."""
        return self.folder / "model"

    @property
    def overlays(self) -> Path:
        """The folder of the pictures with parts laid over."""
        return self.folder / "overlays"

    @property
    def training(self) -> Path:
        """The folder of what a training keeps to go on from."""
        return self.folder / "training"

    @property
    def report(self) -> Path:
        """The report."""
        return self.folder / "report.html"

    def progress_store(self, model: PartModel) -> ShardStore:
        """Where it is noted which chunks a model has segmented, until the run is finished."""
        return ShardStore(self.folder / _PROGRESS / model_digest(model))

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        start = time.perf_counter()
        yield
        self.file.timings[name] = round(time.perf_counter() - start, 3)

    def write_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``name.parquet``.

        Raises:
            PartonomyError: it cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_pylist([dict(row) for row in rows])
        self._write(f"{name}.parquet", lambda part: pq.write_table(table, part))

    def read_table(self, name: str) -> list[dict[str, Any]]:
        """The rows of ``name.parquet``.

        Raises:
            PartonomyError: the run has no such table, or it is damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise PartonomyError(
                f"{self.folder} has no {path.name}: the run did not finish, or an older version "
                f"made it; give its command again"
            )
        try:
            rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise PartonomyError(f"{path} is damaged: {in_one_line(error)}") from None
        return rows

    def record(self, read: Sequence[str], skipped: Sequence[Skipped]) -> None:
        """Note the digests of the pictures that were used, and which were not."""
        self.file.n_read = len(read)
        self.file.input_digest = digest(*(content.encode() for content in read))
        self.file.skipped = [
            SkippedEntry(picture=entry.name, reason=entry.reason) for entry in skipped
        ]

    def finish(self, **results: Any) -> None:
        """Write ``run.json`` with the run's results.

        Raises:
            PartonomyError: it cannot be written.
        """
        self.file.results = results
        self.file.status = "finished"
        self._write_file()
        shutil.rmtree(self.folder / _PROGRESS, ignore_errors=True)

    def _goes_on(self) -> bool:
        """Whether the folder holds this very run, unfinished."""
        try:
            before = Run(self.folder).file
        except PartonomyError:
            return False
        same = ("kind", "config", "n_pictures", "versions", "status")
        mine, other = self.file.model_dump(mode="json"), before.model_dump(mode="json")
        return all(mine[field] == other[field] for field in same)

    def _write_file(self) -> None:
        text = json.dumps(self.file.model_dump(mode="json"), indent=2) + "\n"
        self._write(RUN_FILE, lambda part: Path(part).write_text(text))

    def _write(self, name: str, write: Callable[[str], object]) -> None:
        try:
            write_atomically(self.folder / name, write)
        except OSError as error:
            raise PartonomyError(
                f"{self.folder / name} cannot be written: {error.strerror or error}"
            ) from error

    def _sweep(self) -> None:
        """Remove what was half written when the run was killed."""
        within = (folder.rglob("*") for folder in (self.masks, self.model, self.overlays))
        for path in chain(self.folder.iterdir(), *within):
            if unfinished(path):
                path.unlink()

    def _clear(self) -> None:
        whole = (self.masks, self.model, self.overlays, self.training, self.folder / _PROGRESS)
        for folder in whole:
            shutil.rmtree(folder, ignore_errors=True)
        for path in (self.report, *self.folder.glob("*.parquet")):
            path.unlink(missing_ok=True)


def _versions() -> dict[str, str]:
    versions = {name: version(name) for name in _TRACKED}
    return {"python": sys.version.split()[0], "machine": platform.machine(), **versions}
