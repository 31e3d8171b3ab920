"""A run's tree cut into another number of parts, without fitting again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from partonomy.errors import PartonomyError
from partonomy.images import ImageFolder, MaskFolder
from partonomy.parts import PartModel, Run, load, segment_collection


@runtime_checkable
class _Tree(Protocol):
    """A part model that can be cut elsewhere."""

    def cut(self, n_parts: int) -> PartModel: ...


def recut(
    run: Run,
    n_parts: int,
    output: str | Path,
    *,
    backbone: str | None = None,
    weights: str | Path | None = None,
    device: str = "auto",
    workers: int | None = None,
    command: str = "partonomy.export.recut(...)",
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Run:
    """Cut a run's part model into ``n_parts`` and segment the run's pictures again.

    Args:
        run: a finished run of discover.
        n_parts: K; fewer parts if the tree has fewer concepts.
        output: the new run's folder.
        backbone: see :func:`partonomy.load`.
        weights: likewise.
        device: likewise.
        workers: threads that decode; one a core if not given.
        command: what the new run is to say made it.
        on_progress: called with the number of pictures done since the last call.

    Raises:
        PartonomyError: the run has no model or one without a tree, the model cannot be built
            here, the masks of its foreground are gone, no picture can be read any more.
    """
    if run.file.kind != "discover":
        raise PartonomyError(
            f"--parts {n_parts}: {run.folder} was made by {run.file.kind} and holds no tree to "
            "cut: give the run of discover"
        )
    rows = run.read_table("pictures")
    model = load(run.folder, backbone=backbone, weights=weights, device=device)
    if not isinstance(model, _Tree):
        raise PartonomyError(
            f"--parts {n_parts}: the part model of {run.folder} has no tree to cut"
        )
    pictures = ImageFolder.of(Path(run.file.config["root"]), [Path(row["path"]) for row in rows])
    return segment_collection(
        model.cut(n_parts),
        pictures,
        output,
        masks=_masks(run, model),
        workers=workers,
        command=command,
        on_progress=on_progress,
    )


def _masks(run: Run, model: PartModel) -> MaskFolder | None:
    """The foreground masks that a run was made with."""
    return MaskFolder(run.file.config["foreground"]) if model.with_masks else None
