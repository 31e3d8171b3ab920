"""Train a bundled network.

Example: python -m training partworld -o runs/training
"""

from __future__ import annotations

import argparse
from pathlib import Path

from partonomy.images import default_workers
from training import partworld

TRAINED = {"partworld": partworld.train}


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("network", choices=TRAINED)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        help="where pictures, checkpoint, weights and card go; given again, training goes on",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the pictures")
    parser.add_argument("--workers", type=int, default=default_workers(), help="for rendering")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
    options = parser.parse_args()
    recipe = TRAINED[options.network]
    recipe(options.output, seed=options.seed, workers=options.workers, device=options.device)


if __name__ == "__main__":
    main()
