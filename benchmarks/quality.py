"""Parts against the true parts of cars and of clothed people, beside other ways to find them.

The foreground is given. FG-NMI and FG-ARI (x 100) are taken over all foreground cells of a
128 x 128 grid on every picture, in one table of all pictures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import partonomy as pt
from benchmarks.backbones import NETWORKS, Network
from benchmarks.bench import (
    PARTS,
    SEEDS,
    SIZE,
    Bench,
    Pictures,
    Score,
    Scoreboard,
    Segmenter,
    image_folder,
    score,
    some,
    spread,
)
from benchmarks.datasets import TEST, TRAINING, at_grid, cars, clothing, of_split, write_foreground
from benchmarks.metrics import BoundaryCounts, Table, boundary_counts, contingency
from benchmarks.record import table
from benchmarks.rivals import clusters, colour, nmf, two_stage

DATA_SETS: Mapping[str, Callable[[int | None], Pictures]] = {
    "cars": cars.read,
    "clothing": clothing.read,
}

OURS, PLAIN = "partonomy", "plain k-means"
POSITION, COLOUR = "position", "colour and position"
FACTORISATION, TWO_STAGE = "NMF (Deep Feature Factorization)", "two-stage clustering and CRF"
METHODS = (OURS, PLAIN, FACTORISATION, TWO_STAGE, COLOUR, POSITION)

Scores = Mapping[str, Mapping[int, Sequence[Score]]]
"""By method and number of parts, one a seed."""

Protocol = tuple[str, Pictures, Pictures]
"""What the table calls it, what is fitted on, what is scored."""

INTRODUCTION = f"""\
Short side {SIZE}, foreground given, recommended layer. FG-NMI / FG-ARI x 100, mean ± standard \
deviation over seeds {", ".join(map(str, SEEDS))}. Every method segments the same features.

- {PLAIN}: unit features of all foreground cells, spherical, {clusters.RESTARTS} restarts of \
{clusters.ITERATIONS} iterations.
- {FACTORISATION} (Collins et al., 2018): activations as they are, negative ones (MobileNetV2, \
ViT-Tiny) set to 0; every n-th foreground cell, {nmf.MOST_VECTORS} at most; {nmf.ITERATIONS} \
multiplicative updates.
- {TWO_STAGE} (Amir et al., 2021): the second stage within the given foreground, Euclidean k-means \
of every n-th unit feature, {two_stage.MOST_VECTORS} at most, {two_stage.RESTARTS} restarts of \
{two_stage.ITERATIONS} iterations; then a dense CRF over the grid, in pixels of the network's input.
- {COLOUR}, {POSITION}: k-means of CIE Lab and of place in the foreground's box, each scaled to a \
deviation of 1; every n-th cell, {colour.MOST_POINTS} at most. No network, so the rows are the \
same for all."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures of each split, to try the script out.
    """
    yield INTRODUCTION
    results: dict[str, dict[tuple[str, str], Scores]] = {each.title: {} for each in NETWORKS}
    for name, read in DATA_SETS.items():
        pictures = read(limit)
        training, test = of_split(pictures, TRAINING), of_split(pictures, TEST)
        protocols: list[Protocol] = [
            (f"fitted and scored on {len(pictures)}", pictures, pictures),
            (f"fitted on {len(training)}, scored on {len(test)}", training, test),
        ]
        plain = [_without_network(*protocol[1:]) for protocol in protocols]
        for network in NETWORKS:
            backbone = network.load()
            yield f"### {name.capitalize()}, {network.title}, layer `{backbone.spec.layers[0]}`"
            with tempfile.TemporaryDirectory() as folder:
                of_protocol, whole = _of_network(backbone, pictures, protocols, Path(folder))
            scores = [{**ours, **others} for ours, others in zip(of_protocol, plain, strict=True)]
            titles = [title for title, *_ in protocols]
            baselines = network.baselines.get(name)
            yield _table(titles, scores, baselines)
            yield whole
            for kind, each in zip(("all pictures", "the test split"), scores, strict=True):
                results[network.title][name, kind] = each
    yield "### Which row is best"
    for title, of_network in results.items():
        yield "\n".join(_verdict(title, of_network))


def _without_network(fitted: Pictures, scored: Pictures) -> Scores:
    board = Scoreboard()
    for method, describe in ((COLOUR, colour.colour_and_position), (POSITION, colour.position)):
        segment = colour.fit(describe, fitted)
        for picture in scored:
            board.add(method, picture, segment(picture))
    return board.scores()


def _of_network(
    backbone: pt.Backbone, pictures: Pictures, protocols: Sequence[Protocol], folder: Path
) -> tuple[list[Scores], str]:
    """Scores by protocol, and what a whole run's masks score."""
    masks = write_foreground(pictures, folder / "foreground")
    bench = Bench(backbone, folder, masks)
    scores = []
    for _, fitted, scored in protocols:
        board = Scoreboard()
        segmenters = _fit(bench, fitted)
        for picture, features in bench.features(scored):
            for method, segment in segmenters.items():
                board.add(method, picture, segment(picture, features))
        scores.append(board.scores())
    return scores, _whole_run(backbone, pictures, masks, folder, scores[0])


def _fit(bench: Bench, pictures: Pictures) -> dict[str, Segmenter]:
    ours = bench.partonomy(pictures)
    vectors, norms = bench.vectors(pictures)
    activations = some(vectors, nmf.MOST_VECTORS) * some(norms, nmf.MOST_VECTORS)[:, None]
    return {
        OURS: ours,
        PLAIN: clusters.fit(vectors),
        FACTORISATION: nmf.fit(activations),
        TWO_STAGE: two_stage.fit_parts(vectors),
    }


def _whole_run(
    backbone: pt.Backbone, pictures: Pictures, masks: Path, folder: Path, scores: Scores
) -> str:
    """What the masks score that a whole run writes, in original pixels too."""
    n_parts, seed = PARTS[1], SEEDS[0]
    settings = pt.DiscoverSettings(
        n_parts=n_parts, size=SIZE, foreground=masks, seed=seed, cache=folder
    )
    run = pt.discover(backbone, image_folder(pictures), folder / "run", settings)
    written = {path.stem: np.asarray(Image.open(path)) for path in run.masks.rglob("*.png")}
    agreement: Table | int = 0
    boundary = BoundaryCounts()
    for picture in pictures:
        labels = written[picture.path.stem]
        agreement = agreement + contingency(picture.truth, at_grid(labels))
        boundary += boundary_counts(picture.labels, labels)
    of_run, of_table = score(agreement[1:]), scores[OURS][n_parts][seed]
    return (
        f"A whole `discover` run with {n_parts} parts and seed {seed} wrote masks that score "
        f"{of_run[0]:.1f} / {of_run[1]:.1f}; the table's parts of that seed score "
        f"{of_table[0]:.1f} / {of_table[1]:.1f}. Boundary F-score of those masks within 2 original "
        f"pixels, inside the object, pooled over pictures: {100 * boundary.f_score:.1f}."
    )


def _table(
    titles: Sequence[str], scores: Sequence[Scores], baselines: Sequence[Score] | None
) -> str:
    rows = [
        (title, method, *(spread(each[method][n_parts]) for n_parts in PARTS))
        for title, each in zip(titles, scores, strict=True)
        for method in METHODS
    ]
    if baselines:
        given = [f"{nmi:.1f} / {ari:.1f}" for nmi, ari in baselines]
        rows.append((titles[0], "k-means by `BASELINES.md`", *given))
    header = ("pictures", "method", *(f"{n_parts} parts" for n_parts in PARTS))
    return table(header, rows)


def _verdict(title: str, results: Mapping[tuple[str, str], Scores]) -> Iterator[str]:
    """Whether partonomy's row is the best one: on average, and where it is not."""
    for kind in dict.fromkeys(kind for _, kind in results):
        of_kind = {name: scores for (name, each), scores in results.items() if each == kind}
        means = {
            (method, name, n_parts): np.mean(scores[method][n_parts], axis=0)
            for name, scores in of_kind.items()
            for method in METHODS
            for n_parts in PARTS
        }
        average = {
            method: np.mean([m for (each, *_), m in means.items() if each == method], axis=0)
            for method in METHODS
        }
        rival = {
            index: max(METHODS[1:], key=lambda each, index=index: average[each][index])
            for index in (0, 1)
        }
        best = all(average[OURS][index] >= average[rival[index]][index] for index in (0, 1))
        beaten = [
            f"{name} K = {n_parts} {measure} ({other} {means[other, name, n_parts][index]:.1f}, "
            f"partonomy {means[OURS, name, n_parts][index]:.1f})"
            for name in of_kind
            for n_parts in PARTS
            for index, measure in enumerate(("FG-NMI", "FG-ARI"))
            for other in METHODS[1:]
            if means[other, name, n_parts][index] > means[OURS, name, n_parts][index]
        ]
        margins = ", ".join(
            f"{means[OURS, name, PARTS[1]][0] - means[PLAIN, name, PARTS[1]][0]:+.1f} on {name}"
            for name in of_kind
        )
        others = ", ".join(
            f"{measure} {rival[index]} {average[rival[index]][index]:.1f}"
            for index, measure in enumerate(("FG-NMI", "FG-ARI"))
        )
        yield (
            f"- **{title}**, {kind}, mean over data sets and numbers of parts: partonomy "
            f"{average[OURS][0]:.1f} / {average[OURS][1]:.1f}, "
            f"{'the best row' if best else '**NOT** the best row'} (next: {others}); "
            f"not the best in: {'; '.join(beaten) or 'no cell'}. FG-NMI above {PLAIN} with "
            f"{PARTS[1]} parts: {margins}."
        )
