"""By, on and under water."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.fields import Field, cloud, clouds, mixed, profile
from partonomy.datasets.partworld.outlines import at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import (
    across,
    beams,
    down,
    ground,
    lay,
    peaks,
    ridges,
    sky,
    smooth,
    veil,
)
from partonomy.datasets.partworld.scenes.palette import (
    Light,
    between,
    gradient,
    outdoors,
    rgb,
)
from partonomy.datasets.partworld.scenes.plants import conifers, ferns
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def coast(random: Generator, size: int) -> Stage:
    """A beach, surf and the open sea, mostly with a headland."""
    light, horizon = outdoors(random), random.uniform(0.12, 0.6)
    view = sky(random, size, light, horizon)
    if random.random() < 0.7:
        headland(random, view, light, horizon)
    sea(random, view, light, horizon)
    beach = horizon + (1 - horizon) * random.uniform(0.25, 0.7)
    tilt = random.uniform(-0.25, 0.25) * (np.linspace(0, 1, size) - 0.5)
    shore = ridges(random, size, beach, 0.05, 2) + tilt
    surf(random, view, light, shore)
    sand = light.shades(random, palette.SAND)
    noise = ground(random, size, horizon) + 6 * (down(size) - shore - 0.12).clip(-0.12, 0)
    lay(view, shore + 0.02, noise, sand)
    near = random.uniform(0.7, 1.2)
    return Stage(random, view, light, beach - 0.05, near, ("shore", "sky"))


@scene
def ocean(random: Generator, size: int) -> Stage:
    """Open water with glints under the sun, and islands far away."""
    light, horizon = outdoors(random, (*palette.DAY, "evening", "night")), random.uniform(0.1, 0.7)
    view = sky(random, size, light, horizon)
    if random.random() < 0.6:
        headland(random, view, light, horizon)
    sea(random, view, light, horizon)
    stage = Stage(random, view, light, horizon, random.uniform(0.6, 1.1), ("afloat", "sky"))
    crests(stage, 70)
    return stage


@scene
def lake(random: Generator, size: int) -> Stage:
    """Mountains, or woods, that are mirrored in still water."""
    light, horizon = outdoors(random), random.uniform(0.3, 0.65)
    view = sky(random, size, light, horizon)
    rough = clouds(random, size, 9, 3)
    for distance in (0.7, 0.35):
        top = peaks(random, size, horizon - 0.2 * distance - 0.03, 0.3 * distance, 3)
        shades = light.shades(random, palette.ROCK if distance > 0.5 else palette.CONIFERS)
        lay(
            view,
            top,
            rough,
            between(shades, light.haze, np.full(4, distance)),
            until=horizon + 0.02,
        )
    mirror(random, view, light, horizon)
    bank = 1 - random.uniform(-0.02, 0.25)
    green = light.shades(random, palette.MEADOWS[2])
    lay(view, ridges(random, size, bank, 0.08, 2), ground(random, size, horizon), green)
    stage = Stage(random, view, light, horizon, random.uniform(0.6, 1.1), ("afloat", "sky"))
    if random.random() < 0.5:
        stage.horizon = bank - 0.1
        conifers(stage, palette.CONIFERS, 5)
        ferns(stage, palette.LEAVES, 6)
        stage.horizon = horizon
    return stage


@scene
def underwater(random: Generator, size: int) -> Stage:
    """The sea's floor with weed and corals, and light that falls from above."""
    shallow = rgb(random.uniform((165, 0.3, 0.65), (200, 0.6, 0.92)))
    deep = rgb(random.uniform((185, 0.6, 0.12), (222, 0.85, 0.42)))
    light = Light(
        shallow,
        between(deep, shallow, 0.45),
        between(deep, (1.0, 1.0, 1.0), 0.75),
        at(random.uniform(-0.6, 0.6), -0.8),
    )
    depth = down(size) + 0.08 * clouds(random, size, 3, 2)
    view = gradient(depth, np.stack([shallow, between(shallow, deep, 0.6), deep]))
    horizon = random.uniform(0.45, 0.9)
    top = ridges(random, size, horizon, 0.06, 2)
    seabed = ground(random, size, horizon) + caustics(random, size)
    lay(view, top, seabed, light.shades(random, palette.SAND))
    veil(view, light, horizon, 0.8)
    beams(random, view, light, random.uniform(0.15, 0.5))
    stage = Stage(random, view, light, horizon - 0.05, random.uniform(0.7, 1.2), ("seabed",))
    weeds(stage, int(random.integers(3, 8)))
    corals(stage, int(random.integers(2, 6)))
    bubbles(stage, int(random.integers(5, 30)))
    return stage


def sea(random: Generator, view: Field, light: Light, horizon: float) -> None:
    """Water up to the horizon: sky above it, its own colour below, and the sun's path."""
    size = len(view)
    near = ((down(size) - horizon) / (1 - horizon)).clip(0, 1)
    waves = cloud(random, size, 12, 3.5) * near + cloud(random, size, 34, 5) * (0.7 - 0.3 * near)
    waves += cloud(random, size, 90, 6) * (0.5 - 0.2 * near)
    own = light.shades(random, palette.WATER)
    shades = between(own, light.haze, np.array([0.05, 0.15, 0.35, 0.75]))
    path = 1 / (1 + ((across(size) - 0.5 - 0.45 * light.sun[0]) / (0.06 + 0.2 * near)) ** 2)
    waves += 0.5 - 1.1 * near + 0.9 * path * smooth(2 * waves)
    lay(view, np.full(size, horizon), waves, shades)


def surf(random: Generator, view: Field, light: Light, shore: Field) -> None:
    """Foam where waves run out, in place."""
    size = len(view)
    away = shore + 0.02 - down(size)
    ragged = away + 0.02 * clouds(random, size, 12, 3, stretch=2)
    white = np.zeros((size, size))
    for line, wide in ((0.01, 0.012), (0.08, 0.01), (0.17, 0.008)):
        white += (1 - np.abs(ragged - line) / wide).clip(0, 1)
    view[:] = mixed(view, tuple(between(light.haze, light.cast, 0.7)), 0.85 * white.clip(0, 1))


def headland(random: Generator, view: Field, light: Light, horizon: float) -> None:
    """Land across the water, high on one side."""
    size = len(view)
    side = across(size)[0] if random.random() < 0.5 else 1 - across(size)[0]
    for distance in (0.7, 0.5):
        rise = random.uniform(0.05, 0.3) * (side - random.uniform(0.2, 0.6))
        top = horizon + 0.012 - rise - 0.03 * profile(random, size, 5, 4)
        shades = light.shades(random, palette.ROCK if random.random() < 0.5 else palette.LEAVES)
        noise = clouds(random, size, 14, 2)
        lay(
            view,
            top,
            noise,
            between(shades, light.haze, np.full(4, distance)),
            until=min(1, horizon + 0.03),
        )


def mirror(random: Generator, view: Field, light: Light, horizon: float) -> None:
    """Turn what is above the horizon upside down below it, with ripples, in place."""
    size = len(view)
    level = int(horizon * size)
    below = np.arange(size - level)
    wobble = cloud(random, size, 40, 6)[level:] * (0.2 + 2 * below[:, None] / size) * 0.04 * size
    rows = (level - 1 - below[:, None] + wobble).clip(0, max(0, level - 1)).astype(np.int64)
    still = np.take_along_axis(view[: max(level, 1)], rows[..., None], axis=0)
    water = light.tone(random, palette.WATER)
    view[level:] = mixed(still * 0.9, tuple(water), 0.2 + 0.5 * below[:, None] / size)


def crests(stage: Stage, count: int) -> None:
    """Short bright and dark lines on the water, finer far away."""
    random = stage.random
    depth = random.uniform(0.02, 1, size=count) ** 1.5
    places = at(random.uniform(0, 1, size=count), stage.horizon + depth * (1 - stage.horizon))
    reach = at(0.06 * stage.near * (0.1 + depth), np.zeros(count))
    bow = reach[:, ::-1] * 0.12
    paths = np.stack([places - reach, places - bow, places + reach], axis=1)
    for part, order in enumerate(np.array_split(np.argsort(depth), 4)):
        bright = between(stage.seen(places[order[0]]), stage.light.haze, 0.6)
        dark = 0.75 * stage.seen(places[order[-1]])
        wide = 0.002 + 0.0025 * part * stage.near
        stage.lines(paths[order[::2]], wide, bright)
        stage.lines(paths[order[1::2]], wide, dark)


def caustics(random: Generator, size: int) -> Field:
    """The net of light that waves throw on the floor."""
    net: Field = 0.7 - 2.2 * np.abs(cloud(random, size, 14, 1.8))
    return net.clip(-0.3, 1)


def weeds(stage: Stage, count: int) -> None:
    """Long leaves that sway, in bunches."""
    random = stage.random
    rise = np.arange(9) / 8
    starts, phase, tall = random.uniform((-0.2, 0, 0.5), (0.2, 7, 1), size=(6, 3)).T[..., None]
    sway = starts + 0.1 * np.sin(phase + 5 * rise) * rise
    stems = np.stack([sway, -tall * rise], axis=-1)
    for depth in np.sort(random.uniform(0, 1, size=count)):
        foot = at(random.uniform(0, 1), stage.horizon + 0.05 + depth * (1 - stage.horizon))
        kind = palette.LEAVES if random.random() < 0.7 else palette.AUTUMN
        shades = stage.shades(kind, foot) * random.uniform(0.7, 1.2)
        height = stage.near * (0.15 + 0.4 * depth) * random.uniform(0.6, 1.2)
        bunch = foot + height * stems * (np.sign(random.random() - 0.5), 1)
        for step in range(3):
            stage.lines(bunch[step::3], 0.045 * height, shades[step])


def corals(stage: Stage, count: int) -> None:
    """Stony fans: branches that spread from a foot."""
    random = stage.random
    angles = np.arange(-3, 4) * 0.4 + random.uniform(-0.15, 0.15, size=7)
    forks = (angles + random.uniform(0.15, 0.45, size=(2, 1)) * [[-1], [1]]).T
    knees = np.repeat(0.5 * at(np.sin(angles), -np.cos(angles))[:, None], 2, axis=1)
    tips = knees + 0.5 * at(np.sin(forks), -np.cos(forks))
    fan = np.stack([0 * knees, knees, tips], axis=2).reshape(-1, 3, 2)
    for depth in np.sort(random.uniform(0, 1, size=count)):
        foot = at(random.uniform(0, 1), stage.horizon + 0.05 + depth * (1 - stage.horizon))
        kind = palette.BLOSSOM if random.random() < 0.6 else palette.AUTUMN
        shades = stage.shades(kind, foot) * random.uniform(0.7, 1.1)
        reach = stage.near * (0.08 + 0.16 * depth)
        stage.lines(foot + reach * fan, 0.11 * reach, shades[1])
        stage.lines(foot + reach * (fan - 0.02), 0.05 * reach, shades[2])


def bubbles(stage: Stage, count: int) -> None:
    """Rings with a glint, in strings."""
    random = stage.random
    places = at(
        random.normal(random.uniform(0, 1), 0.12, size=count), random.uniform(0, 1, size=count)
    )
    radii = random.uniform(0.003, 0.015, size=count)
    here = stage.seen(places)
    stage.discs(places, radii, between(here, np.ones(3), np.full(count, 0.55)))
    stage.discs(places, 0.75 * radii, between(here, np.ones(3), np.full(count, 0.1)))
    stage.discs(places - 0.3 * radii[:, None], 0.25 * radii, np.ones((count, 3)) * 0.95)
