"""Within-part consistency by sums beside the direct form: memory, time, value and gradients.

As a process of its own, ``python -m benchmarks.consistency FORM PICTURES`` takes one form forward
and backward and prints its peak of resident memory in bytes, as the kernel counts it for what runs
now: a child's other counts begin with its parent's. ``inputs`` only makes what they are given.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.processes import measure
from benchmarks.record import table
from benchmarks.rivals import direct_consistency
from partonomy.segmenter.losses import within_part_consistency

PICTURES, PARTS, CHANNELS, SIDE = 6, 4, 768, 256
REPETITIONS = 3
MEMORY_BAR, TIME_BAR, VALUE_BAR = 1 / 5, 3.0, 1e-4
GRADIENT_BAR = 1e-3
"""Of the gradient's length, to which float32 keeps it in either form."""

Inputs = tuple[Tensor, Tensor, Tensor]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]

FORMS: dict[str, Loss] = {
    "direct": direct_consistency.within_part_consistency,
    "sums": within_part_consistency,
}


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: pictures, to try the script out.
    """
    pictures = limit or PICTURES
    yield (
        f"A batch of {pictures} pictures of {SIDE} x {SIDE} pixels, {CHANNELS} channels and "
        f"{PARTS} parts, forward and backward to the masks' logits. Memory: resident at most, less "
        "that of a process which only makes the inputs. Time: medians of "
        f"{REPETITIONS}, in turn, with {torch.get_num_threads()} threads."
    )
    peaks = {form: _peak(form, pictures) for form in ("inputs", *FORMS)}
    needed = {form: peaks[form] - peaks["inputs"] for form in FORMS}
    seconds, values, gradients = _timed(make_inputs(pictures))
    yield table(
        ("form", "memory, MB", "seconds", "value"),
        [
            (form, f"{needed[form] / 1e6:.0f}", f"{seconds[form]:.2f}", f"{values[form]:.6g}")
            for form in FORMS
        ],
    )
    share = needed["sums"] / needed["direct"]
    faster = seconds["direct"] / seconds["sums"]
    value = abs(values["sums"] / values["direct"] - 1)
    apart = (gradients["sums"] - gradients["direct"]).norm() / gradients["direct"].norm()
    yield table(
        ("sums beside direct", "measured", "bar", "held"),
        [
            ("memory, share of", f"{share:.3f}", f"{MEMORY_BAR:g}", _held(share <= MEMORY_BAR)),
            ("times as fast", f"{faster:.1f}", f"{TIME_BAR:g}", _held(faster >= TIME_BAR)),
            (
                "value, relatively apart",
                f"{value:.1e}",
                f"{VALUE_BAR:g}",
                _held(value <= VALUE_BAR),
            ),
            (
                "gradient, relatively apart",
                f"{apart:.1e}",
                f"{GRADIENT_BAR:g}",
                _held(float(apart) <= GRADIENT_BAR),
            ),
        ],
    )


def make_inputs(pictures: int) -> Inputs:
    """Features after a ReLU, with a mean for each part; logits that lean to it; a foreground."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(PARTS, (pictures, 1, SIDE // 32, SIDE // 32), generator=generator)
    labels = labels.repeat_interleave(32, 2).repeat_interleave(32, 3)
    logits = torch.randn((pictures, PARTS, SIDE, SIDE), generator=generator)
    logits.scatter_add_(1, labels, torch.full(labels.shape, 2.0))
    features = torch.empty((pictures, CHANNELS, SIDE, SIDE))
    means = torch.randn((PARTS, CHANNELS), generator=generator)
    for picture, label in zip(features, labels, strict=True):
        for channel, mean in zip(picture, means.T, strict=True):
            torch.randn((SIDE, SIDE), generator=generator, out=channel)
            channel.add_(mean[label[0]]).relu_()
    foreground = torch.zeros((pictures, 1, SIDE, SIDE))
    foreground[..., SIDE // 8 : -SIDE // 8, SIDE // 8 : -SIDE // 8] = 1
    return features, logits.requires_grad_(), foreground


def step(loss: Loss, inputs: Inputs) -> tuple[float, Tensor]:
    """The loss, and its gradient by the logits."""
    features, logits, foreground = inputs
    value = loss(features, logits.softmax(1), foreground)
    return float(value.detach()), torch.autograd.grad(value, logits)[0]


def _timed(inputs: Inputs) -> tuple[dict[str, float], dict[str, float], dict[str, Tensor]]:
    """Seconds, values and gradients by form; a first, uncounted round warms up."""
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    values, gradients = {}, {}
    for repetition in range(REPETITIONS + 1):
        for form, loss in FORMS.items():
            start = time.perf_counter()
            values[form], gradients[form] = step(loss, inputs)
            if repetition > 0:
                seconds[form].append(time.perf_counter() - start)
    return {form: statistics.median(each) for form, each in seconds.items()}, values, gradients


def _peak(form: str, pictures: int) -> int:
    command = [sys.executable, "-m", "benchmarks.consistency", form, str(pictures)]
    return int(measure(command).output.split()[-1])


def _held(held: bool) -> str:
    return "yes" if held else "**NO**"


if __name__ == "__main__":
    given = make_inputs(int(sys.argv[2]))
    if sys.argv[1] in FORMS:
        step(FORMS[sys.argv[1]], given)
    peak = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert peak is not None
    print(int(peak[1]) * 1024)
