"""The sets of filters that an audit found, made part models: one for each class of a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partonomy.backbones import Backbone
from partonomy.emergence.audit import AuditSettings, PartFinding
from partonomy.emergence.combinations import Refined, union_of
from partonomy.emergence.detectors import PartDetectors
from partonomy.emergence.filters import Split
from partonomy.emergence.part_model import FilterPartModel, save_filter_part_model
from partonomy.emergence.parts import Part
from partonomy.emergence.precision import OVERLAP, Rule, detections
from partonomy.emergence.refinement import RIDGE, BoxRefinement, filter_strength, fit_refinement
from partonomy.emergence.steps import file_name
from partonomy.images.grid import LayerGeometry

LARGEST = 0.1
"""Share of the training objects that pictures may show larger than crops did."""


def write_part_models(
    folder: Path,
    backbone: Backbone,
    layer: str,
    training: Split,
    found: Sequence[PartFinding],
    settings: AuditSettings,
) -> list[Path]:
    """A part model for each class of a layer, from what its audit found; their folders.

    Args:
        folder: they are made below ``folder/models``.
        backbone: the network with the layer, and perhaps others.
        layer: its name.
        training: what the layer was audited on.
        found: of every part that is common enough.
        settings: of the audit.

    Raises:
        PartonomyError: a folder cannot be written.
    """
    spec = replace(backbone.spec, layers=(layer,))
    geometry = next(each.geometry for each in backbone.layers if each.name == layer)
    written: list[Path] = []
    for class_name in dict.fromkeys(each.part.class_name for each in found):
        chosen = {each.part: best_set(each) for each in found if each.part.class_name == class_name}
        detectors = fit_detectors(training, chosen, settings.criterion, settings.ridge)
        path = _free(folder / "models", class_name, written)
        size = input_size(training, class_name, geometry)
        save_filter_part_model(path, spec, size, detectors, settings.seed)
        written.append(path)
    return written


def fit_filter_part_model(
    backbone: Backbone,
    training: Split,
    chosen: Mapping[Part, NDArray[np.integer]],
    settings: AuditSettings,
) -> FilterPartModel:
    """The part model of one class, ready for use.

    Args:
        backbone: the network with the one layer.
        training: stimuli of that layer, and the true boxes.
        chosen: for each part, all of one class, the filters of its set.
        settings: of the audit.
    """
    detectors = fit_detectors(training, chosen, settings.criterion, settings.ridge)
    size = input_size(training, detectors.class_name, backbone.layers[0].geometry)
    return FilterPartModel(backbone, size, detectors, seed=settings.seed)


def best_set(found: PartFinding) -> NDArray[np.integer]:
    """The set of filters that detects a part best on the training objects, or the best filter.

    Linear combinations are no sets of detections.
    """
    assert found.refined.best is not None
    alone = float(found.refined.training.average_precision[found.refined.best])
    sets = [each for each in found.sets if each.search != "linear"]
    best = max(sets, key=lambda each: each.training, default=None)
    if best is None or best.training <= alone:
        return np.array([found.refined.best])
    return best.filters


def input_size(training: Split, class_name: str, geometry: LayerGeometry) -> int:
    """Short side of whole pictures at which nearly no object is seen larger than in its crop.

    Filters were looked at on crops; objects that fill less of a picture need a larger one.

    Args:
        training: stimuli on crops.
        class_name: of the objects.
        geometry: of the layer.
    """
    objects = next(each.objects for each in training.truth if each.part.class_name == class_name)
    grids = training.stimuli.grids.select(objects)
    scale = (np.array(geometry.stride) / grids.step).mean(axis=1)  # input per original pixel
    return round(float(np.quantile(scale * grids.picture_size.min(axis=1), LARGEST)))


def fit_detectors(
    training: Split,
    chosen: Mapping[Part, NDArray[np.integer]],
    criterion: Rule = OVERLAP,
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
        criterion.suppressed,
    )


def best_threshold(refined: Refined, criterion: Rule = OVERLAP) -> float:
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


def _free(folder: Path, name: str, taken: Sequence[Path]) -> Path:
    """A folder for a class; of classes whose files would have one name, later ones are numbered."""
    names = {each.name.casefold() for each in taken}
    plain = file_name(name)
    number = next(n for n in count(1) if _numbered(plain, n).casefold() not in names)
    return folder / _numbered(plain, number)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
