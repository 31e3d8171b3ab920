"""Single filters, visual concepts, their combinations and a supervised machine as part detectors.

Everything that is fitted or chosen is so on training objects; test objects go through once, all
rows at a time. Source: arXiv 1511.06855, section 4, and 1711.04451 (voting).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from partonomy.backbones import Backbone
from partonomy.concepts.detectors import (
    N_CONCEPTS,
    Detectors,
    FilterBank,
    FiringCode,
    Kind,
    MixtureDetectors,
    ObjectCrop,
    SvmDetectors,
    UnaryDetectors,
    VotingDetectors,
    fit_concepts,
    object_crops,
    part_cells,
    reach,
)
from partonomy.errors import PartonomyError
from partonomy.evaluation.detectors.scoring import CollectionScore, Scoring
from partonomy.features import Begin, unseen
from partonomy.features.objects import SHORT_SIDE, AnnotatedPicture
from partonomy.images import Skipped
from partonomy.images.chunks import unusable

FILTER, CONCEPT, MERGED = "single filter", "single concept", "merged concept"
UNARY, MIXTURE, VOTING, SVM = "unary", "mixture", "voting", "linear SVM"
ROWS = (FILTER, CONCEPT, MERGED, UNARY, MIXTURE, VOTING, SVM)
COMBINATIONS = (UNARY, MIXTURE, VOTING)


@dataclass(frozen=True)
class DetectorSettings:
    """Everything that decides a table.

    Attributes:
        kind: what the parts' places are.
        class_name: of the objects; needed where there are several.
        n_objects: of each split, at most; training objects are kept in memory.
        n_concepts: before merging, at most.
        size: short side of a crop, in pixels, with which all distances scale.
        dropped: first points of each curve that are left out: 9 for what the authors' code does.
        seed: of the objects that are taken where there are more, and of everything fitted.
    """

    kind: Kind = "centres"
    class_name: str | None = None
    n_objects: int = 400
    n_concepts: int = N_CONCEPTS
    size: int = SHORT_SIDE
    dropped: int = 0
    seed: int = 0


@dataclass(frozen=True)
class DetectorTable:
    """Part detectors of one layer for one class.

    Attributes:
        class_name: of the objects.
        part_names: of the class.
        backbone: the network.
        settings: what decided it.
        training: on the training objects, the rows with something to choose alone.
        tests: by name of the collection.
        threshold: cosine distance under which a concept fires.
    """

    class_name: str
    part_names: Sequence[str]
    backbone: Backbone
    settings: DetectorSettings
    training: CollectionScore
    tests: Mapping[str, CollectionScore]
    threshold: float


def detector_table(
    backbone: Backbone,
    training: Sequence[AnnotatedPicture],
    tests: Mapping[str, Sequence[AnnotatedPicture]],
    settings: DetectorSettings | None = None,
    *,
    begin: Begin = unseen,
) -> DetectorTable:
    """Fit and choose detectors on training objects, and score them on others.

    Args:
        backbone: of one layer.
        training: pictures to fit and choose on.
        tests: pictures to score on, by name of the collection.
        settings: the defaults if not given.
        begin: for progress.

    Raises:
        PartonomyError: the backbone has several layers, there are objects of several classes or
            none, or too few positions for concepts.
    """
    settings = settings or DetectorSettings()
    skipped: list[Skipped] = []
    crops = _kept(backbone, training, settings, skipped, begin)
    if not crops:
        raise PartonomyError(_nothing("training", settings, skipped))
    names = crops[0].part_names
    rows, code = fit_rows(crops, settings, begin)
    banks = {name: row for name, row in rows.items() if not row.of_parts}
    scoring = Scoring(banks, code, settings.size, settings.dropped)
    scoring.skipped += skipped
    advance = begin("choosing", len(crops))
    for crop in crops:
        scoring.add(crop)
        advance(1)
    class_name = crops[0].class_name
    crops.clear()
    trained = scoring.scores(len(names))
    if not trained.n_places.any():
        raise PartonomyError(
            f"training: nothing to find, no visible part has {settings.kind} (--parts)"
        )
    chosen = {
        name: np.arange(len(names)) if row.of_parts else trained.rows[name].chosen
        for name, row in rows.items()
    }
    known = trained.n_places > 0
    chosen = {name: np.where(known, each, -1) for name, each in chosen.items()}
    scores = {}
    for name, pictures in tests.items():
        scoring = Scoring(rows, code, settings.size, settings.dropped)
        advance = begin(name, min(settings.n_objects, len(pictures)))
        for crop in _objects(backbone, pictures, settings, scoring.skipped):
            scoring.add(crop)
            advance(1)
        if not len(scoring):
            raise PartonomyError(_nothing(name, settings, scoring.skipped))
        scores[name] = scoring.scores(len(names), chosen)
        if not (known & (scores[name].n_places > 0)).any():
            raise PartonomyError(
                f"{name}: nothing to find, no visible part of it has {settings.kind} (--parts) in "
                "the training objects too"
            )
    return DetectorTable(class_name, names, backbone, settings, trained, scores, code.threshold)


def fit_rows(
    crops: Sequence[ObjectCrop], settings: DetectorSettings, begin: Begin = unseen
) -> tuple[dict[str, Detectors], FiringCode]:
    """The detectors of every row, from training objects, and which concepts fire.

    Raises:
        PartonomyError: there are too few positions for concepts.
    """
    names, size, seed = crops[0].part_names, settings.size, settings.seed
    advance = begin("fitting", len(ROWS))
    concepts, merged = fit_concepts(crops, settings.n_concepts, seed)
    advance(3)
    code = FiringCode.fit(concepts, crops)
    generator = np.random.default_rng([seed, 5])
    cells = [part_cells(crop, size, generator) for crop in crops]
    radius = reach(crops[0].grid.geometry, size)
    rows: dict[str, Detectors] = {
        FILTER: FilterBank(len(crops[0].features)),
        CONCEPT: concepts,
        MERGED: merged,
    }
    rows[UNARY] = UnaryDetectors.fit(names, code, crops, cells, radius)
    advance(1)
    rows[MIXTURE] = MixtureDetectors.fit(names, code, crops, cells, radius)
    advance(1)
    rows[VOTING] = VotingDetectors.fit(names, code, crops, cells, radius, size)
    advance(1)
    rows[SVM] = SvmDetectors.fit(names, crops, size, seed)
    advance(1)
    return rows, code


def _kept(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    settings: DetectorSettings,
    skipped: list[Skipped],
    begin: Begin,
) -> list[ObjectCrop]:
    """The training objects."""
    advance = begin("training", min(settings.n_objects, len(pictures)))
    crops = []
    for crop in _objects(backbone, pictures, settings, skipped):
        crops.append(crop)
        advance(1)
    return crops


def _objects(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    settings: DetectorSettings,
    skipped: list[Skipped],
) -> Iterator[ObjectCrop]:
    """Objects of pictures in an order drawn by the seed, until there are enough."""
    order = np.random.default_rng([settings.seed, 4]).permutation(len(pictures))
    shuffled = [pictures[index] for index in order]
    found = object_crops(
        backbone, shuffled, settings.kind, class_name=settings.class_name, size=settings.size
    )
    count = 0
    with closing(found):
        for crop in found:
            if isinstance(crop, Skipped):
                skipped.append(crop)
                continue
            yield crop
            count += 1
            if count == settings.n_objects:
                return


def _nothing(name: str, settings: DetectorSettings, skipped: Sequence[Skipped]) -> str:
    if skipped:
        return f"{name}: {unusable(skipped, strict=False)}"
    of_class = "" if settings.class_name is None else f" (--class {settings.class_name})"
    return f"{name}: no object{of_class} is annotated in it"
