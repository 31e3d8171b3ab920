"""A saved part model on a collection: a run with masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from partonomy.errors import PartonomyError
from partonomy.images import ImageFolder, MaskFolder, digest, unusable
from partonomy.parts.model import PartModel, model_digest
from partonomy.parts.run import Run
from partonomy.parts.segmenting import LiveSegmentation, write_masks


def segment_collection(
    model: PartModel,
    pictures: ImageFolder,
    output: str | Path,
    *,
    masks: MaskFolder | None = None,
    strict: bool = False,
    workers: int | None = None,
    command: str = "partonomy.segment_collection(...)",
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Run:
    """Segment a collection and leave a run folder with masks and a table of the pictures.

    A run that was killed goes on where it stopped when it is started again.

    Args:
        model: any part model.
        pictures: the collection.
        output: the run's folder.
        masks: foreground masks.
        strict: make a picture that cannot be used an error, at the end.
        workers: threads that decode; one a core if not given.
        command: what the run is to say made it.
        on_progress: called with the number of pictures done since the last call.

    Raises:
        PartonomyError: no picture can be used, the folder holds something else, the disk is full;
            with ``strict``, any skipped picture.
    """
    config = {
        "root": str(pictures.root),
        "names_digest": digest("\0".join(file.name for file in pictures).encode()),
        "model": model_digest(model),
        "part_names": list(model.part_names),
        "foreground": None if masks is None else str(masks.root),
        "device": model.backbone.device.type,
    }
    run = Run.start(output, "segment", command, config, len(pictures))
    with run.phase("segment"):
        segmentation = LiveSegmentation(model, pictures.files, masks, workers)
        progress = run.progress_store(model)
        rows, skipped = write_masks(segmentation, run.masks, progress, on_progress)
    if not rows or (strict and skipped):
        raise PartonomyError(unusable(skipped, strict))
    run.write_table("pictures", rows)
    run.record([row["digest"] for row in rows], skipped)
    run.finish(n_parts=len(model.part_names))
    return run
