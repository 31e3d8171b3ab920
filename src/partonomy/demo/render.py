"""Pictures of the demo's objects with exact masks of their parts, drawn on the spot.

Colours, textures, light, pose and scenery are drawn at random for every picture, so that neither
a part's colour nor the background gives the object or its parts away; shape and detail do.
"""

import colorsys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from partonomy.datasets.partworld.outlines import Points, Shape, at, ellipse, turn
from partonomy.demo.objects import MAKERS

CLASSES: dict[str, tuple[str, ...]] = {
    "bird": ("body", "head", "beak", "wing", "tail", "leg"),
    "car": ("body", "window", "wheel", "light", "bumper"),
    "dog": ("body", "head", "ear", "leg", "tail"),
    "fish": ("body", "head", "tail", "fin"),
    "person": ("head", "torso", "arm", "leg", "shoe"),
}
"""Class name to the names of its parts, in the order of their labels 1, 2, ..."""

SMALLEST = 32
"""The smallest picture, in pixels, on which the parts can still be told apart."""

MOST_PER_CLASS = 10_000
"""The most pictures per class that one folder can hold."""

_FINER = 4  # Shapes are drawn this many times larger, then averaged down: smooth edges.
_PALETTE = [0, 0, 0, 230, 75, 60, 60, 160, 230, 250, 200, 50, 90, 190, 100, 160, 95, 200]
_PALETTE += [240, 140, 60]

Bytes = NDArray[np.uint8]
Field = NDArray[np.float32]


@dataclass(frozen=True)
class Rendering:
    """One picture and where each part lies in it.

    ``picture`` is (size, size, 3) RGB, 8 bits; ``parts`` is (size, size), 8 bits: 0 for the
    background and i for the i-th name in ``CLASSES[class_name]``.
    """

    picture: Bytes
    parts: Bytes
    class_name: str


def render(class_name: str, seed: int, size: int = 192) -> Rendering:
    """Draw one object of a class; the same arguments always give the same pixels.

    The picture is ``size`` by ``size`` pixels. Raises ValueError for an unknown class, a negative
    seed or a size under ``SMALLEST``.
    """
    _check(class_name, seed, size)
    random = np.random.default_rng([crc32(class_name.encode()), seed, 0])
    shapes = _place(MAKERS[class_name](random), random, size)
    parts, colour, coverage = _draw(shapes, CLASSES[class_name], random, size)
    picture = colour + (1 - coverage[..., None]) * scenery(class_name, seed, size)
    return Rendering(_to_bytes(picture), parts, class_name)


def scenery(class_name: str, seed: int, size: int = 192) -> Field:
    """The background of the picture that ``render`` draws: (size, size, 3), RGB from 0 to 1.

    It has nothing to do with the class, which only picks the random numbers. Raises ValueError as
    ``render`` does.
    """
    _check(class_name, seed, size)
    random = np.random.default_rng([crc32(class_name.encode()), seed, 1])
    picture = _landscape(random, size)
    for _ in range(random.integers(4, 12)):
        _draw_distractor(picture, random)
    blur = random.uniform(0.3, 0.012 * size)
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    grain = random.uniform(0, 0.15) * _cloud(random, size, 24)
    grain += random.uniform(0, 0.08) * _cloud(random, size, size // 2)
    lit: Field = picture * (1 + grain[..., None])
    return np.clip(lit, 0, 1)


def write_folder(root: Path, n_per_class: int, seed: int, size: int) -> None:
    """Draw ``n_per_class`` pictures of each class into a folder, as PNG files of size x size.

    ``root/pictures/<class>/0000.png`` is the picture, ``root/foreground/<class>/0000.png`` 0 or
    255, and ``root/truth/<class>/0000.png`` the part labels as palette indices. Every file appears
    complete or not at all; numbered pictures left from a longer earlier run are removed. Raises
    ValueError for a number of pictures out of range, or as ``render`` does.
    """
    if not 1 <= n_per_class <= MOST_PER_CLASS:
        raise ValueError(f"n_per_class must be 1 to {MOST_PER_CLASS}, not {n_per_class}")
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".drawing-", dir=root) as staging:
        for class_name in CLASSES:
            for index in range(n_per_class):
                rendering = render(class_name, seed * MOST_PER_CLASS + index, size)
                for kind, image in _images(rendering).items():
                    fresh = Path(staging) / "image.png"
                    image.save(fresh)
                    target = root / kind / class_name / f"{index:04d}.png"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    fresh.replace(target)
            _remove_leftovers(root, class_name, n_per_class)


def _images(rendering: Rendering) -> dict[str, Image.Image]:
    height, width = rendering.parts.shape
    truth = Image.frombytes("P", (width, height), rendering.parts.tobytes())
    truth.putpalette(_PALETTE)
    foreground = np.where(rendering.parts > 0, 255, 0).astype(np.uint8)
    return {
        "pictures": Image.fromarray(rendering.picture),
        "foreground": Image.fromarray(foreground),
        "truth": truth,
    }


def _remove_leftovers(root: Path, class_name: str, count: int) -> None:
    for kind in ("pictures", "foreground", "truth"):
        for path in (root / kind / class_name).glob("[0-9][0-9][0-9][0-9].png"):
            if int(path.stem) >= count:
                path.unlink()


def _check(class_name: str, seed: int, size: int) -> None:
    if class_name not in CLASSES:
        raise ValueError(f"unknown class {class_name!r}; known: {', '.join(CLASSES)}")
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    if size < SMALLEST:
        raise ValueError(f"size must be at least {SMALLEST} pixels, got {size}")


def _place(shapes: list[Shape], random: Generator, size: int) -> list[Shape]:
    """Turn, mirror, scale and shift an object into a picture; coordinates become pixels."""
    tilt, fill = random.uniform(-14, 14), random.uniform(0.55, 0.87)
    stretch = at(random.choice([-1, 1]) * random.uniform(0.9, 1.1), 1)
    shapes = [
        shape.moved(lambda points: turn(points * stretch, tilt, at(0, 0))) for shape in shapes
    ]
    outlines = [shape.outline for shape in shapes]
    outlines += [detail.outline for shape in shapes for detail in shape.details]
    everything = np.concatenate(outlines)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = fill * size / (high - low).max()
    room = size - scale * (high - low)
    corner = random.uniform(0.12, 0.88, size=2) * room
    return [shape.moved(lambda points: (points - low) * scale + corner) for shape in shapes]


def _draw(
    shapes: list[Shape], part_names: tuple[str, ...], random: Generator, size: int
) -> tuple[Bytes, Field, Field]:
    """Label map, colour over black, and how much of each pixel the object covers (0 to 1)."""
    base = _part_colours(random, len(part_names))
    # The fourth channel numbers the shapes, so that one call paints colour and label alike.
    canvas = np.zeros((_FINER * size, _FINER * size, 4), np.uint8)
    for number, shape in enumerate(shapes, start=1):
        colour = base[part_names.index(shape.part)]
        _fill(canvas, shape.outline, _toned(colour, shape.tone), number)
        for detail in shape.details:
            _fill(canvas, detail.outline, _toned(colour, shape.tone + detail.tone), number)
    middle = slice(_FINER // 2, None, _FINER)
    pieces = canvas[middle, middle, 3]
    label_of = [0] + [part_names.index(shape.part) + 1 for shape in shapes]
    parts = np.array(label_of, np.uint8)[pieces]
    covered = (canvas[..., 3] > 0).astype(np.uint8) * 255
    coverage = cv2.resize(covered, (size, size), interpolation=cv2.INTER_AREA) / np.float32(255)
    colour = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)[..., :3]
    shade = _relief(pieces, random) * _texture(parts, random) * _lamp(random, size)
    return parts, colour * shade[..., None] / np.float32(255), coverage


def _fill(canvas: Bytes, outline: Points, colour: tuple[float, ...], number: int) -> None:
    corners = np.rint(outline * _FINER - 0.5).astype(np.int32)
    cv2.fillPoly(canvas, [corners], (*colour, number))


def _part_colours(random: Generator, count: int) -> list[tuple[float, float, float]]:
    """A colour per part, sometimes all of a similar hue; RGB from 0 to 255."""
    hues = random.uniform() + random.uniform(0, random.choice([0.12, 1.0]), size=count)
    values = random.permutation(np.linspace(0.5, 0.95, count))
    saturations = random.uniform(0.15, 0.85, size=count)
    colours = [
        colorsys.hsv_to_rgb(h % 1, s, v) for h, s, v in zip(hues, saturations, values, strict=True)
    ]
    return [(255 * r, 255 * g, 255 * b) for r, g, b in colours]


def _toned(colour: tuple[float, float, float], tone: float) -> tuple[float, ...]:
    """Mix a colour with black (tone down to -1) or white (tone up to 1)."""
    strength, target = min(abs(tone), 1.0), 255.0 if tone > 0 else 0.0
    return tuple((1 - strength) * channel + strength * target for channel in colour)


def _relief(pieces: Bytes, random: Generator) -> Field:
    """Brightness of shapes rounded towards their edges, lit from above; (size, size)."""
    size = len(pieces)
    inside = np.zeros((size, size), np.uint8)
    inside[:-1, :-1] = (
        (pieces[:-1, :-1] == pieces[1:, :-1])
        & (pieces[:-1, :-1] == pieces[:-1, 1:])
        & (pieces[:-1, :-1] > 0)
    )
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    rounding = 0.09 * size
    height = rounding * np.sqrt(1 - np.square(1 - np.minimum(distance / rounding, 1)))
    height = cv2.GaussianBlur(height, (0, 0), 0.008 * size)
    angle = random.uniform(-2.6, -0.5)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8) * np.float32(np.cos(angle))
    slope += cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8) * np.float32(np.sin(angle))
    outline = np.minimum(distance / (0.012 * size), 1)
    shade: Field = (0.96 - 0.3 * np.tanh(1.2 * slope)) * (0.62 + 0.38 * outline)
    return shade


def _texture(parts: Bytes, random: Generator) -> Field:
    """Brightness of each part's own faint texture: plain, striped or mottled."""
    size = len(parts)
    along, across = random.uniform(-18, 18, size=2)
    ramp = np.linspace(0, 2 * np.pi, size, dtype=np.float32)
    stripes = np.sin(np.float32(along) * ramp[None, :] + np.float32(across) * ramp[:, None])
    mottle = 2 * _cloud(random, size, 20)
    # Below zero means none: many parts come out plain, or with only one of the two.
    strength = random.uniform(-0.12, 0.15, size=(2, int(parts.max()) + 1)).clip(0)
    striped, mottled = strength.astype(np.float32)[:, parts]
    texture: Field = 1 + striped * stripes + mottled * mottle
    return texture


def _lamp(random: Generator, size: int) -> Field:
    """A smooth gradient of light over the picture; (size, size), around 1."""
    angle, strength = random.uniform(0, 2 * np.pi), random.uniform(0, 0.2)
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    light: Field = 1 + np.float32(strength) * (
        np.float32(np.cos(angle)) * axis[None, :] + np.float32(np.sin(angle)) * axis[:, None]
    )
    return light


def _cloud(random: Generator, size: int, cells: int) -> Field:
    """Smooth noise with about ``cells`` blobs per side; (size, size), about -1 to 1."""
    coarse = random.uniform(-1, 1, size=(cells, cells)).astype(np.float32)
    smooth: Field = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return smooth


def _landscape(random: Generator, size: int) -> Field:
    """Sky, ground and a few ranges of hills, each a soft gradient; (size, size, 3)."""
    ramp = np.linspace(0, 1, size, dtype=np.float32)[:, None, None]
    picture = np.repeat((1 - ramp) * _tint(random) + ramp * _tint(random), size, axis=1)
    picture *= 1 + 0.25 * _cloud(random, size, 5)[..., None]
    x = np.arange(size)
    for horizon in np.sort(random.uniform(0.3, 0.9, size=random.integers(1, 4))):
        waves = random.uniform((0.005, 1, 0), (0.05, 9, 6.28), size=(3, 3))
        ridge = horizon + sum(a * np.sin(f * x / size + p) for a, f, p in waves)
        edge = np.stack([x, ridge * size], axis=1)
        corners = np.concatenate([edge, [(size, size), (0, size)]])
        cv2.fillPoly(picture, [np.rint(corners).astype(np.int32)], _tint(random).tolist())
    return picture


def _draw_distractor(picture: Field, random: Generator) -> None:
    """Put one plain disc, triangle, block or stick into the scenery."""
    size = len(picture)
    centre = random.uniform(0, size, size=2)
    reach, thin = random.uniform(0.03, 0.13) * size, random.uniform(0.2, 1)
    corners = int(random.choice([3, 4, 5, 24]))
    outline = ellipse(centre, reach, thin * reach, corners)
    outline = turn(outline, random.uniform(0, 360), centre)
    colour = _tint(random).tolist()
    cv2.fillPoly(picture, [np.rint(outline).astype(np.int32)], colour, lineType=cv2.LINE_AA)


def _tint(random: Generator) -> Field:
    """A muted colour, RGB from 0 to 1."""
    h, s, v = random.uniform((0, 0.1, 0.2), (1, 0.65, 0.95))
    return np.array(colorsys.hsv_to_rgb(h, s, v), dtype=np.float32)


def _to_bytes(picture: Field) -> Bytes:
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
