"""The whole of it: render, discover in the bundled network, score beside rivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partonomy.backbones import load_backbone
from partonomy.backbones.bundled import bundled_card
from partonomy.concepts import DiscoverSettings, discover
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.demo.rivals import COLOUR, RANDOM, rivals, untrained
from partonomy.demo.scoring import Labels, Tables, picture_tables, side_by_side
from partonomy.demo.truth import TrueClass, read_labels
from partonomy.features import Begin, unseen
from partonomy.parts import Run
from partonomy.report import write_report

BUNDLED = "partworld"
NETWORK = f"bundled/{BUNDLED}"
SPLIT = "demo"
OURS = "partonomy in the bundled network"
METHODS = (OURS, RANDOM, COLOUR)
DEFAULT_CLASSES = ("bird", "car", "chair", "person", "quadruped", "ship")
PICTURES, SIDE = 40, 256
LAYERS, SIZE, CONTEXT = ("stage2", "stage3.0"), 176, 0.0
"""Both layers as one map on the lattice of the first, stride 8; the last block has begun to forget
parts for the class. Objects are about as large as the network knows them, and their parts are often
no larger than a cell, so that surroundings blur them. Chosen on split ``demo``."""


@dataclass(frozen=True)
class DemoSettings:
    """Everything that decides a demo.

    Attributes:
        classes: of PartWorld.
        n_pictures: of each class.
        seed: of the pictures and of everything random.
        side: height and width of the pictures in pixels.
        size: of the network's input.
    """

    classes: tuple[str, ...] = DEFAULT_CLASSES
    n_pictures: int = PICTURES
    seed: int = 0
    side: int = SIDE
    size: int = SIZE


@dataclass(frozen=True)
class ClassResult:
    """What was found in the pictures of one class.

    Attributes:
        truth: pictures and true parts.
        run: the run of discover.
        found: its label maps, (height, width) each.
        tables: (n, K, K + 1) of each method, see :func:`picture_tables`.
    """

    truth: TrueClass
    run: Run
    found: list[Labels]
    tables: Mapping[str, Tables]


@dataclass(frozen=True)
class Demo:
    """A finished demo.

    Attributes:
        output: its folder.
        command: what made it.
        settings: what decided it.
        card: of the bundled network.
        classes: a result a class.
    """

    output: Path
    command: str
    settings: DemoSettings
    card: Mapping[str, Any]
    classes: tuple[ClassResult, ...]

    def tables(self, method: str) -> Tables:
        """(n, classes, R, C) of one method."""
        return side_by_side([each.tables[method] for each in self.classes])


def run_demo(
    output: Path,
    settings: DemoSettings | None = None,
    *,
    command: str = "partonomy.demo.run_demo(...)",
    begin: Begin = unseen,
) -> Demo:
    """Render pictures of some classes, find their parts, and score them.

    ::

        world/         the pictures, their foregrounds and true parts
        runs/CLASS/    a run of discover each, with its report

    A demo that was killed ends the same when it is started again.

    Args:
        output: the folder.
        settings: the defaults if not given.
        command: what is to be said to have made it.
        begin: for progress.

    Raises:
        PartonomyError: there is no such class, a number is out of range, there are too few pictures
            for parts, the folders hold something else, the disk is full.
    """
    settings = settings or DemoSettings()
    count = settings.n_pictures * len(settings.classes)
    world = PartWorld(count, settings.classes, settings.side, seed=settings.seed, split=SPLIT)
    write_folder(world, output / "world", 0, begin("pictures", count))
    trained, blank = load_backbone(NETWORK, LAYERS), untrained(NETWORK, LAYERS, settings.seed)
    advance = begin("methods", len(METHODS) * len(settings.classes))
    results = []
    for name in settings.classes:
        truth = TrueClass(output / "world", name)
        wanted = discovery(truth, settings.size, settings.seed)
        run = discover(trained, truth.pictures, output / "runs" / name, wanted, command=command)
        write_report(run)
        found = [read_labels(run.masks / row["mask"]) for row in run.read_table("pictures")]
        tables = {OURS: picture_tables(truth.labels, found, truth.n_parts)}
        advance(1)
        for method, labels in rivals(blank, truth, wanted):
            tables[method] = picture_tables(truth.labels, labels, truth.n_parts)
            advance(1)
        results.append(ClassResult(truth, run, found, tables))
    return Demo(output, command, settings, bundled_card(BUNDLED), tuple(results))


def discovery(truth: TrueClass, size: int, seed: int) -> DiscoverSettings:
    """What the parts of a class are discovered with: its foreground, as many as there truly are."""
    return DiscoverSettings(
        n_parts=truth.n_parts,
        size=size,
        context=CONTEXT,
        foreground=truth.foreground_folder,
        seed=seed,
    )
