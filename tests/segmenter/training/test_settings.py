"""Settings out of their range, and what tells trainings apart."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from partonomy.errors import PartonomyError
from partonomy.segmenter.training import TrainingSettings


@pytest.mark.parametrize(
    "setting",
    [
        {"steps": 0},
        {"optimizer": "lion"},
        {"schedule": "linear"},
        {"precision": "float16"},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"weight_decay": -1.0},
        {"momentum": -0.1},
        {"power": -1.0},
        {"warmup": 10},
        {"warmup": -1},
        {"schedule_steps": 9},
        {"clip": 0.0},
        {"devices": 0},
        {"log_every": 0},
        {"checkpoint_every": 0},
        {"check_every": 0},
        {"patience": 0},
        {"seed": -1},
    ],
    ids=str,
)
def test_a_setting_out_of_its_range_is_named(setting):
    (name, value), *_ = setting.items()
    with pytest.raises(PartonomyError, match=f"^{name} {value}: it must be") as caught:
        TrainingSettings(**{"steps": 10, **setting})
    assert "\n" not in str(caught.value)


OTHER = {
    "steps": 11,
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "weight_decay": 0.5,
    "momentum": 0.5,
    "schedule": "poly",
    "schedule_steps": 12,
    "power": 0.5,
    "warmup": 2,
    "clip": 1.0,
    "precision": "bfloat16",
    "deterministic": True,
    "devices": 2,
    "log_every": 3,
    "checkpoint_every": 3,
    "check_every": 3,
    "patience": 3,
    "seed": 3,
}


def test_every_setting_that_decides_the_result_is_in_the_digest():
    settings = TrainingSettings(steps=10)
    assert {field.name for field in fields(settings)} == {*OTHER, "tensorboard"}
    changed = [replace(settings, **{name: value}) for name, value in OTHER.items()]
    digests = {one.digest("a") for one in [settings, *changed]} | {settings.digest("b")}
    assert len(digests) == len(OTHER) + 2
    assert replace(settings, tensorboard=True).digest("a") == settings.digest("a")
