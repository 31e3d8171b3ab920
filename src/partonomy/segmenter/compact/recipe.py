"""The recipe ``compact``: every constant that a decoder on frozen features is trained with."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from partonomy.segmenter.training import TrainingSettings


class Compact(BaseModel):
    """The recipe, version 1; the defaults are measured in ``docs/segmenter.md``.

    Attributes:
        name, version: of the recipe.
        consistency: weight of within-part consistency of the responses, over all pictures of a
            batch: what makes a part the same thing in all of them.
        equivariance: weight of equivariance under affine warps.
        colour: weight of visual consistency at the pictures' resolution.
        contrast: weight of contrast of the parts' descriptors.
        presence: weight of every part's presence somewhere in a batch.
        balance: weight of the entropy of the parts' shares, which holds them apart from 0.
        entropy: weight of each cell's doubt.
        temperature: of contrast.
        dimensions: principal components of the responses, with and without surroundings, that the
            decoder sees.
        position: weight of where on the object a cell lies, beside responses of about unit length.
        hidden: units of its hidden layer.
        pictures: that it is trained on at most, spread evenly over the collection.
        views: affine views of each, whose features are computed once.
        rotation: of a view, at most, in degrees.
        scale: least and greatest factor by which a view's content grows.
        batch: pictures a step.
        steps: of the optimizer.
        learning_rate, weight_decay, warmup, clip: of the optimizer, AdamW on a cosine schedule.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["compact"] = "compact"
    version: Literal[1] = 1
    consistency: float = Field(default=10.0, ge=0)
    equivariance: float = Field(default=0.3, ge=0)
    colour: float = Field(default=0.0, ge=0)
    contrast: float = Field(default=0.0, ge=0)
    presence: float = Field(default=0.0, ge=0)
    balance: float = Field(default=0.0, ge=0)
    entropy: float = Field(default=0.0, ge=0)
    temperature: float = Field(default=0.2, gt=0)
    dimensions: int = Field(default=64, ge=1)
    position: float = Field(default=0.2, ge=0)
    hidden: int = Field(default=64, ge=1)
    pictures: int = Field(default=300, ge=1)
    views: int = Field(default=2, ge=1)
    rotation: float = Field(default=30.0, ge=0, le=180)
    scale: tuple[float, float] = (0.8, 1.5)
    batch: int = Field(default=8, ge=1)
    steps: int = Field(default=300, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    warmup: int = Field(default=50, ge=0)
    clip: float = Field(default=5.0, gt=0)

    @model_validator(mode="after")
    def _can_be_trained(self) -> Self:
        if not any(self.weights().values()):
            raise ValueError("all weights are 0: there is nothing to train by")
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError("scale: give the least and the greatest factor, above 0")
        return self

    def weights(self) -> dict[str, float]:
        """The weight of each loss, by its name."""
        names = (
            "consistency",
            "equivariance",
            "colour",
            "contrast",
            "presence",
            "balance",
            "entropy",
        )
        return {name: getattr(self, name) for name in names}

    def training(self, **changes: Any) -> TrainingSettings:
        """Settings of its training, but for what is given."""
        settings: dict[str, Any] = {
            "steps": self.steps,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "warmup": min(self.warmup, self.steps - 1),
            "clip": self.clip,
        }
        return TrainingSettings(**settings | changes)
