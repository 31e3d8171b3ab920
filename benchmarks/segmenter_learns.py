"""Whether ``choudhury2021`` learns where its published networks are not at hand: on PartWorld."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.bench import SEEDS, Score, score, spread
from benchmarks.metrics import Labels, contingency
from benchmarks.record import table
from partonomy.backbones import load_backbone, own_backbone
from partonomy.baselines import fit_baseline
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.demo.truth import TrueClass
from partonomy.features import FeatureExtractor
from partonomy.parts import PartModel, PictureParts, segment
from partonomy.segmenter import NetworkPartModel
from partonomy.segmenter.choudhury import Choudhury2021, ChoudhuryTask, find_subjects
from partonomy.segmenter.choudhury.batches import read_batch
from partonomy.segmenter.training import Draw, train

CLASS, PICTURES, SIDE, SPLIT = "face", 96, 128, "train"
CHECKED = 24
"""Pictures on which the equivariance error is measured."""
LOOKS = 4

CONSTANTS = {
    "n_parts": 4,
    "network": "resnet18",
    "perceptual": "bundled/partworld",
    "perceptual_layers": {"stage2": 1.0},
    "framing": {"size": 64},
    "batch": 4,
    "steps": 480,
    "learning_rate": 1e-3,
}
"""Where the recipe is not as published: what is at hand, and what a CPU does in minutes."""


@dataclass(frozen=True)
class Look:
    """What is measured of a training.

    Attributes:
        step: steps done.
        losses: weighted, by name, as means over the steps before; none before the first.
        error: share of the object's pixels, x 100, that are another part after a warp.
        score: FG-NMI and FG-ARI.
    """

    step: int
    losses: Mapping[str, float]
    error: float
    score: Score


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: pictures, and steps, to try the script out.
    """
    constants = CONSTANTS if limit is None else CONSTANTS | {"steps": limit}
    recipe = Choudhury2021(**constants)
    yield _introduction(recipe, limit or PICTURES)
    looks: list[list[Look]] = []
    others: list[Score] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            place = Path(folder) / str(seed)
            world = PartWorld(limit or PICTURES, (CLASS,), size=SIDE, seed=seed, split=SPLIT)
            write_folder(world, place / "world", 0)
            truth = TrueClass(place / "world", CLASS)
            others.append(_score(_kmeans(truth, recipe, seed), truth))
            looks.append(_trained(truth, recipe.model_copy(update={"seed": seed}), place))
            yield f"Seed {seed}:"
            yield _table(looks[-1])
    yield _verdict(looks, others)


def _introduction(recipe: Choudhury2021, n_pictures: int) -> str:
    changed = ", ".join(
        f"`{name}` {getattr(recipe, name)}" for name in CONSTANTS if name != "framing"
    )
    return (
        f"{n_pictures} rendered pictures of the class {CLASS} ({SIDE} px, split `{SPLIT}`), "
        f"foreground given. The trained network begins with random weights; crops of "
        f"{recipe.framing.size} x {recipe.framing.size}; {changed}; all else as published. "
        "k-means: of the same perceptual features at the same size, by `partonomy.baselines`. "
        "Losses: weighted, means over the steps since the row before. Equivariance error: share "
        "of the object's pixels, in %, that are another part in the warped view, on "
        f"{CHECKED} pictures. "
        "FG-NMI / FG-ARI x 100 in original pixels, all pictures in one table, mean ± standard "
        f"deviation over seeds {', '.join(map(str, SEEDS))} (of pictures too)."
    )


def _trained(truth: TrueClass, recipe: Choudhury2021, folder: Path) -> list[Look]:
    """What is seen of a training before, in and after it."""
    task = ChoudhuryTask(
        recipe,
        truth.pictures.files,
        masks=truth.foreground,
        weights="random",
        device="cpu",
        precision="float32",
    )
    looks = [_look(task, truth, 0, {})]
    every = max(1, recipe.steps // LOOKS)
    done = 0

    def on_progress(steps: int, losses: Mapping[str, float]) -> None:
        nonlocal done
        done += steps
        if done % every == 0 or done == recipe.steps:
            looks.append(_look(task, truth, done, losses))

    settings = recipe.training(log_every=every, check_every=recipe.steps, checkpoint_every=10**6)
    train(task, settings, folder / "training", identity=task.identity, on_progress=on_progress)
    return looks


def _look(task: ChoudhuryTask, truth: TrueClass, step: int, losses: Mapping[str, float]) -> Look:
    backbone = own_backbone(task.module, "classifier", device="cpu", precision="float32")
    size, seed = task.recipe.framing.size, task.recipe.seed
    described = task.recipe.model_dump(mode="json")
    model = NetworkPartModel(backbone, size, described, with_masks=True, seed=seed)
    return Look(step, losses, _equivariance_error(task, truth), _score(model, truth))


@torch.no_grad()
def _equivariance_error(task: ChoudhuryTask, truth: TrueClass) -> float:
    task.module.eval()
    subjects, _ = find_subjects(truth.pictures.files[:CHECKED], truth.foreground)
    batch = read_batch(subjects, task.recipe.framing, truth.foreground)
    views = task.views(batch, Draw(0, 0))
    expected = task.warped(views.warp, task.logits(views.first)).argmax(1)
    inside = views.warped_foreground[:, 0] > 0.5
    other = task.logits(views.second).argmax(1) != expected
    return 100 * float(other[inside].float().mean())


def _kmeans(truth: TrueClass, recipe: Choudhury2021, seed: int) -> PartModel:
    backbone = load_backbone(
        recipe.perceptual, list(recipe.perceptual_layers), device="cpu", precision="float32"
    )
    extractor = FeatureExtractor(backbone, recipe.framing.size, None, masks=truth.foreground)
    return fit_baseline("k-means", extractor, truth.pictures.files, recipe.n_parts, seed)


def _score(model: PartModel, truth: TrueClass) -> Score:
    found: list[Labels] = []
    for parts in segment(model, truth.pictures.files, truth.foreground):
        assert isinstance(parts, PictureParts)
        found.append(parts.labels())
    tables = map(contingency, truth.labels, found)
    return score(sum(tables)[1:])  # type: ignore[index]


def _table(looks: Sequence[Look]) -> str:
    names = list(looks[-1].losses)
    rows = [
        (
            str(look.step),
            *(f"{look.losses[name]:.1f}" if look.losses else "" for name in names),
            f"{look.error:.1f}",
            f"{look.score[0]:.1f} / {look.score[1]:.1f}",
        )
        for look in looks
    ]
    return table(("step", *names, "equivariance error", "FG-NMI / FG-ARI"), rows)


def _verdict(looks: Sequence[Sequence[Look]], others: Sequence[Score]) -> str:
    first, last = ([each[index].score for each in looks] for index in (0, -1))
    gain = np.mean(last, axis=0)[0] - np.mean(others, axis=0)[0]
    verdict = "yes" if gain > 0 else "**NO**"
    rows = [("before", spread(first)), ("after", spread(last)), ("k-means", spread(others))]
    return (
        f"{table(('', 'FG-NMI / FG-ARI'), rows)}\n\n"
        f"FG-NMI above k-means of the same features: {gain:+.1f}: {verdict}."
    )
