"""Every constant of the recipe: named, checked, and handed to the training."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from partonomy.errors import PartonomyError
from partonomy.segmenter.compact import Compact, CompactTraining


def test_it_has_a_name_and_a_version_and_goes_through_json():
    recipe = Compact(equivariance=0.7, scale=(0.9, 1.1))
    found = recipe.model_dump(mode="json")
    assert (found["name"], found["version"]) == ("compact", 1)
    assert Compact.model_validate(found) == recipe


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"colours": 1.0}, "colours"),
        ({"consistency": -1.0}, "consistency"),
        ({"batch": 0}, "batch"),
        ({"steps": 0}, "steps"),
        ({"views": 0}, "views"),
        ({"temperature": 0.0}, "temperature"),
        ({"rotation": 181.0}, "rotation"),
        ({"scale": (1.2, 0.9)}, "scale: give the least and the greatest factor"),
        ({"scale": (0.0, 0.9)}, "scale: give the least and the greatest factor"),
        ({"consistency": 0, "equivariance": 0}, "all weights are 0: there is nothing to train by"),
        ({"version": 2}, "version"),
    ],
)
def test_what_cannot_be_trained_is_refused(changes, why):
    with pytest.raises(ValidationError, match=why):
        Compact(**changes)


def test_each_loss_has_its_weight_by_name():
    names = ("consistency", "equivariance", "colour", "contrast", "presence", "balance", "entropy")
    weights = {name: 0.1 * index for index, name in enumerate(names, start=1)}
    assert Compact(**weights).weights() == weights


def test_the_training_is_as_the_recipe_says_but_for_what_is_given():
    settings = Compact(steps=30, learning_rate=0.01, clip=2.0).training(patience=3, steps=40)
    assert (settings.steps, settings.learning_rate, settings.clip) == (40, 0.01, 2.0)
    assert (settings.patience, settings.warmup, settings.schedule) == (3, 29, "cosine")
    assert Compact(steps=1).training().warmup == 0


def test_all_that_decides_the_result_is_in_its_config():
    configs = [
        CompactTraining(Compact()).config,
        CompactTraining(Compact(steps=30)).config,
        CompactTraining(Compact(), (1, 2)).config,
        CompactTraining(Compact(), patience=3).config,
    ]
    assert len({str(config) for config in configs}) == 4
    assert {config["name"] for config in configs} == {"compact"}


def test_a_bad_setting_of_the_training_is_said_before_anything_is_done():
    with pytest.raises(PartonomyError, match="log_every 0: it must be at least 1"):
        CompactTraining(Compact(), log_every=0)
