"""A run into one or more formats, each a folder that is there wholly or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partonomy.errors import PartonomyError
from partonomy.export.collection import LabelledPictures
from partonomy.export.naming import categories, part_names, read_names
from partonomy.export.registry import chosen_formats, exporters
from partonomy.images import write_atomically
from partonomy.parts import Run

MARKER = "export.json"
"""Says that a folder holds exports, which may be written anew, and what each was made of."""


@dataclass(frozen=True)
class Exported:
    """One format that was written.

    Attributes:
        folder: where.
        advice: one sentence on how to import it.
    """

    folder: Path
    advice: str


def export_run(
    run: Run | str | Path,
    output: str | Path,
    formats: Iterable[str] = ("all",),
    *,
    rename: str | Path | Mapping[str, str] | None = None,
    on_progress: Callable[[int], None] = lambda _n: None,
) -> dict[str, Exported]:
    """Write a run's masks in the formats of labelling tools, each into a folder of its own.

    The same run gives the same bytes.

    Args:
        run: a finished run of any kind, or its folder.
        output: the folder of the formats' folders; made if need be.
        formats: names of formats, or ``all``.
        rename: names for parts, or a TOML file of them: parts of the same name become one
            category, and a part with an empty name becomes background.
        on_progress: called with the number of pictures done since the last call; each picture
            is done once for each format.

    Returns:
        What was written, by format.

    Raises:
        PartonomyError: a format or part is unknown, the run is not whole, the folder holds
            something else, the disk is full.
    """
    run = run if isinstance(run, Run) else Run(run)
    chosen = chosen_formats(formats)
    if isinstance(rename, str | Path):
        names = categories(part_names(run), read_names(Path(rename)), f"--rename {rename}")
    else:
        names = categories(part_names(run), rename or {}, "rename")
    pictures = LabelledPictures(run, names, on_progress)
    folder = open_output(output)
    made_of = {"run": str(run.folder.absolute()), "names": list(names.names)}
    return {name: _export(name, pictures, folder, made_of) for name in chosen}


def open_output(output: str | Path) -> Path:
    """Make the folder of the exports, or find that it is one; its absolute path.

    Raises:
        PartonomyError: it holds something else, or cannot be made.
    """
    path = Path(output)
    if path.exists() and not path.is_dir():
        raise PartonomyError(f"-o {path}: there is a file of that name")
    if path.is_dir() and any(path.iterdir()) and not (path / MARKER).is_file():
        raise PartonomyError(f"-o {path}: the folder is not empty and holds no export")
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not (path / MARKER).is_file():
            _note(path, {})
    except OSError as error:
        raise PartonomyError(f"-o {path}: {error.strerror or error}") from error
    # files refer to pictures by relative paths, which links would lead astray
    return path.resolve()


def _export(
    name: str, pictures: LabelledPictures, output: Path, made_of: Mapping[str, Any]
) -> Exported:
    folder, part = output / name, output / f".part-{name}"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        advice = exporters()[name](pictures, part)
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
        _note(output, _noted(output) | {name: dict(made_of)})
    except OSError as error:
        raise PartonomyError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Exported(folder, advice)


def _noted(output: Path) -> dict[str, Any]:
    try:
        noted = json.loads((output / MARKER).read_text())
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) else {}


def _note(output: Path, exported: Mapping[str, Any]) -> None:
    text = json.dumps(exported, indent=2, sort_keys=True) + "\n"
    write_atomically(output / MARKER, lambda part: Path(part).write_text(text))
