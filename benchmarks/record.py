"""``results.md``: one section a benchmark, each from one run; the others are kept as they were."""

from __future__ import annotations

import datetime
import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")

INTRODUCTION = """\
# Benchmarks

Written by `make bench` (`python -m benchmarks`), one section a benchmark. Times are of one run on
one machine: compare the ratios.
"""

PACKAGES = ("partonomy", "torch", "torchvision", "timm", "numpy", "faiss-cpu", "scikit-learn")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def provenance(command: str) -> str:
    """When, where, with what and how a section was made."""
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"{day}; {len(os.sched_getaffinity(0))} cores of {_processor()}, {platform.system()}; "
        f"Python {platform.python_version()}, {packages}; `{command}`"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _processor() -> str:
    """The processor's name, with what tells one generation from another where the name does not."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    found = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", text, re.MULTILINE))
    if not found:
        return platform.processor() or platform.machine()
    family = f"family {found.get('cpu family', '?')} model {found.get('model', '?')}"
    return f"{found.get('model name', platform.machine())} ({family})"


def write_section(title: str, body: str, titles: Sequence[str]) -> None:
    """Put a section in its place in ``results.md``.

    Args:
        title: the section's.
        body: its markdown, with headings of the third level at most.
        titles: of all sections, in order.
    """
    old = RESULTS.read_text() if RESULTS.exists() else ""
    pieces = re.split(r"^## (.*)\n", old, flags=re.MULTILINE)
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True)) | {title: f"\n{body}\n"}
    kept = [f"## {name}\n\n{sections[name].strip()}\n" for name in titles if name in sections]
    RESULTS.write_text("\n".join([INTRODUCTION, *kept]))
