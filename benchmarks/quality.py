"""Parts against the true parts of cars and of clothed people, beside other ways to find them.

The foreground is given. FG-NMI and FG-ARI (x 100) are taken over all foreground cells of a
128 x 128 grid on every picture, in one table of all pictures.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import partonomy as pt
from benchmarks.backbones import NETWORKS
from benchmarks.bench import (
    PARTS,
    SEEDS,
    SIZE,
    Bench,
    Pictures,
    Score,
    Scoreboard,
    Segmenter,
    applied,
    image_folder,
    score,
    some,
    spread,
)
from benchmarks.datasets import TEST, TRAINING, at_grid, of_split, write_foreground
from benchmarks.datasets.reading import DATA_SETS
from benchmarks.metrics import BoundaryCounts, Table, boundary_counts, contingency
from benchmarks.record import table
from benchmarks.rivals import clusters, colour, nmf, two_stage
from benchmarks.verdict import Scores, verdict

OURS, UNSHARPENED, PLAIN = "partonomy", "partonomy, `--no-sharpen`", "plain k-means"
POSITION, COLOUR = "position", "colour and position"
FACTORISATION, TWO_STAGE = "NMF (Deep Feature Factorization)", "two-stage clustering and CRF"
METHODS = (OURS, UNSHARPENED, PLAIN, FACTORISATION, TWO_STAGE, COLOUR, POSITION)

Protocol = tuple[str, Pictures, Pictures]
"""What the table calls it, what is fitted on, what is scored."""

INTRODUCTION = f"""\
Short side {SIZE}, foreground given, recommended layer. FG-NMI / FG-ARI x 100, mean ± standard \
deviation over seeds {", ".join(map(str, SEEDS))}. Every method segments the same features.

- {OURS}: the defaults; {UNSHARPENED}: part maps as the layer has them.
- {PLAIN}: unit features of all foreground cells, spherical, {clusters.RESTARTS} restarts of \
{clusters.ITERATIONS} iterations.
- {FACTORISATION} (Collins et al., 2018): activations as they are, negative ones (MobileNetV2, \
ViT-Tiny) set to 0, of MobileNetV2 each of the two layers at unit length; every n-th foreground \
cell, {nmf.MOST_VECTORS} at most; {nmf.ITERATIONS} multiplicative updates.
- {TWO_STAGE} (Amir et al., 2021): the second stage within the given foreground, Euclidean k-means \
of every n-th unit feature, {two_stage.MOST_VECTORS} at most, {two_stage.RESTARTS} restarts of \
{two_stage.ITERATIONS} iterations; then a dense CRF over the grid, in pixels of the network's input.
- {COLOUR}, {POSITION}: k-means of CIE Lab and of place in the foreground's box, each scaled to a \
deviation of 1; every n-th cell, {colour.MOST_POINTS} at most, {colour.RESTARTS} restarts. No \
network, so the rows are the same for all."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures of each split, to try the script out.
    """
    yield INTRODUCTION
    results: dict[tuple[str, str], dict[str, Scores]] = defaultdict(dict)
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
            layers = ", ".join(backbone.spec.layers)
            yield f"### {name.capitalize()}, {network.title}, layers `{layers}`"
            with tempfile.TemporaryDirectory() as folder:
                of_protocol, whole = _of_network(backbone, pictures, protocols, Path(folder))
            scores = [{**ours, **others} for ours, others in zip(of_protocol, plain, strict=True)]
            titles = [title for title, *_ in protocols]
            baselines = network.baselines.get(name)
            yield _table(titles, scores, baselines)
            yield whole
            for kind, each in zip(("all pictures", "the test split"), scores, strict=True):
                of_rivals = {method: each[method] for method in each if method != UNSHARPENED}
                results[network.title, kind][name] = of_rivals
    yield from _comparison(results)


def _comparison(results: Mapping[tuple[str, str], Mapping[str, Scores]]) -> Iterator[str]:
    """Which row is best for each network, and the margin over plain k-means."""
    yield (
        "### Which row is best\n\nMeans over data sets and numbers of parts; then each cell in "
        "which another row is better (its figure, then partonomy's)."
    )
    yield table(
        ("network", "scored on", "measure", OURS, "best of the others", "best", "not best in"),
        [row for key, scores in results.items() for row in verdict(key, scores, OURS)],
    )
    yield f"FG-NMI of {OURS} above {PLAIN} with {PARTS[1]} parts:"
    yield table(
        ("network", "scored on", *(f"on {name}" for name in DATA_SETS)),
        [(*key, *_margins(scores)) for key, scores in results.items()],
    )


def _margins(of_data_set: Mapping[str, Scores]) -> Iterator[str]:
    for scores in of_data_set.values():
        ours, plain = (np.mean(scores[each][PARTS[1]], axis=0)[0] for each in (OURS, PLAIN))
        yield f"{ours - plain:+.1f}"


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
        for picture, of_method in bench.segmented(scored, _fit(bench, fitted)):
            for method, found in of_method.items():
                board.add(method, picture, found)
        scores.append(board.scores())
    return scores, _whole_run(backbone, pictures, masks, folder, scores[0])


def _fit(bench: Bench, pictures: Pictures) -> dict[str, Segmenter]:
    ours = bench.partonomy(pictures)
    vectors, norms = bench.vectors(pictures)
    activations = some(vectors, nmf.MOST_VECTORS) * some(norms, nmf.MOST_VECTORS)[:, None]
    return {
        OURS: applied(ours),
        UNSHARPENED: applied(ours, sharpen=False),
        PLAIN: clusters.fit(vectors),
        FACTORISATION: nmf.fit(activations),
        TWO_STAGE: two_stage.fit_parts(vectors),
    }


def _whole_run(
    backbone: pt.Backbone, pictures: Pictures, masks: Path, folder: Path, scores: Scores
) -> str:
    """What the masks score that a whole run writes, in original pixels too."""
    n_parts, seed = PARTS[1], SEEDS[0]
    of_table = scores[OURS][n_parts][seed]
    figures = []
    for sharpen in (False, True):
        settings = pt.DiscoverSettings(
            n_parts=n_parts, size=SIZE, foreground=masks, sharpen=sharpen, seed=seed, cache=folder
        )
        run = pt.discover(backbone, image_folder(pictures), folder / f"run-{sharpen}", settings)
        written = {path.stem: np.asarray(Image.open(path)) for path in run.masks.rglob("*.png")}
        agreement: Table | int = 0
        boundary = BoundaryCounts()
        for picture in pictures:
            labels = written[picture.path.stem]
            agreement = agreement + contingency(picture.truth, at_grid(labels))
            boundary += boundary_counts(picture.labels, labels)
        of_run = score(agreement[1:])
        figures.append(f"{of_run[0]:.1f} / {of_run[1]:.1f}, boundary {100 * boundary.f_score:.1f}")
    return (
        f"Masks that whole `discover` runs with {n_parts} parts and seed {seed} wrote (the table's "
        f"parts of that seed score {of_table[0]:.1f} / {of_table[1]:.1f}): as the layer has them "
        f"{figures[0]}; sharpened {figures[1]} (F-score of part boundaries within 2 original "
        "pixels, inside the object, pooled over pictures)."
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
