"""Limits of what may be lost: read, broken only by what is real, one-line errors."""

import pytest

from finished_audits import rare, row
from partonomy.emergence.comparing import part_changes
from partonomy.emergence.losing import Limit, broken_limits, read_limit
from partonomy.errors import PartonomyError

BEFORE = {"a": [row("wheel", 0.6), row("door", 0.5), row("left wheel", 0.4), rare("lamp")]}


def broken(after, *limits: str) -> list[tuple[str, str]]:
    found = broken_limits(part_changes(BEFORE, {"a": after}), list(map(read_limit, limits)))
    return [(change.name, str(limit)) for change, limit in found]


def test_a_fall_must_be_greater_than_the_limit_and_than_chance():
    after = [row("wheel", 0.5), row("door", 0.4, own=0.3), row("left wheel", 0.4)]
    assert broken(after, "*:0.05") == [("car wheel", "*:0.05")]
    assert broken(after, "wheel:0.05") == [("car wheel", "wheel:0.05")]
    assert broken(after, "car wheel:0.05") == [("car wheel", "car wheel:0.05")]
    assert broken(after, "wheel:0.15") == []
    assert broken(after, "door:0.05") == [], "its interval holds 0"
    assert broken(after, "left wheel:0") == []


def test_the_strictest_limit_of_a_part_counts():
    after = [row("wheel", 0.5), row("door", 0.5), row("left wheel", 0.4)]
    assert broken(after, "*:0.2", "wheel:0.05") == [("car wheel", "wheel:0.05")]
    assert broken(after, "wheel:0.2", "*:0.05") == [("car wheel", "*:0.05")]


def test_a_part_that_is_not_measured_any_more_counts_as_lost():
    after = [row("wheel", 0.6), rare("door"), row("lamp", 0.1)]
    assert broken(after, "*:0.9") == [("car door", "*:0.9"), ("car left wheel", "*:0.9")]
    assert broken(after, "wheel:0") == []


@pytest.mark.parametrize("name", ["lamp", "wing", "bus wheel"])
def test_a_limit_that_can_never_break_is_an_error(name):
    after = [*BEFORE["a"][:3], row("lamp", 0.5), row("wing", 0.5)]
    with pytest.raises(PartonomyError, match=f"{name}:0.1: no such part is measured before"):
        broken(after, f"{name}:0.1")


def test_limits_are_read():
    assert read_limit("car wheel:0.05") == Limit("car wheel", 0.05)
    assert read_limit("a:b:0") == Limit("a:b", 0)


@pytest.mark.parametrize("text", ["wheel", "wheel:", ":0.1", "wheel:x", "wheel:5", "a:-1", "a:nan"])
def test_what_is_no_limit_is_an_error(text):
    with pytest.raises(PartonomyError, match=r"--fail-if-lost .*: give a part and how far"):
        read_limit(text)
