"""The recipe: the published constants, strictly checked."""

import pytest
from pydantic import ValidationError

from partonomy.segmenter.choudhury import Choudhury2021


def test_its_constants_are_the_published_ones():
    recipe = Choudhury2021()
    assert recipe.n_parts == 4 and recipe.framing.size == 256 and recipe.batch == 6
    assert (recipe.colour, recipe.contrast, recipe.equivariance) == (30, 2300, 5700)
    assert recipe.temperature == 0.19 and recipe.steps == 100_000
    assert recipe.perceptual_layers == {"features.13": 0.33, "features.35": 1.0}
    training = recipe.training()
    assert (training.optimizer, training.learning_rate) == ("sgd", 1e-5)
    assert (training.momentum, training.weight_decay, training.clip) == (0.9, 5e-4, 5)
    assert (training.schedule, training.power, training.seed) == ("poly", 0.9, 1234)
    assert recipe.training(steps=7).steps == 7


def test_the_learning_rate_falls_over_the_steps_that_there_are_or_as_published():
    assert Choudhury2021(steps=60_000).training().schedule_steps is None
    published = Choudhury2021.as_published(steps=60_000).training()
    assert (published.steps, published.schedule_steps) == (60_000, 100_000)


def test_at_the_published_batch_the_mean_weighs_features_as_the_published_sum():
    mean, published = Choudhury2021(), Choudhury2021.as_published()
    assert (mean.reduction, published.reduction) == ("mean", "paper-code")
    assert mean.features == published.features * published.batch


def test_what_is_published_can_be_changed_and_kept():
    recipe = Choudhury2021.as_published(n_parts=8)
    assert recipe.n_parts == 8 and recipe.positives == "paper-code"
    assert Choudhury2021.model_validate_json(recipe.model_dump_json()) == recipe
    with pytest.raises(ValidationError):
        recipe.n_parts = 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_parts": 1},
        {"n_parts": 256},
        {"lambda": 3},
        {"reduction": "sum"},
        {"version": 2},
        {"warping": {"scale": (2, 0.7)}},
        {"perceptual_layers": {}},
        {"steps": 100, "schedule_steps": 99},
        {"features": 0, "colour": 0, "contrast": 0, "equivariance": 0},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Choudhury2021(**wrong)
