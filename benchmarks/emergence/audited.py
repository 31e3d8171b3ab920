"""An audit of many small rendered objects, a process of its own: ``audited.py OBJECTS FOLDER``.

Prints its peak of resident memory in bytes, as the kernel counts it for what runs now: a child's
other counts begin with its parent's.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path

from torch import Tensor, nn

import partonomy as pt
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence import AuditData, AuditSettings, RunSettings, run_audit
from partonomy.features.objects import rendered_pictures

FILTERS, SIDE, CLASS = 512, 64, "car"


class Small(nn.Module):
    """Two convolutions, the second with as many filters as are asked for, at a stride of 4."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 32, 5, 2, padding=2), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(32, FILTERS, 3, 2, padding=1), nn.ReLU())

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, FILTERS, H / 4, W / 4)."""
        return self.second(self.first(pictures))


def audit(objects: int, folder: Path) -> None:
    """Half of the objects to choose filters on, half to score them on; no sets."""
    network = Small()
    training, test = (
        rendered_pictures(PartWorld(objects // 2, (CLASS,), SIDE, 0, 0, split))
        for split in ("training", "test")
    )
    layers = pt.load_backbone(network, "second").layers
    run_audit(
        partial(pt.load_backbone, network),
        layers,
        AuditData(training, test, {"objects": objects}),
        RunSettings(AuditSettings(sets=False), size=SIDE),
        folder,
    )


if __name__ == "__main__":
    audit(int(sys.argv[1]), Path(sys.argv[2]))
    peak = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert peak is not None
    print(int(peak[1]) * 1024)
