"""What commands that find parts share: the network, the foreground, pages, closing lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from partonomy.cli import options
from partonomy.cli.progress import progress

if TYPE_CHECKING:
    from partonomy.backbones import Backbone
    from partonomy.features import Begin
    from partonomy.parts import Run


class Find(Protocol):
    """Finds parts and leaves a run, as :func:`partonomy.concepts.discover` does."""

    def __call__(self, *, command: str, begin: Begin, say: Callable[[str], None]) -> Run: ...


def load_network(
    backbone: str | None,
    layer: str | None,
    weights: str | None,
    mean: str | None,
    std: str | None,
    device: str,
    precision: str,
) -> Backbone:
    """The frozen network that the options name."""
    from partonomy.backbones import DEFAULT_BACKBONE, load_backbone

    options.allow_own_functions(backbone)
    return load_backbone(
        backbone or DEFAULT_BACKBONE,
        None if layer is None else layer.split(","),
        weights,
        mean=options.triple(mean, "--mean"),
        std=options.triple(std, "--std"),
        device=device,
        precision=precision,
    )


def foreground_of(text: str) -> Literal["auto"] | Path | None:
    """What ``--foreground`` names."""
    return "auto" if text == "auto" else None if text == "none" else Path(text)


def with_report(find: Find, overlays: bool, label: str = "") -> None:
    """Find parts, write the overlays and the report, and say what was found.

    Args:
        find: finds them.
        overlays: whether they are wanted.
        label: of the run, where there are several.
    """
    from partonomy.report import write_report

    with progress() as begin:
        run = find(command=options.command_line(), begin=begin, say=say)
        if overlays:
            draw_overlays(run, begin)
        write_report(run)
    file = run.file
    name = f"{label}: " if label else ""
    print(
        f"{name}{file.results['n_parts']} parts from {file.results['n_concepts']} visual concepts "
        f"in {file.n_read} pictures{options.skipped_note(file.skipped)}"
    )
    print(f"report: {run.report}")


def say(note: str) -> None:
    """Print what people should know of a run."""
    print(f"note: {note}")


def draw_overlays(run: Run, begin: Begin) -> None:
    """Write the overlays of a run that knows how many parts there are."""
    from partonomy.report import write_overlays

    write_overlays(run, run.file.results["n_parts"], begin("overlays", run.file.n_read))
