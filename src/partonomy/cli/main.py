"""The ``partonomy`` command: one file a subcommand, errors in one line."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import metadata
from typing import Annotated

import typer

from partonomy.cli import (
    audit,
    benchmark,
    compare,
    datasets,
    demo,
    detectors,
    discover,
    evaluate,
    export,
    layers,
    partworld,
    protocols,
    report,
    segment,
    train,
)
from partonomy.errors import PartonomyError

app = typer.Typer(
    name="partonomy",
    epilog="Every command takes --debug, which shows the traceback of an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(metadata.version("partonomy"))
        raise typer.Exit


@app.callback()
def partonomy(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_tell_version, is_eager=True),
    ] = False,
) -> None:
    """See the semantic parts that a vision network knows."""


app.command("discover")(discover.discover)
app.command("train")(train.train)
app.command("segment")(segment.segment)
app.command("evaluate")(evaluate.evaluate)
app.command("benchmark")(benchmark.benchmark)
app.command("detectors")(detectors.detectors)
app.command("audit")(audit.audit)
app.command("compare")(compare.compare)
app.command("export")(export.export)
app.command("layers")(layers.layers)
app.command("report")(report.report)
app.command("protocols")(protocols.protocols)
app.add_typer(datasets.app, name="datasets")
app.command("partworld")(partworld.partworld)
app.command("demo")(demo.demo)


_INTERRUPTED = 130
"""What the command-line library exits with after Ctrl-C."""


def run() -> None:
    """Entry point of the console script."""
    # OpenMP's threads would spin while they wait, and take the cores from those that decode
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app()
    except PartonomyError as error:
        if debug:
            traceback.print_exc()
        sys.exit(f"error: {error}")
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            print("stopped; the same command goes on where this one was", file=sys.stderr)
        raise
    except Exception as error:
        if debug:
            raise
        first = (str(error).splitlines() or [""])[0]
        sys.exit(f"error: {type(error).__name__}: {first} (--debug shows where; please report it)")


if __name__ == "__main__":
    run()
