"""The recipe ``choudhury2021`` from pictures to a run: trained, and their masks written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from partonomy.errors import PartonomyError
from partonomy.features import Begin, unseen
from partonomy.images import ImageFolder, MaskFolder, unusable
from partonomy.parts import LiveSegmentation, Run, write_masks
from partonomy.segmenter.choudhury.recipe import Choudhury2021
from partonomy.segmenter.choudhury.task import ChoudhuryTask
from partonomy.segmenter.network_model import NetworkPartModel, part_model_of
from partonomy.segmenter.training import Training, TrainingSettings, best_of_seeds


def train_choudhury(
    pictures: ImageFolder,
    output: str | Path,
    recipe: Choudhury2021 | None = None,
    *,
    masks: MaskFolder | None = None,
    weights: str | Path | None = None,
    perceptual_weights: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    training: Mapping[str, Any] | None = None,
    seeds: Sequence[int] | None = None,
    strict: bool = False,
    workers: int | None = None,
    command: str = "partonomy.segmenter.choudhury.train_choudhury(...)",
    begin: Begin = unseen,
    say: Callable[[str], None] = lambda _note: None,
) -> Run:
    """Train a part segmenter, segment the pictures with it, and leave a run folder.

    A run that was killed goes on from its last checkpoint when it is started again; on a CPU it
    ends with the same weights. Nothing of an earlier run is touched before the networks and the
    pictures were found to be usable.

    Args:
        pictures: to train on.
        output: the run's folder.
        recipe: the published constants if not given.
        masks: foreground masks; everything is foreground if None.
        weights: of the trained network at first, see :class:`ChoudhuryTask`.
        perceptual_weights: of the perceptual network.
        device: ``auto``, ``cpu``, ``cuda``, ...
        precision: of the perceptual network: ``auto``, ``float32`` or ``bfloat16``.
        training: :class:`TrainingSettings` to change from what the recipe has.
        seeds: train with each, and keep the one with the lowest criterion; the recipe's if not
            given.
        strict: make a picture that cannot be used an error, before training.
        workers: threads that decode for the masks; one a core if not given.
        command: what the run is to say made it.
        begin: for progress; told the latest losses.
        say: told what people should know of the run, a sentence at a time.

    Raises:
        Diverged: each seed did; the last good checkpoint is kept.
        PartonomyError: no picture can be used, weights cannot be had, the folder holds something
            else, the disk is full; with ``strict``, any skipped picture.
    """
    recipe = recipe or Choudhury2021()
    seeds = tuple(seeds or (recipe.seed,))
    settings = recipe.training(**training or {})

    task = ChoudhuryTask(
        recipe.model_copy(update={"seed": seeds[0]}),
        pictures.files,
        masks=masks,
        weights=weights,
        perceptual_weights=perceptual_weights,
        device=device,
        precision=precision,
    )
    if strict and task.skipped:
        raise PartonomyError(unusable(task.skipped, strict=True))
    config = {
        "root": str(pictures.root),
        "foreground": None if masks is None else str(masks.root),
        "recipe": recipe.model_dump(mode="json"),
        "n_parts": recipe.n_parts,
        "seeds": list(seeds),
        "training": _deciding(settings),
        "weights": None if weights is None else str(weights),
        "perceptual_weights": None if perceptual_weights is None else str(perceptual_weights),
        "task": task.identity,
        "device": task.device.type,
    }
    run = Run.start(output, "train", command, config, len(pictures))
    for note in task.notes:
        say(note)
    advance = begin("training", settings.steps * len(seeds))
    trained_on = task.device
    with run.phase("train"):
        result = best_of_seeds(
            lambda seed: task if seed == seeds[0] else task.of_seed(seed, trained_on),
            seeds,
            settings,
            run.training,
            identity=task.identity,
            on_progress=lambda steps, losses: advance(steps, _in_words(losses)),
        )
    task.to(trained_on)  # several devices leave it on the CPU
    model = _part_model(task, result)
    model.save(run.model)
    dead = [model.part_names[part] for part in result.dead]
    found = [*_of_diverged(result), *_of_dead(dead, recipe.n_parts)]
    for note in found:
        say(note)

    with run.phase("segment"):
        left_out = {entry.name for entry in task.skipped}
        files = [file for file in pictures.files if file.name not in left_out]
        segmentation = LiveSegmentation(model, files, masks, workers)
        progress = run.progress_store(model)
        rows, skipped = write_masks(segmentation, run.masks, progress, begin("masks", len(files)))
    run.write_table("pictures", rows)
    run.write_table("losses", [row.flat() for row in result.rows])
    run.record([row["digest"] for row in rows], [*task.skipped, *skipped])
    run.finish(
        recipe=recipe.name,
        n_parts=recipe.n_parts,
        seed=result.seed,
        step=result.step,
        criterion=result.criterion,
        losses=result.rows[-1].losses(),
        dead_parts=dead,
        notes=[*task.notes, *found],
    )
    return run


def _deciding(settings: TrainingSettings) -> dict[str, Any]:
    """What decides a training: logs may come and go."""
    return {name: value for name, value in asdict(settings).items() if name != "tensorboard"}


def _part_model(task: ChoudhuryTask, training: Training) -> NetworkPartModel:
    """The part model, whose recipe has the seed that was best."""
    best = copy(task)
    best.recipe = task.recipe.model_copy(update={"seed": training.seed})
    return part_model_of(best, training)


def _of_diverged(training: Training) -> list[str]:
    return [f"seed {seed} is left out: {reason}" for seed, reason in training.diverged.items()]


def _of_dead(dead: Sequence[str], n_parts: int) -> list[str]:
    if not dead:
        return []
    return [
        f"{len(dead)} of {n_parts} parts died, nearly nothing of the objects is theirs: "
        f"{', '.join(dead)}; ask for fewer parts"
    ]


def _in_words(losses: Mapping[str, float]) -> str:
    return " ".join(f"{name} {value:.3g}" for name, value in losses.items())
