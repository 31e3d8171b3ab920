"""Parts found in the bundled network on held-out renders, beside what is found without training."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

import partonomy as pt
from benchmarks.bench import SEEDS, Score, score, spread
from benchmarks.record import table
from benchmarks.verdict import Scores, verdict
from partonomy.backbones.bundled import bundled_card
from partonomy.datasets.partworld import FIGURES, PartWorld, write_folder
from partonomy.demo.demo import (
    BUNDLED,
    CONTEXT,
    LAYERS,
    METHODS,
    NETWORK,
    OURS,
    SIDE,
    SIZE,
    discovery,
)
from partonomy.demo.rivals import COLOUR, RANDOM, in_network, rivals, untrained
from partonomy.demo.scoring import Labels, picture_tables
from partonomy.demo.truth import TrueClass

PICTURES = 60
"""Of each class, with each seed."""
SPLIT = "test"
BARS = {RANDOM: 15.0, COLOUR: 15.0}
"""How far above each rival FG-NMI is to be, x 100, as a mean over classes and seeds."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures of each class, to try the script out.
    """
    n_pictures = limit or PICTURES
    yield _introduction(n_pictures)
    results: dict[str, dict[str, list[Score]]] = {name: defaultdict(list) for name in FIGURES}
    trained = pt.load_backbone(NETWORK, LAYERS)
    for seed in SEEDS:
        blank = untrained(NETWORK, LAYERS, seed)
        with tempfile.TemporaryDirectory() as folder:
            world = PartWorld(
                n_pictures * len(FIGURES), tuple(FIGURES), size=SIDE, seed=seed, split=SPLIT
            )
            write_folder(world, Path(folder), 0)
            for name, of_method in results.items():
                truth = TrueClass(Path(folder), name)
                for method, found in _found(trained, blank, truth, seed):
                    tables = picture_tables(truth.labels, found, truth.n_parts)
                    of_method[method].append(score(tables.sum(axis=0)))
    yield _table(results)
    yield from _bars(results)
    yield "Where another row is better (its figure, then partonomy's), means over seeds:"
    of_class: dict[str, Scores] = {
        name: {method: {_n_parts(name): scores} for method, scores in of_method.items()}
        for name, of_method in results.items()
    }
    yield table(
        ("measure", OURS, "best of the others", "best", "not best in"),
        list(verdict((), of_class, OURS)),
    )


def _found(
    trained: pt.Backbone, blank: pt.Backbone, truth: TrueClass, seed: int
) -> Iterator[tuple[str, list[Labels]]]:
    wanted = discovery(truth, SIZE, seed)
    yield OURS, in_network(trained, truth, wanted)
    yield from rivals(blank, truth, wanted)


def _introduction(n_pictures: int) -> str:
    card = bundled_card(BUNDLED)
    named = 100 * card["accuracy"]["0"]["all"]
    return (
        f"`{NETWORK}` (weights {card['digest'][:12]}; names the class of {named:.1f} % of held-out "
        f"pictures), layers {' and '.join(f'`{layer}`' for layer in LAYERS)}; {n_pictures} "
        f"pictures of {SIDE} px of each class, split `{SPLIT}`, seen at {SIZE} px, "
        f"`--context {CONTEXT:g}`; foreground given, as many parts as there truly are. FG-NMI / "
        "FG-ARI x 100 in original pixels, mean ± standard deviation over seeds "
        f"{', '.join(map(str, SEEDS))} of pictures, of discovery and of the random weights."
    )


def _table(results: Mapping[str, Mapping[str, list[Score]]]) -> str:
    rows = [
        (name, str(_n_parts(name)), *(spread(of_method[method]) for method in METHODS))
        for name, of_method in results.items()
    ]
    means = [spread(_mean(results, method)) for method in METHODS]
    return table(("class", "parts", *METHODS), [*rows, ("**mean**", "", *means)])


def _mean(results: Mapping[str, Mapping[str, list[Score]]], method: str) -> list[Score]:
    """The mean over classes, for each seed."""
    means = np.mean([of_method[method] for of_method in results.values()], axis=0)
    return [(float(nmi), float(ari)) for nmi, ari in means]


def _bars(results: Mapping[str, Mapping[str, list[Score]]]) -> Iterator[str]:
    """Whether FG-NMI is as far above each rival as it is to be."""
    ours = np.mean(_mean(results, OURS), axis=0)[0]
    for rival, bar in BARS.items():
        gain = ours - np.mean(_mean(results, rival), axis=0)[0]
        held = "yes" if gain >= bar else "**NO**"
        yield f"FG-NMI above {rival}: {gain:+.1f} (bar +{bar:g}): {held}"


def _n_parts(name: str) -> int:
    return len(FIGURES[name].schema.names)
