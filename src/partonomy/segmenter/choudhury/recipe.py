"""The recipe ``choudhury2021``: every constant that a part segmenter is trained with.

Notation: L_f is within-part consistency of features, L_v of colours, L_c contrast, L_e
equivariance; what is minimised is  lambda_f L_f + lambda_c L_c + lambda_v L_v + lambda_e L_e.

Source: arXiv 2111.06349 and its published code. Where the two differ, or where the code does what
cannot have been meant, the default is what works, and :meth:`Choudhury2021.as_published` is what
the code does.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from partonomy.parts.maps import MAX_PARTS
from partonomy.segmenter.choudhury.crops import Framing, Range
from partonomy.segmenter.losses import Kind, Positives, Reduction
from partonomy.segmenter.networks import VGG19_LAYERS, Statistics
from partonomy.segmenter.training import TrainingSettings

PUBLISHED_BATCH = 6
PUBLISHED_SCHEDULE = 100_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Warping(_Part):
    """The warp of the second view: a thin-plate spline, then a similarity.

    Attributes:
        points: control points along each side of the picture.
        shift_of_points: how far each is moved at most, in half sides of the picture.
        rotation: at most, in degrees.
        scale: least and greatest factor by which the content grows.
        shift: at most, in half sides of the picture.
    """

    points: int = Field(default=5, ge=2)
    shift_of_points: float = Field(default=0.01, ge=0)
    rotation: float = Field(default=60.0, ge=0)
    scale: Range = (0.7, 2.0)
    shift: float = Field(default=0.1, ge=0)


class Jitter(_Part):
    """The photometric jitter of each view, as of torchvision's ``ColorJitter``.

    Attributes:
        brightness, contrast, saturation, hue: strengths.
        probability: that colours are changed at all.
        grey: the probability that the picture becomes grey, after that.
    """

    brightness: float = Field(default=0.3, ge=0)
    contrast: float = Field(default=0.3, ge=0)
    saturation: float = Field(default=0.2, ge=0)
    hue: float = Field(default=0.2, ge=0, le=0.5)
    probability: float = Field(default=0.8, ge=0, le=1)
    grey: float = Field(default=0.2, ge=0, le=1)


class Choudhury2021(_Part):
    """The recipe, version 1.

    Attributes:
        name, version: of the recipe.
        n_parts: K.
        framing: what is shown of a picture.
        network: a residual network of torchvision's, and what its batch normalisation goes by.
        statistics: see :class:`partonomy.segmenter.networks.DilatedResNet`.
        perceptual: the network whose features are compared, as for ``load_backbone``.
        perceptual_layers: its layers and their scales.
        warping, jitter: of the views.
        features, colour, contrast, equivariance: the weights lambda_f, lambda_v, lambda_c,
            lambda_e; 0 turns a term off. lambda_f is the published 5 times the published batch of
            6, over which the code sums.
        temperature: tau of L_c.
        reduction: of L_f over pictures: their mean, or their sum, which weighs it by the batch.
        positives: which other pictures L_c draws from.
        kind: of L_e: the published code's one direction, or, as in the paper, both.
        views: whether the network sees both views in one batch, or, as in the published code, one
            after the other, so that each has statistics of its own.
        align_logits: whether logits are upsampled with the outermost cells on the picture's edges,
            where those of the dilated network lie.
        align_features: the same of the perceptual features, whose cells lie inside; the published
            code aligns them too, which moves them by up to half a cell.
        align_warp: whether the warp's frame ends at the centres of the outermost pixels, as in the
            published code, rather than at the picture's edges.
        batch: pictures a step.
        steps: of the optimizer.
        learning_rate: of the residual network, at first.
        classifier_multiple: how many times that the classifier learns at.
        momentum, weight_decay, clip: of the optimizer, and of the gradient's norm.
        power: of the schedule.
        schedule_steps: over how many steps it falls to nothing: the steps that there are if None,
            or, as in the published code, the same for all data, which are trained for 60,000 steps
            (birds) or 100,000 (clothes).
        seed: of everything random.
    """

    name: Literal["choudhury2021"] = "choudhury2021"
    version: Literal[1] = 1
    n_parts: int = Field(default=4, ge=2, le=MAX_PARTS)
    framing: Framing = Framing()
    network: str = "resnet50"
    statistics: Statistics = "batch"
    perceptual: str = "torchvision/vgg19"
    perceptual_layers: dict[str, float] = Field(default=dict(VGG19_LAYERS), min_length=1)
    warping: Warping = Warping()
    jitter: Jitter = Jitter()
    features: float = Field(default=5.0 * PUBLISHED_BATCH, ge=0)
    colour: float = Field(default=30.0, ge=0)
    contrast: float = Field(default=2300.0, ge=0)
    equivariance: float = Field(default=5700.0, ge=0)
    temperature: float = Field(default=0.19, gt=0)
    reduction: Reduction = "mean"
    positives: Positives = "uniform"
    kind: Kind = "one-sided"
    views: Literal["together", "apart"] = "together"
    align_logits: bool = True
    align_features: bool = False
    align_warp: bool = False
    batch: int = Field(default=PUBLISHED_BATCH, ge=1)
    steps: int = Field(default=100_000, ge=1)
    learning_rate: float = Field(default=1e-5, gt=0)
    classifier_multiple: float = Field(default=10.0, gt=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=5e-4, ge=0)
    power: float = Field(default=0.9, ge=0)
    schedule_steps: int | None = None
    clip: float = Field(default=5.0, gt=0)
    seed: int = Field(default=1234, ge=0)

    @model_validator(mode="after")
    def _has_a_loss(self) -> Self:
        if not (self.features or self.colour or self.contrast or self.equivariance):
            raise ValueError("all weights are 0: there is nothing to train by")
        return self

    @model_validator(mode="after")
    def _has_a_schedule(self) -> Self:
        if self.schedule_steps is not None and self.schedule_steps < self.steps:
            raise ValueError(f"schedule_steps {self.schedule_steps}: at least steps, or None")
        return self

    @classmethod
    def as_published(cls, **changes: Any) -> Choudhury2021:
        """What the published code does, but for what is given.

        Its normalisation of pictures is not among it, which goes with weights in Caffe's
        convention.
        """
        published: dict[str, Any] = {
            "features": 5.0,
            "reduction": "paper-code",
            "positives": "paper-code",
            "views": "apart",
            "align_features": True,
            "align_warp": True,
            "schedule_steps": PUBLISHED_SCHEDULE,
        }
        return cls(**published | changes)

    def training(self, **changes: Any) -> TrainingSettings:
        """Settings of its training, but for what is given."""
        settings: dict[str, Any] = {
            "steps": self.steps,
            "optimizer": "sgd",
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "momentum": self.momentum,
            "schedule": "poly",
            "schedule_steps": self.schedule_steps,
            "power": self.power,
            "clip": self.clip,
            "seed": self.seed,
        }
        return TrainingSettings(**settings | changes)
