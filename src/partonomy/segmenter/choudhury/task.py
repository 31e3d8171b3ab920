"""Training a part segmenter as Choudhury et al. do: the losses of a batch, and the criterion.

Notation
    I      pictures; F their foreground
    I', I''  two photometric jitters of them
    T      a random warp
    f      the network: logits of K parts, upsampled; M = softmax of f(I')
    phi    perceptual features of I
    L_f    within-part consistency of phi under M F
    L_v    within-part consistency of I in CIE Lab
    L_c    contrast of the part descriptors z, the means of phi under M F
    L_e    equivariance: T(f(I')) beside f(T(I'')) where T(F) is

Source: arXiv 2111.06349, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from partonomy.backbones import load_backbone
from partonomy.backbones.precision import choose_device
from partonomy.backbones.weights import weights_digest
from partonomy.errors import PartonomyError
from partonomy.images import IMAGENET_MEAN, IMAGENET_STD, MaskFolder, PictureFile, digest
from partonomy.images.grid import Box
from partonomy.segmenter.choudhury.batches import Batch, Batches, read_batch
from partonomy.segmenter.choudhury.crops import find_subjects
from partonomy.segmenter.choudhury.recipe import Choudhury2021
from partonomy.segmenter.losses import (
    contrast,
    equivariance,
    layer_descriptors,
    rgb_to_lab,
    within_part_consistency,
    within_part_consistency_of_layers,
)
from partonomy.segmenter.networks import DilatedResNet, PerceptualFeatures, dilated_resnet
from partonomy.segmenter.training import Draw, StepLosses
from partonomy.segmenter.warps import PhotometricJitter, Warp, random_thin_plate

CRITERION_BATCHES = 2
"""How many batches the criterion is the mean over."""
LEAST_SHARE = 10
"""So many times as many pictures are left to train on where those of the criterion are held out."""


@dataclass(frozen=True)
class Views:
    """What a step works on.

    Attributes:
        batch: I and F, on the device.
        first: (N, 3, S, S) I', in 0..1.
        second: (N, 3, S, S) T(I''), in 0..1.
        warp: T.
        warped_foreground: (N, 1, S, S) T(F), in 0..1.
    """

    batch: Batch
    first: Tensor
    second: Tensor
    warp: Warp
    warped_foreground: Tensor


class ChoudhuryTask:
    """The recipe ``choudhury2021`` on some pictures.

    Args:
        recipe: every constant.
        pictures: to train on.
        masks: foreground masks; everything is foreground if None.
        boxes: of objects, see :func:`partonomy.segmenter.choudhury.crops.find_subjects`.
        weights: of the trained network at first: a file, or ``"random"``; the published ones, which
            are fetched on first use, if not given.
        perceptual_weights: of the perceptual network, likewise.
        device: ``auto``, ``cpu``, ``cuda``, ...
        precision: of the perceptual network: ``auto``, ``float32`` or ``bfloat16``.

    Attributes:
        module: the network that is trained.
        n_parts: K.
        with_masks: whether it is trained inside foreground masks.
        perceptual: the features that it is judged by.
        skipped: pictures that are left out, and why.
        notes: what was done otherwise than the recipe has it, and why; sentences for people.

    Raises:
        PartonomyError: no picture can be used, weights cannot be had, the recipe does not fit the
            pictures.
    """

    def __init__(
        self,
        recipe: Choudhury2021,
        pictures: Sequence[PictureFile],
        *,
        masks: MaskFolder | None = None,
        boxes: Mapping[str, Box] | None = None,
        weights: str | Path | None = None,
        perceptual_weights: str | Path | None = None,
        device: str = "auto",
        precision: str = "auto",
    ) -> None:
        self.recipe, self.n_parts = recipe, recipe.n_parts
        self.with_masks = masks is not None
        self.device = choose_device(device)
        self._weights = weights
        self.module = self._untrained()
        self.perceptual = _perceptual(recipe, perceptual_weights, device, precision)
        subjects, self.skipped = find_subjects(pictures, masks, boxes)
        self.notes: list[str] = []
        size = self._batch_size(len(subjects))
        self._contrast = recipe.contrast if self._can_contrast(size) else 0.0
        if not (recipe.features or recipe.colour or self._contrast or recipe.equivariance):
            raise PartonomyError("no loss is left to train by: give another weight than contrast's")
        held_out = CRITERION_BATCHES * size
        if len(subjects) < (LEAST_SHARE + 1) * held_out:
            held_out = 0
        self._batches = Batches(subjects[held_out:], recipe.framing, size, masks)
        judged = subjects[: CRITERION_BATCHES * size]
        self._judged = [
            read_batch(judged[start : start + size], recipe.framing, masks)
            for start in range(0, len(judged) - size + 1, size)
        ]
        self._jitter = PhotometricJitter(**recipe.jitter.model_dump())
        self.identity = digest(
            recipe.model_dump_json().encode(),
            weights_digest(self.module).encode(),
            self.perceptual.backbone.key.encode(),
            *(subject.digest.encode() for subject in subjects),
        )
        self.to(self.device)

    def of_seed(self, seed: int, device: torch.device) -> ChoudhuryTask:
        """The same on the same pictures, with a network that begins with another seed.

        Args:
            seed: of the network and of all that is drawn.
            device: where; the perceptual network, which they share, is moved there.
        """
        other = copy(self)
        other.recipe = self.recipe.model_copy(update={"seed": seed})
        other.module = other._untrained()
        other.to(device)
        return other

    def _untrained(self) -> DilatedResNet:
        recipe = self.recipe
        return dilated_resnet(
            recipe.network,
            recipe.n_parts,
            self._weights,
            generator=torch.Generator().manual_seed(recipe.seed),
            statistics=recipe.statistics,
        )

    def _batch_size(self, pictures: int) -> int:
        size = min(self.recipe.batch, pictures)
        if size < self.recipe.batch:
            self.notes.append(
                f"there are {pictures} pictures: a batch has {size}, not {self.recipe.batch}"
            )
        return size

    def _can_contrast(self, size: int) -> bool:
        """Whether a batch has enough pictures for a part to be found in another one."""
        if self.recipe.contrast and size == 1:
            self.notes.append("a batch has 1 picture: there is no other to contrast its parts with")
        if self.recipe.contrast and size == 2 and self.recipe.positives == "paper-code":
            raise PartonomyError(
                "a batch of 2 pictures is too small for positives = paper-code, which never draws "
                "the first of the others: choose uniform"
            )
        return size > 1

    def to(self, device: torch.device) -> object:
        """Move both networks to a device."""
        self.device = device
        self.perceptual.to(device)
        self.module.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self

    def groups(self) -> list[tuple[list[nn.Parameter], float]]:
        """The residual network, and the classifier at its multiple of the learning rate."""
        return [
            (self.module.residual_parameters(), 1.0),
            (list(self.module.classifier.parameters()), self.recipe.classifier_multiple),
        ]

    def losses(self, draw: Draw) -> StepLosses:
        """The losses of a batch in training mode."""
        self.module.train()
        return self._losses(self.views(self.batch(draw), draw), draw)

    def batch(self, draw: Draw) -> Batch:
        """The pictures of a step, on the CPU."""
        return self._batches.drawn(draw)

    @torch.no_grad()
    def criterion(self) -> float:
        """The same losses in evaluation mode, of the same few batches each time.

        These are held out from training, where there are pictures enough.
        """
        self.module.eval()
        totals = []
        for number, batch in enumerate(self._judged):
            draw = Draw(0, number)
            totals.append(float(self._losses(self.views(batch, draw), draw).total))
        return sum(totals) / len(totals)

    def views(self, batch: Batch, draw: Draw) -> Views:
        """Two views of each picture, jittered, the second warped too.

        Args:
            batch: on the CPU.
            draw: of the randomness.
        """
        batch = Batch(batch.pictures.to(self.device), batch.foreground.to(self.device))
        clean = batch.pictures.permute(0, 3, 1, 2).float() / 255  # (N, 3, S, S)
        first, second = (
            self._jitter(clean, draw.torch(purpose=purpose)) for purpose in ("first", "second")
        )
        warp = random_thin_plate(
            len(clean),
            draw.torch(purpose="warp"),
            device=self.device,
            **self.recipe.warping.model_dump(),
        )
        shown = self.warped(warp, torch.cat([second, batch.foreground], dim=1))
        return Views(batch, first, shown[:, :3], warp, shown[:, 3:])

    def warped(self, warp: Warp, maps: Tensor) -> Tensor:
        """Pictures or maps (N, C, S, S) as they are in the second view."""
        return warp.of_maps(maps, align_corners=self.recipe.align_warp)

    def _losses(self, views: Views, draw: Draw) -> StepLosses:
        recipe, foreground = self.recipe, views.batch.foreground
        logits, found = self._of_views(views)
        masks = logits.softmax(1)  # (N, K, S, S)
        terms: dict[str, Tensor] = {}
        scales = self.perceptual.scales
        if recipe.features or self._contrast:
            layers = self.perceptual(views.batch.pictures)
        if recipe.features:
            terms["features"] = recipe.features * within_part_consistency_of_layers(
                layers,
                masks,
                foreground,
                scales=scales,
                reduction=recipe.reduction,
                align_corners=recipe.align_features,
            )
        if recipe.colour:
            lab = rgb_to_lab(views.batch.pictures.permute(0, 3, 1, 2).float() / 255)
            terms["colour"] = recipe.colour * within_part_consistency(lab, masks, foreground)
        if self._contrast:
            descriptors = layer_descriptors(
                layers, masks, foreground, scales=scales, align_corners=recipe.align_features
            )
            terms["contrast"] = self._contrast * contrast(
                descriptors,
                recipe.temperature,
                draw.torch(purpose="contrast"),
                positives=recipe.positives,
            )
        if recipe.equivariance:
            terms["equivariance"] = recipe.equivariance * equivariance(
                self.warped(views.warp, logits), found, views.warped_foreground, kind=recipe.kind
            )
        area = (masks.detach() * foreground).sum((0, 2, 3))
        return StepLosses(terms, area / area.sum().clamp(min=1e-5))

    def _of_views(self, views: Views) -> tuple[Tensor, Tensor]:
        """(N, K, S, S) logits of either view."""
        if self.recipe.views == "together":
            first, second = self.logits(torch.cat([views.first, views.second])).chunk(2)
            return first, second
        return self.logits(views.first), self.logits(views.second)

    def logits(self, pictures: Tensor) -> Tensor:
        """(N, K, H, W) logits of the parts in pictures (N, 3, H, W) in 0..1."""
        mean, std = (
            pictures.new_tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD)
        )
        inputs = ((pictures - mean) / std).contiguous(memory_format=torch.channels_last)
        return F.interpolate(
            self.module(inputs).float(),
            pictures.shape[2:],
            mode="bilinear",
            align_corners=self.recipe.align_logits,
        )


def _perceptual(
    recipe: Choudhury2021, weights: str | Path | None, device: str, precision: str
) -> PerceptualFeatures:
    layers = recipe.perceptual_layers
    try:
        backbone = load_backbone(
            recipe.perceptual, list(layers), weights, device=device, precision=precision
        )
    except PartonomyError as error:  # whose ways on are those of the one network as a rule
        named = str(error).replace("--weights", "--perceptual-weights")
        raise PartonomyError(f"the perceptual network: {named}") from None
    return PerceptualFeatures(backbone, list(layers.values()))
