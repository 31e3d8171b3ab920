"""The parts of PASCAL-Part: what their short names mean, which are merged, which are too small.

After Gonzalez-Garcia, Modolo and Ferrari, "Do semantic parts emerge in convolutional neural
networks?" (IJCV 2018): left and right, front and back, upper and lower are not told
apart, what adjoins is joined, and parts that are tiny or rare are discarded. The sides of buses,
cars and trains are parts of their own: nothing is what a `leftside` would be without its side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from partonomy.datasets.annotation import PartSchema

_LEGS = "lfuleg lflleg rfuleg rflleg lbuleg lblleg rbuleg rblleg"
_FACE = "head leye reye lear rear"
_CATTLE = f"{_FACE} muzzle lhorn rhorn torso neck {_LEGS} tail"
_PET = f"{_FACE} nose torso neck lfleg lfpa rfleg rfpa lbleg lbpa rbleg rbpa tail"
_ROAD = (
    "frontside leftside rightside backside roofside leftmirror rightmirror fliplate bliplate "
    "door wheel headlight window"
)

RAW: Mapping[str, tuple[str, ...]] = {
    name: tuple(parts.split())
    for name, parts in {
        "aeroplane": "body stern lwing rwing tail engine wheel",
        "bicycle": "fwheel bwheel saddle handlebar chainwheel headlight",
        "bird": "head leye reye beak torso neck lwing rwing lleg lfoot rleg rfoot tail",
        "boat": "",
        "bottle": "cap body",
        "bus": _ROAD,
        "car": _ROAD,
        "cat": _PET,
        "chair": "",
        "cow": _CATTLE,
        "diningtable": "",
        "dog": f"{_PET} muzzle",
        "horse": f"{_FACE} muzzle torso neck {_LEGS} tail lfho rfho lbho rbho",
        "motorbike": "fwheel bwheel handlebar saddle headlight",
        "person": f"{_FACE} lebrow rebrow nose mouth hair torso neck llarm luarm lhand rlarm "
        "ruarm rhand llleg luleg lfoot rlleg ruleg rfoot",
        "pottedplant": "pot plant",
        "sheep": _CATTLE,
        "sofa": "",
        "table": "",  # what some releases call the dining table
        "train": "head hfrontside hleftside hrightside hbackside hroofside headlight coach "
        "cfrontside cleftside crightside cbackside croofside",
        "tvmonitor": "screen",
    }.items()
}
"""The names of parts in the files, by class, without the numbers that several of a kind have."""

_HALF = re.compile(r"^([lr][fb]?)[ul](leg|arm)$")
_SIDE = re.compile(
    r"^(?:[lr][fb]?(?=(?:eye|ear|ebrow|wing|horn|leg|foot|arm|hand|pa|ho)$)"
    r"|[fb](?=(?:wheel|liplate)$)|(?:left|right)(?=mirror$))"
)
_SPELT = {"pa": "paw", "ho": "hoof"}
_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"}


def limb(name: str) -> str:
    """The whole that an upper or lower half belongs to: of `lfuleg` and `lflleg`, `lfleg`."""
    return _HALF.sub(r"\1\2", name)


def _kind(name: str) -> str:
    kind = _SIDE.sub("", limb(name))
    return _SPELT.get(kind, kind)


MERGED: Mapping[str, Mapping[str, str]] = {
    class_name: {name: _kind(name) for name in names} for class_name, names in RAW.items()
}
"""What each name becomes when sides and halves are not told apart, by class."""

_DISCARDED = {
    "aeroplane": "tail wheel",
    "bicycle": "headlight",
    "bird": "eye",
    "bus": "headlight",
    "car": "mirror",
    "cow": "eye",
    "dog": "eye",
    "horse": "eye hoof",
    "motorbike": "saddle",
    "person": "eye ear ebrow nose mouth",
    "sheep": "eye",
    "train": "hbackside",
}

PUBLISHED: Mapping[str, tuple[str, ...]] = {
    class_name: tuple(
        name
        for name in dict.fromkeys(kinds.values())
        if name not in _DISCARDED.get(class_name, "").split()
    )
    for class_name, kinds in MERGED.items()
}
"""The 105 parts of 16 classes that the authors kept, by class, as in code by one of them;
:func:`kept_parts` is the rule that they give for it."""


def kept_parts(
    sizes: Mapping[str, Sequence[float]], least_size: float = 15, least_count: int = 10
) -> tuple[str, ...]:
    """The parts that are neither tiny nor rare.

    Args:
        sizes: by part, (width + height) / 2 of the box of each of its samples, in pixels.
        least_size: a part must be larger than this on average.
        least_count: a part must have as many samples.
    """
    return tuple(
        name
        for name, each in sizes.items()
        if each and len(each) >= least_count and sum(each) / len(each) > least_size
    )


def part_schema(class_name: str, merged: bool) -> PartSchema:
    """The parts of a class, merged or as the files name them."""
    names = MERGED[class_name].values() if merged else RAW[class_name]
    known = tuple(dict.fromkeys(names))
    sides = {name: _other_side(name) for name in known}
    mirrored = {name: other for name, other in sides.items() if other != name and other in known}
    return PartSchema(known, mirrored=mirrored)


def _other_side(name: str) -> str:
    if "left" in name or "right" in name:
        return re.sub("left|right", lambda side: _OTHER[side.group()], name)
    return _OTHER.get(name[:1], name[:1]) + name[1:]
