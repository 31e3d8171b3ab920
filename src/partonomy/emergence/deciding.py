"""What decides each class of a data set: the network's score for it, its filters, its parts.

The score of a class is one output of the whole network, before any softmax: the one that is named,
or else the one that the network gives objects of the class most probability for. Filters are set to
0 one at a time (:mod:`partonomy.emergence.discriminative`), parts blanked one at a time
(:mod:`partonomy.emergence.blanking`), on objects cut out as they are for the rest of an audit.
Source: arXiv 1607.03738, section 5.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.backbones import Backbone, picture_threads
from partonomy.backbones.tail import NetworkTail
from partonomy.datasets import Annotation
from partonomy.emergence.blanking import Drop, Fill, Region, part_drop
from partonomy.emergence.discriminative import ScoreDrops, score_drops
from partonomy.errors import PartonomyError
from partonomy.features.objects import SHORT_SIDE, AnnotatedPicture, CutObject, cut_objects
from partonomy.images import Skipped, default_workers, ordered_ahead
from partonomy.images.moving import tight_box

PICTURES = 50
"""Objects of each class on which filters and parts are taken away."""
Shape = Literal["mask", "box"]

Advance = Callable[[int], None]


@dataclass(frozen=True)
class DecidingSettings:
    """Of what decides a class.

    Attributes:
        outputs: index of the network's output for some classes; it is found for others.
        objects: of each class on which filters and parts are taken away; 0 for none.
        fill: what a part is blanked with.
        shape: whether its mask is, where there is one, or its box.
        seed: of the places of controls.
    """

    outputs: Mapping[str, int] = field(default_factory=dict)
    objects: int = PICTURES
    fill: Fill = "mean"
    shape: Shape = "mask"
    seed: int = 0


@dataclass(frozen=True)
class ClassOutput:
    """The output of a network that is taken for a class.

    Attributes:
        index: of the output.
        given: whether it was named.
        probability: softmax of it, mean over objects of the class; None of a network with one
            output.
    """

    index: int
    given: bool
    probability: float | None


def class_outputs(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    settings: DecidingSettings = DecidingSettings(),
    size: int = SHORT_SIDE,
) -> dict[str, ClassOutput]:
    """The output for each class of the objects in some pictures.

    Args:
        backbone: the network.
        pictures: to see what the network makes of their objects; the first of each class are used.
        settings: which outputs are named.
        size: short side of a crop, in pixels.

    Raises:
        PartonomyError: the network gives no class scores, or has not as many; or a class that is
            named has no object.
    """
    probabilities: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for cut in first_objects(backbone, pictures, settings.objects, size):
        scores = backbone.class_scores(torch.from_numpy(cut.pixels)[None])[0].double()
        probabilities[cut.annotation.class_name].append(scores.softmax(dim=0).numpy())
    found = {}
    for name in sorted(probabilities):
        mean = np.mean(probabilities[name], axis=0)
        index = settings.outputs.get(name, int(mean.argmax()))
        if not 0 <= index < len(mean):
            raise PartonomyError(f"--score {name}={index}: the network has {len(mean)} outputs")
        likely = float(mean[index]) if len(mean) > 1 else None
        found[name] = ClassOutput(index, name in settings.outputs, likely)
    for name in settings.outputs:
        if name not in found:
            known = ", ".join(found) or "none"
            raise PartonomyError(f"--score {name}=…: no object is of this class; there are {known}")
    return found


def first_objects(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    count: int,
    size: int,
    classes: Collection[str] | None = None,
) -> Iterator[CutObject]:
    """The first objects of each class, cut out for a network.

    Args:
        backbone: the network.
        pictures: in which they are; no more are read than it takes, where classes are named.
        count: of each class.
        size: short side of a crop, in pixels.
        classes: all if not named.
    """
    seen: Counter[str] = Counter()
    for cut in cut_objects(backbone, pictures, size=size):
        if isinstance(cut, Skipped):
            continue
        name = cut.annotation.class_name
        if seen[name] < count and (classes is None or name in classes):
            seen[name] += 1
            yield cut
            if classes is not None and all(seen[each] == count for each in classes):
                return


def filter_drops(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    outputs: Mapping[str, ClassOutput],
    settings: DecidingSettings = DecidingSettings(),
    size: int = SHORT_SIDE,
    on_object: Advance = lambda _n: None,
) -> dict[str, ScoreDrops]:
    """What each class's score loses without each filter of a layer.

    Args:
        backbone: the network with this layer alone, in float32.
        pictures: of the objects.
        outputs: of each class.
        settings: how many objects.
        size: short side of a crop, in pixels.
        on_object: called with 1 after each object.

    Raises:
        PartonomyError: the layer gives no single tensor, or the network no class scores.
    """
    (layer,) = backbone.layers
    axis = -1 if layer.tokens or layer.channels_last else 1
    tail: NetworkTail | None = None
    drops: dict[str, list[ScoreDrops]] = defaultdict(list)
    for cut in first_objects(backbone, pictures, settings.objects, size, outputs):
        name = cut.annotation.class_name
        picture = backbone.normalised(torch.from_numpy(cut.pixels)[None])
        tail = tail or NetworkTail(backbone.network, layer.name, picture)
        drops[name].append(score_drops(tail, [picture], outputs[name].index, axis))
        on_object(1)
    return {
        name: ScoreDrops(
            *(
                np.concatenate([getattr(each, column) for each in some])
                for column in ("exact", "estimate", "score")
            )
        )
        for name, some in drops.items()
    }


@dataclass(frozen=True)
class BlankedPart:
    """A part of one object, blanked.

    Attributes:
        class_name, part: which.
        picture: that the object is in.
        drop: what it costs.
    """

    class_name: str
    part: str
    picture: str
    drop: Drop


def part_drops(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    outputs: Mapping[str, ClassOutput],
    settings: DecidingSettings = DecidingSettings(),
    size: int = SHORT_SIDE,
    on_object: Advance = lambda _n: None,
) -> Iterator[BlankedPart]:
    """What each class's score loses with each part blanked, object after object.

    A part that an object has several times is blanked everywhere at once.

    Args:
        backbone: the network.
        pictures: of the objects.
        outputs: of each class.
        settings: how many objects, and how parts are blanked.
        size: short side of a crop, in pixels.
        on_object: called with 1 after each object.
    """
    mean = (255 * np.array(backbone.spec.mean)).tolist()

    def blank(numbered: tuple[int, CutObject]) -> list[BlankedPart]:
        number, cut = numbered
        name = cut.annotation.class_name

        def score(variants: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
            # one at a time: batches of every size, of crops of every shape, would take memory
            # that the operators' library keeps for each
            scores = [backbone.class_scores(torch.from_numpy(each)[None]) for each in variants]
            return torch.cat(scores)[:, outputs[name].index].numpy()

        placed = cut.annotation.placed(cut.placement)
        generator = np.random.default_rng([settings.seed, 6, number])
        return [
            BlankedPart(
                name,
                part,
                cut.picture,
                part_drop(cut.pixels, region, placed.mask, score, generator, settings.fill, mean),
            )
            for part, region in _regions(placed, settings.shape).items()
        ]

    cuts = enumerate(first_objects(backbone, pictures, settings.objects, size, outputs))
    threads = default_workers()
    with picture_threads(threads) as pool:
        for found in ordered_ahead(blank, cuts, pool, 2 * threads):
            yield from found
            on_object(1)


def _regions(annotation: Annotation, shape: Shape) -> dict[str, Region]:
    """What is blanked of each part that can be seen; keypoints have no region."""
    regions: dict[str, Region] = {}
    for part in annotation.parts:
        region = part.mask
        box = part.box or (None if region is None else tight_box(region))
        if box is not None and (shape == "box" or region is None):
            region = np.zeros(annotation.size, bool)
            x0, y0, x1, y1 = (round(each) for each in box)
            region[y0:y1, x0:x1] = True
        if part.visible and region is not None and region.any():
            regions[part.name] = regions[part.name] | region if part.name in regions else region
    return regions
