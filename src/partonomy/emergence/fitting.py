"""The sets of filters that an audit found, made part models: one for each class of a layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.combinations import Refined, union_of
from partonomy.emergence.detectors import PartDetectors
from partonomy.emergence.filters import Split
from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.precision import OVERLAP, detections
from partonomy.emergence.refinement import RIDGE, BoxRefinement, filter_strength, fit_refinement
from partonomy.metrics import Criterion


def fit_detectors(
    training: Split,
    chosen: Mapping[Part, NDArray[np.integer]],
    criterion: Criterion = OVERLAP,
    ridge: float = RIDGE,
) -> PartDetectors:
    """Detectors of the parts of one class, with boxes and thresholds from the training objects.

    Args:
        training: stimuli of one layer, and the true boxes.
        chosen: for each part, all of one class, the filters of its set.
        criterion: when a detection is right.
        ridge: of the refinement.
    """
    weights, strengths, pairs, thresholds = [], [], [], []
    true = {each.part: each for each in training.truth}
    for part, filters in chosen.items():
        some = training.stimuli.of_filters(filters)  # not all filters are copied
        strength = filter_strength(some)
        stimuli = some.of_objects(true[part].objects)
        refine = fit_refinement(stimuli, true[part].boxes, strength, ridge)
        refined = Refined.of(stimuli, true[part], strength, refine)
        thresholds.append(best_threshold(refined, criterion))
        strengths.append(strength)
        weights.append(refine.weights)
        pairs.append(refine.pairs)
    return PartDetectors(
        next(iter(chosen)).class_name,
        tuple(part.name for part in chosen),
        np.repeat(np.arange(len(chosen)), [len(each) for each in chosen.values()]),
        np.concatenate([np.asarray(each, np.int64) for each in chosen.values()]),
        np.concatenate(strengths),
        BoxRefinement(np.concatenate(weights), np.concatenate(pairs)),
        np.array(thresholds, np.float32),
    )


def best_threshold(refined: Refined, criterion: Criterion = OVERLAP) -> float:
    """The share from which detections have the highest F1 on the training objects.

    Args:
        refined: the stimuli of a set's filters.
        criterion: when a detection is right.
    """
    share, boxes = union_of(refined, np.arange(refined.share.shape[1]))
    kept, right = detections(share, boxes, refined.truth.boxes, criterion)
    found = kept.numpy()
    order = np.argsort(-share[found], kind="stable")
    share, hits = share[found][order], right.numpy()[found][order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + refined.truth.count)
    return float(share[int(np.argmax(f1))]) if len(share) else float("inf")
