"""Left and right in the names of parts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from partonomy.datasets.annotation import Annotation, PartSchema

_SIDE = re.compile(r"(?<![a-z])(left|right|l|r)(?![a-z])", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"}


def mirrored_sides(names: Iterable[str]) -> dict[str, str]:
    """What parts become in the mirror, by their names: ``left_eye`` is ``right_eye``.

    Only names of which both sides occur are in it.
    """
    known = list(names)
    pairs = {name: _SIDE.sub(lambda side: _OTHER[side.group().lower()], name) for name in known}
    return {name: other for name, other in pairs.items() if other != name and other in known}


def merged_sides(annotation: Annotation) -> Annotation:
    """An object whose left and right parts are one: ``left_eye`` and ``right_eye`` are ``eye``.

    Only names of which both sides occur are merged; a part that is on both sides occurs twice, as
    wheels do (arXiv 1607.03738, section 3, merges so).
    """
    schema = annotation.schema
    plain = {name: _plain(name) for name in mirrored_sides(schema.names)}
    if not plain:
        return annotation
    names = tuple(dict.fromkeys(plain.get(name, name) for name in schema.names))
    parents = {
        plain.get(name, name): plain.get(wider, wider) for name, wider in schema.parents.items()
    }
    merged = PartSchema(names, {name: wider for name, wider in parents.items() if name != wider})
    parts = tuple(replace(part, name=plain.get(part.name, part.name)) for part in annotation.parts)
    return replace(annotation, schema=merged, parts=parts)


def _plain(name: str) -> str:
    """Without its side, and without what held that in the name."""
    return re.sub(r"[_\s-]*" + _SIDE.pattern + r"[_\s-]*", _joint, name, flags=re.IGNORECASE)


def _joint(side: re.Match[str]) -> str:
    """What stands where a side was cut out: one separator between two words, else nothing."""
    whole = side.string
    inside = side.start() > 0 and side.end() < len(whole)
    separator = re.search(r"[_\s-]", side.group())
    return separator.group() if inside and separator else ""
