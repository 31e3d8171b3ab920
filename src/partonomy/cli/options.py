"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.parts.run import SkippedEntry

Pictures = Annotated[
    list[str],
    typer.Argument(help="Folders (searched recursively), pictures, globs, .txt lists of pictures."),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="The run's folder.")]
BackboneName = Annotated[
    str | None,
    typer.Option(
        "--backbone",
        help="A timm name, torchvision/NAME, bundled/NAME, or package.module:callable.",
    ),
]
LayerName = Annotated[
    str | None,
    typer.Option("--layer", help="Layer of the network, or several: a,b; `layers` lists them."),
]
Weights = Annotated[
    str | None,
    typer.Option("--weights", help="A .safetensors or .pt file, or `random`."),
]
Mean = Annotated[
    str | None,
    typer.Option("--mean", help="Mean of RGB in 0..1 that inputs are normalised by: R,G,B or one."),
]
Std = Annotated[str | None, typer.Option("--std", help="Likewise the standard deviation.")]
ModelBackbone = Annotated[
    str | None,
    typer.Option("--backbone", help="package.module:callable, where the network is your own."),
]
ModelWeights = Annotated[
    str | None, typer.Option("--weights", help="The network's weights, if they were moved.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, mps.")]
PrecisionName = Annotated[
    str, typer.Option("--precision", help="auto, float32, bfloat16 (autocast).")
]
Foreground = Annotated[
    str,
    typer.Option("--foreground", help="auto, none, or a folder of masks with the pictures' names."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Make an unreadable picture an error, before any result.")
]
Overlays = Annotated[
    bool, typer.Option("--overlays/--no-overlays", help="Also write pictures with parts laid over.")
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", help="Folder for features.", show_default="the user's cache folder"),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Threads that decode; one a core by default.")
]


def triple(text: str | None, option: str) -> tuple[float, float, float] | None:
    """``R,G,B`` or one number for all, as three numbers.

    Raises:
        PartonomyError: it is neither.
    """
    if text is None:
        return None
    try:
        values = [float(value) for value in text.split(",")]
        red, green, blue = values * 3 if len(values) == 1 else values
    except ValueError:
        raise PartonomyError(f"{option} {text}: give one number, or three as R,G,B") from None
    return red, green, blue


_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def byte_count(text: str, option: str) -> int:
    """A size such as ``8GB``, ``500M`` or ``0`` in bytes.

    Raises:
        PartonomyError: it is none.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", text.upper())
    if match is None:
        raise PartonomyError(f"{option} {text}: give a size such as 8GB, 500MB or 0")
    return round(float(match[1]) * _UNITS[match[2]])


def allow_own_functions(backbone: str | None) -> None:
    """Let ``package.module:callable`` be found in the folder that the command is run in."""
    if backbone is not None and ":" in backbone and "" not in sys.path:
        sys.path.insert(0, "")


def command_line() -> str:
    """The command as it was typed, quoted so that it can be pasted."""
    return shlex.join(["partonomy", *sys.argv[1:]])


def skipped_note(skipped: Sequence[SkippedEntry]) -> str:
    """How many pictures were skipped, and the first few by name, for a closing line."""
    if not skipped:
        return ""
    named = ", ".join(f"{entry.picture} ({entry.reason})" for entry in skipped[:3])
    more = ", …" if len(skipped) > 3 else ""
    return f"; {len(skipped)} skipped: {named}{more}"
