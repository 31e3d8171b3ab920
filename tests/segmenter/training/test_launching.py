"""Several devices, as processes on a CPU."""

from __future__ import annotations

import copy
import importlib.util
from dataclasses import replace

import pytest
import torch

from partonomy.segmenter.training import Diverged, Draw, train
from toy_training import SETTINGS, Clusters, NanOnOneDevice

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("lightning_fabric") is None,
        reason="Lightning Fabric is not installed",
    ),
]
TWO = replace(
    SETTINGS, devices=2, steps=10, optimizer="sgd", learning_rate=1e-3, schedule="constant"
)


def reference() -> tuple[torch.nn.Module, list[float]]:
    """One network; at each step a copy for each device, and the means of what they found."""
    task = Clusters()
    optimizer = torch.optim.SGD(
        [{"params": parameters, "lr": 1e-3 * multiple} for parameters, multiple in task.groups()],
        momentum=0.9,
    )
    totals = []
    for step in range(10):
        copies = []
        for rank in range(2):
            alone = copy.deepcopy(task)
            total = alone.losses(Draw(3, step, rank)).total
            total.backward()
            totals.append(total.item())
            copies.append(alone.module)
        for parameter, *others in zip(
            task.module.parameters(), *(one.parameters() for one in copies), strict=True
        ):
            parameter.grad = (others[0].grad + others[1].grad) / 2
        for buffer, *others in zip(
            task.module.buffers(), *(one.buffers() for one in copies), strict=True
        ):
            buffer.copy_((others[0] + others[1]) / 2)
        optimizer.step()
    return task.module, totals


def test_two_devices_draw_for_themselves_and_average_their_gradients(tmp_path):
    seen = []
    training = train(Clusters(), TWO, tmp_path, on_progress=lambda n, _losses: seen.append(n))
    assert sum(seen) == 10
    wanted, totals = reference()
    for name, value in training.module.state_dict().items():
        torch.testing.assert_close(value, wanted.state_dict()[name], atol=1e-5, rtol=1e-4)
    assert training.rows[0].total == pytest.approx(sum(totals[:4]) / 4, rel=1e-4)
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "best.pt", "losses.parquet"}


def test_trouble_on_one_device_stops_both_with_the_same_error(tmp_path):
    with pytest.raises(Diverged, match=r"at step 6 of 10: the loss is not finite.* of step 4, is"):
        train(NanOnOneDevice(), TWO, tmp_path)
