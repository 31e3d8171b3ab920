"""``partonomy report``: write a run's report again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="A finished run of discover.")],
) -> None:
    """Write the report of a run again, from its tables, masks and pictures.

    Example: partonomy report runs/photos
    """
    from partonomy.parts import Run
    from partonomy.report import write_report

    print(f"report: {write_report(Run(run))}")
