"""By, on and under water."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import either_side, often, one_of, some, within
from partonomy.datasets.partworld.fields import ALL, Field, cloud, clouds, mixed, profile
from partonomy.datasets.partworld.outlines import Points, at
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
from partonomy.datasets.partworld.scenes.light import DAY, Light, outdoors, under_water
from partonomy.datasets.partworld.scenes.palette import Colours, between, gradient
from partonomy.datasets.partworld.scenes.plants import leafage
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def coast(random: Generator, size: int) -> Stage:
    """A beach, surf and the open sea, mostly with a headland."""
    light, horizon = outdoors(random), random.uniform(0.12, 0.6)
    view = sky(random, size, light, horizon)
    if often(random, 0.7):
        headland(random, view, light, horizon)
    sea(random, view, light, horizon)
    beach = horizon + (1 - horizon) * random.uniform(0.25, 0.7)
    tilt = random.uniform(-0.25, 0.25) * (across(size)[0] - 0.5)
    shore = ridges(random, size, beach, 0.05, 2) + tilt
    surf(random, view, light, shore)
    wet = 6 * (down(size) - shore - 0.12).clip(-0.12, 0)
    sand = light.shades(random, palette.SAND)
    lay(view, shore + 0.02, ground(random, size, horizon) + wet, sand)
    return Stage(random, view, light, beach + 0.05, beach - horizon, ("shore", "sky"))


@scene
def ocean(random: Generator, size: int) -> Stage:
    """Open water with glints under the sun, and land far away."""
    light, horizon = outdoors(random, (*DAY, "evening", "night")), random.uniform(0.1, 0.7)
    view = sky(random, size, light, horizon)
    if often(random, 0.6):
        headland(random, view, light, horizon)
    sea(random, view, light, horizon)
    stage = Stage(random, view, light, horizon, 0.02, ("afloat", "sky"))
    crests(stage, 70)
    return stage


@scene
def lake(random: Generator, size: int) -> Stage:
    """Mountains and woods that are mirrored in still water."""
    light, horizon = outdoors(random), random.uniform(0.3, 0.65)
    view = sky(random, size, light, horizon)
    rough = clouds(random, size, 9, 3)
    for distance, kind in ((0.7, palette.ROCK), (0.35, palette.CONIFERS)):
        top = peaks(random, size, horizon - 0.2 * distance - 0.03, 0.3 * distance, 3)
        shades = between(light.shades(random, kind), light.haze, distance)
        lay(view, top, rough, shades, until=horizon + 0.02)
    mirror(random, view, light, horizon)
    bank = ridges(random, size, 1 - random.uniform(-0.02, 0.25), 0.08, 2)
    lay(view, bank, ground(random, size, horizon), light.shades(random, palette.MOSS))
    return Stage(random, view, light, horizon, 0.04, ("afloat", "leafy", "sky"))


@scene
def underwater(random: Generator, size: int) -> Stage:
    """The sea's floor with weeds and corals, and light that falls from above."""
    light, horizon = under_water(random), random.uniform(0.45, 0.9)
    deep = 2 * light.haze - light.zenith
    depth = down(size) + 0.08 * clouds(random, size, 3, 2)
    view = gradient(depth, np.stack([light.zenith, light.haze, deep.clip(0, 1)]))
    seabed = ground(random, size, horizon) + caustics(random, size)
    sand = light.shades(random, palette.SAND)
    lay(view, ridges(random, size, horizon, 0.06, 2), seabed, sand)
    veil(view, light, horizon, 0.8)
    beams(random, view, light, random.uniform(0.15, 0.5))
    stage = Stage(random, view, light, horizon, 0.08, ("seabed",))
    weeds(stage, some(random, 3, 7))
    corals(stage, some(random, 2, 5))
    bubbles(stage, some(random, 5, 30))
    return stage


def sea(random: Generator, view: Field, light: Light, horizon: float) -> None:
    """Water up to the horizon, the sky in it and the sun's path on it, in place."""
    size = len(view)
    near = ((down(size) - horizon) / (1 - horizon)).clip(0, 1)
    waves = near * cloud(random, size, 12, 3.5)
    waves += (0.7 - 0.3 * near) * cloud(random, size, 34, 5)
    waves += (0.5 - 0.2 * near) * cloud(random, size, 90, 6)
    aside = across(size) - 0.5 - 0.45 * light.sun[0]
    path = 1 / (1 + (aside / (0.06 + 0.2 * near)) ** 2)
    waves += 0.5 - 0.8 * near + 0.9 * path * smooth(2 * waves)
    shine = np.array([0.05, 0.15, 0.35, 0.75])
    lay(view, horizon, waves, between(light.shades(random, palette.WATER), light.haze, shine))


def surf(random: Generator, view: Field, light: Light, shore: Field) -> None:
    """Foam where waves run out, in place."""
    size = len(view)
    ragged = shore + 0.02 - down(size) + 0.02 * clouds(random, size, 12, 3, stretch=2)
    white = np.zeros((size, size))
    for away, wide in ((0.01, 0.012), (0.08, 0.01), (0.17, 0.008)):
        white += (1 - np.abs(ragged - away) / wide).clip(0, 0.85)
    view[:] = mixed(view, tuple(between(light.haze, light.cast, 0.7)), white)


def headland(random: Generator, view: Field, light: Light, horizon: float) -> None:
    """Land across the water, high on one side, in place."""
    size = len(view)
    side = 0.5 + either_side(random) * (across(size)[0] - 0.5)
    kind, noise = one_of(random, (palette.ROCK, palette.LEAVES)), clouds(random, size, 14, 2)
    for distance in (0.7, 0.5):
        steep, start = within(random, (0.05, 0.2), (0.3, 0.6))
        top = horizon + 0.012 - steep * (side - start) - 0.03 * profile(random, size, 5, 4)
        shades = between(light.shades(random, kind), light.haze, distance)
        lay(view, top, noise, shades, until=horizon + 0.03)


def mirror(random: Generator, view: Field, light: Light, horizon: float) -> None:
    """Turn what is above the horizon upside down below it, with ripples, in place."""
    size = len(view)
    level = int(horizon * size)
    below = np.arange(size - level)[:, None]
    ripples = cloud(random, size, 40, 6, (slice(level, size), ALL))
    rows = level - 1 - below + (0.008 * size + 0.08 * below) * ripples
    still = np.take_along_axis(view, rows.clip(0, level - 1).astype(np.int64)[..., None], axis=0)
    water = 0.9 * light.tone(random, palette.WATER)
    view[level:] = mixed(still, tuple(water), 0.2 + 0.5 * below / size)


def crests(stage: Stage, count: int) -> None:
    """Short bright and dark lines on the water, finer far away."""
    depths = np.sort(stage.random.uniform(0.02, 1, size=count) ** 1.5)
    places, reach = stage.feet(depths), 0.06 * stage.near * (0.1 + depths)
    bow = at(reach, 0)[:, ::-1] * 0.12
    paths = np.stack([places - at(reach, 0), places - bow, places + at(reach, 0)], axis=1)
    for part, order in enumerate(np.array_split(np.arange(count), 4)):
        here, wide = stage.seen(places[order[0]]), 0.002 + 0.0025 * part * stage.near
        stage.lines(paths[order[::2]], wide, between(here, stage.light.haze, 0.6))
        stage.lines(paths[order[1::2]], wide, 0.75 * here)


def caustics(random: Generator, size: int) -> Field:
    """The net of light that waves throw on the floor."""
    net: Field = 0.7 - 2.2 * np.abs(cloud(random, size, 14, 1.8))
    return net.clip(-0.3, 1)


def weeds(stage: Stage, count: int) -> None:
    """Long leaves that sway, in bunches."""
    random, rise = stage.random, np.arange(9) / 8
    start, phase, tall = within(random, (-0.2, 0, 0.5), (0.2, 7, 1), size=(6, 3)).T[..., None]
    stems = at(start + 0.1 * np.sin(phase + 5 * rise) * rise, -tall * rise)
    for foot in stage.feet(random.uniform(0, 1, size=count)):
        bright, tall = within(random, (0.7, 0.35), (1.2, 0.7))
        shades = stage.shades(leafage(random, 0.3), foot) * bright
        bunch = stage.near * stage.scale(foot) * tall * stems * (either_side(random), 1)
        stage.stand(foot, partial(bunched, stage, foot + bunch, shades))


def bunched(stage: Stage, stems: Points, shades: Colours) -> None:
    """Paths (n, points, 2) in three shades, thicker the longer."""
    width = 0.05 * float(np.ptp(stems[..., 1]))
    for step in range(3):
        stage.lines(stems[step::3], width, shades[step])


def corals(stage: Stage, count: int) -> None:
    """Stony fans: branches that spread from a foot and fork."""
    random = stage.random
    angles = 0.4 * np.arange(-3, 4) + random.uniform(-0.15, 0.15, size=7)
    forks = angles[:, None] + random.uniform(0.15, 0.45, size=(7, 1)) * [-1, 1]
    knees = np.repeat(0.5 * at(np.sin(angles), -np.cos(angles))[:, None], 2, axis=1)
    tips = knees + 0.5 * at(np.sin(forks), -np.cos(forks))
    fan = np.stack([0 * knees, knees, tips], axis=2).reshape(-1, 3, 2)
    for foot in stage.feet(random.uniform(0, 1, size=count)):
        kind = palette.BLOSSOM if often(random, 0.6) else palette.AUTUMN
        shades = stage.shades(kind, foot) * random.uniform(0.7, 1.1)
        tall = 0.24 * stage.near * stage.scale(foot)
        stage.stand(foot, partial(forked, stage, foot + tall * fan, 0.11 * tall, shades))


def forked(stage: Stage, paths: Points, width: float, shades: Colours) -> None:
    """Paths (n, points, 2) with light along them."""
    stage.lines(paths, width, shades[1])
    stage.lines(paths - 0.2 * width, 0.45 * width, shades[2])


def bubbles(stage: Stage, count: int) -> None:
    """Rings with a glint, in a string."""
    random = stage.random
    x, y = within(random, (-0.2, 0), (0.2, 1), size=(count, 2)).T
    places = at(random.uniform(0, 1) + x, y)
    radii, here = random.uniform(0.003, 0.015, size=count), stage.seen(places)
    stage.discs(places, radii, between(here, np.ones(3), 0.55))
    stage.discs(places, 0.75 * radii, between(here, np.ones(3), 0.1))
    stage.discs(places - 0.3 * radii[:, None], 0.25 * radii, np.full((count, 3), 0.95))
