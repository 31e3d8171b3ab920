"""Run benchmarks from the repository's root: ``python -m benchmarks [NAME ...] [--pictures N]``."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import sys

from benchmarks.record import provenance, write_section

# Speed and memory come first: a child's peak memory counts this process as it was at the fork,
# and the others bring torch into it.
BENCHMARKS = (
    "speed",
    "memory",
    "killing",
    "clustering",
    "agreement",
    "detection",
    "rendering",
    "export",
    "report",
    "quality",
    "foreground",
    "partworld",
    "detectors",
    "emergence",
    "consistency",
    "segmenter_step",
    "segmenter_cost",
    "segmenter_learns",
)


def main() -> None:
    """Run the benchmarks that were named, print what they say and keep it."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the partonomy command has it
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}, all")
    parser.add_argument(
        "--pictures",
        type=int,
        help="use so few only, to try the scripts out; results.md is left as it is",
    )
    arguments = parser.parse_args()
    wanted = set(arguments.names or ["all"])
    if unknown := wanted - {*BENCHMARKS, "all"}:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}: {', '.join(BENCHMARKS)}, all")
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    titles = [name.replace("_", " ").capitalize() for name in BENCHMARKS]
    for name, title in zip(BENCHMARKS, titles, strict=True):
        if wanted.isdisjoint({name, "all"}):
            continue
        lines = [provenance(command)]
        print(f"## {title}\n\n{lines[0]}\n", flush=True)
        for line in importlib.import_module(f"benchmarks.{name}").run(arguments.pictures):
            print(f"{line}\n", flush=True)
            lines.append(line)
        if arguments.pictures is None:
            write_section(title, "\n\n".join(lines), titles)


if __name__ == "__main__":
    main()
