"""One picture of PartWorld, and all that is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from zlib import crc32

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.annotation import AnnotatedPart, Annotation
from partonomy.datasets.partworld.chance import within
from partonomy.datasets.partworld.fields import Field, blurred, ramp, span, tinted
from partonomy.datasets.partworld.figures import FIGURES
from partonomy.datasets.partworld.materials import materials
from partonomy.datasets.partworld.occluders import LEVELS, MATERIALS, occluders
from partonomy.datasets.partworld.outlines import Shape, bounds
from partonomy.datasets.partworld.painting import Lamp, Painted, paint, shadow, surroundings
from partonomy.datasets.partworld.placing import placed
from partonomy.datasets.partworld.scenery import scenery
from partonomy.errors import PartonomyError
from partonomy.images.grid import Pair
from partonomy.images.moving import tight_box

SMALLEST = 32
"""The smallest picture, in pixels, on which parts can still be told apart."""


@dataclass(frozen=True)
class Rendering:
    """One picture, (size, size, 3) uint8 RGB, and its annotation."""

    picture: NDArray[np.uint8]
    annotation: Annotation


def render(
    class_name: str,
    style: str,
    seed: tuple[int, ...],
    size: int = 128,
    occlusion: int = 0,
    name: str = "",
    split: str | None = None,
) -> Rendering:
    """Draw one object of a class in a style; the same arguments give the same pixels anywhere.

    Figure, scenery, light and occluders have random numbers of their own: a picture is the same at
    every level of occlusion, but for what is hidden.

    Args:
        class_name: one of ``FIGURES``.
        style: one of the class's.
        seed: whole numbers, none negative.
        size: height and width in pixels.
        occlusion: index into ``LEVELS``: none of the object hidden, 20 to 40 %, 40 to 60 %, 60 to
            80 %.
        name: of the picture, for the annotation.
        split: for the annotation.

    Raises:
        PartonomyError: there is no such class, style or level, or the size is under ``SMALLEST``.
    """
    check(class_name, size, occlusion)
    figure = FIGURES[class_name]
    streams = np.random.SeedSequence([crc32(f"{class_name}/{style}".encode()), *seed]).spawn(4)
    pose, look, behind, before = map(np.random.default_rng, streams)
    shapes = placed(figure, figure.draw(pose, style), pose, size)
    names = figure.schema.names
    lamp = Lamp.random(look)
    box, skin = surroundings(shapes, size), [names.index(part) for part in figure.skin]
    worn = materials(look, len(names), size, box, skin)
    painted = paint(shapes, [names.index(shape.part) for shape in shapes], worn, lamp, size)
    picture = scenery(behind, size)
    picture *= tinted(1 - shadow(painted, lamp, figure.grounded))
    _lay(painted, picture)
    hidden = np.zeros((size, size), bool)
    if occlusion:
        things = occluders(before, painted.pieces > 0, occlusion)
        made_of = materials(before, MATERIALS, size, surroundings(things, size))
        stuff = paint(things, [int(thing.part) for thing in things], made_of, lamp, size, 0.03)
        _lay(stuff, picture)
        hidden = stuff.pieces > 0
    parts = _parts(shapes, np.where(hidden, 0, painted.pieces))
    mask = (painted.pieces > 0) & ~hidden
    annotation = Annotation(
        name, (size, size), class_name, figure.schema, parts, style, tight_box(mask), mask, split
    )
    return Rendering(_finished(picture, look), annotation)


def check(class_name: str, size: int, occlusion: int) -> None:
    """Whether :func:`render` can draw that, in any style.

    Raises:
        PartonomyError: it cannot.
    """
    if class_name not in FIGURES:
        raise PartonomyError(f"unknown class {class_name!r}; PartWorld has {', '.join(FIGURES)}")
    if size < SMALLEST:
        raise PartonomyError(f"pictures of PartWorld have at least {SMALLEST} pixels, not {size}")
    if not 0 <= occlusion < len(LEVELS):
        raise PartonomyError(f"occlusion is a level from 0 to {len(LEVELS) - 1}, not {occlusion}")


def _lay(painted: Painted, picture: Field) -> None:
    """Over the picture, in place."""
    picture[painted.box] *= tinted(1 - painted.cover)
    picture[painted.box] += painted.colour


def _finished(picture: Field, random: Generator) -> NDArray[np.uint8]:
    """As a camera would take it: a gradient of light, a soft lens, grain; 8 bits a channel."""
    size = len(picture)
    angle, gradient, vignette = within(random, (0, 0, 0), (360, 0.15, 0.18))
    edges = span(size) ** 2 * vignette / 2
    light = 255 * (1 + gradient * ramp(size, angle) - edges - edges[:, None])
    seen = blurred(picture * tinted(light), size * random.uniform(0.002, 0.006))
    grain = 255 * random.uniform(0, 0.025) * random.uniform(-1, 1, size=(size, size))
    seen += tinted(grain + 0.5)  # and what is after the point goes
    return seen.clip(0, 255, out=seen).astype(np.uint8)


def _parts(shapes: list[Shape], pieces: NDArray[np.uint8]) -> tuple[AnnotatedPart, ...]:
    """Each instance of a part, in the order in which they are drawn first."""
    names = [(shape.part, shape.instance) for shape in shapes]
    order = {name: number for number, name in enumerate(dict.fromkeys(names), start=1)}
    numbers = np.array([0, *map(order.__getitem__, names)], np.uint8).take(pieces)
    found = []
    for (name, instance), number in order.items():
        members = [each == (name, instance) for each in names]
        mask = numbers == number
        seen = bool(mask.any())
        found.append(
            AnnotatedPart(
                name,
                tight_box(mask),
                mask if seen else None,
                _keypoint(list(compress(shapes, members))),
                seen,
            )
        )
    return tuple(found)


def _keypoint(shapes: list[Shape]) -> Pair:
    """The place of the first piece that has one, or the middle of the box around all."""
    for shape in shapes:
        if shape.keypoint is not None:
            return (float(shape.keypoint[0]), float(shape.keypoint[1]))
    low, high = bounds(np.concatenate([shape.outline for shape in shapes]))
    x, y = ((low + high) / 2).tolist()
    return (x, y)
