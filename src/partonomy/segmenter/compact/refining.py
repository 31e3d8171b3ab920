"""Training ``compact``: found parts in, better parts out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from partonomy.backbones import picture_threads
from partonomy.errors import PartonomyError
from partonomy.features import Begin, FeatureExtractor, ShardStore
from partonomy.images import ImageFolder, PictureFile, digest
from partonomy.parts import FoundParts, Refined
from partonomy.segmenter.compact.decoder import Decoder
from partonomy.segmenter.compact.describing import PLACES, Axes, AxesFit, responses_of
from partonomy.segmenter.compact.examples import Example, example_of
from partonomy.segmenter.compact.part_model import CompactPartModel
from partonomy.segmenter.compact.recipe import Compact
from partonomy.segmenter.compact.task import CompactTask
from partonomy.segmenter.compact.views import viewed_pictures
from partonomy.segmenter.training import Training, best_of_seeds


class CompactTraining:
    """Trains a decoder on the features in which parts were found.

    Args:
        recipe: every constant.
        seeds: the best of them by the criterion is taken; that of the found parts if not given.
        **settings: of the training, see :class:`partonomy.segmenter.training.TrainingSettings`.

    Raises:
        PartonomyError: a setting is out of its range.
    """

    def __init__(
        self, recipe: Compact | None = None, seeds: Sequence[int] | None = None, **settings: Any
    ) -> None:
        self.recipe = recipe or Compact()
        self.seeds = None if seeds is None else tuple(seeds)
        self.settings = self.recipe.training(**settings)
        self._given = settings

    @property
    def config(self) -> Mapping[str, Any]:
        """All that decides what comes of it."""
        return {
            **self.recipe.model_dump(mode="json"),
            "seeds": None if self.seeds is None else list(self.seeds),
            "training": {
                name: value for name, value in self._given.items() if name != "tensorboard"
            },
        }

    def __call__(
        self,
        found: FoundParts,
        extractor: FeatureExtractor,
        pictures: ImageFolder,
        folder: Path,
        begin: Begin,
    ) -> Refined:
        """Train on a collection, see :class:`partonomy.parts.Refinement`.

        Raises:
            PartonomyError: nothing can be trained on, the training diverged, the folder cannot be
                written.
            ValueError: the parts were not found among surroundings that are alike.
        """
        if found.surroundings != "alike":
            raise ValueError("compact begins with parts found with surroundings='alike'")
        if len(found.part_names) < 2:
            raise PartonomyError(
                "a single part leaves nothing to train: ask for more (--parts), or find it by "
                "--method concepts"
            )
        files = _spread(pictures.files, self.recipe.pictures)
        axes, examples = self._examples(found, extractor, files, begin)
        directions = mean_directions(found.directions @ axes.relative.T, examples)
        seeds = self.seeds or (found.seed,)
        advance = begin("training", self.settings.steps * len(seeds))

        def task(seed: int) -> CompactTask:
            generator = torch.Generator().manual_seed(seed)
            decoder = Decoder(directions, self.recipe.hidden, generator)
            return CompactTask(self.recipe, examples, decoder, extractor.backbone.device)

        # how sums over cells are rounded depends on how many threads share them
        with picture_threads(1) as alone:
            training = alone.submit(
                best_of_seeds,
                task,
                seeds,
                self.settings,
                folder,
                identity=self._identity(found, examples),
                on_progress=lambda steps, losses: advance(steps, f"loss {losses['total']:.4f}"),
            ).result()
        model = self._model(found, axes, training)
        notes = [
            f"{found.part_names[part]} nearly vanished in training: ask for fewer parts (--parts "
            f"{len(found.part_names) - 1}), or weigh balance"
            for part in training.dead
        ]
        return Refined(
            model,
            {
                "recipe": self.recipe.name,
                "trained_on": len(examples),
                "training_seed": training.seed,
                "criterion": training.criterion,
                "dead_parts": [found.part_names[part] for part in training.dead],
                "diverged": {str(seed): why for seed, why in training.diverged.items()},
            },
            {"losses": [row.flat() for row in training.rows]},
            notes,
        )

    def _examples(
        self,
        found: FoundParts,
        extractor: FeatureExtractor,
        files: list[PictureFile],
        begin: Begin,
    ) -> tuple[Axes, list[Example]]:
        """Principal axes, and what there is to train on: two passes, so that memory is bounded."""
        with _store_of(extractor) as store:
            fit = AxesFit()
            seen = 0
            views = viewed_pictures(
                extractor, files, self.recipe, store, begin("views", len(files))
            )
            for picture in views:
                fit.add(
                    responses_of(
                        picture.unit[0].float(), picture.weight, found.foreground, found.known
                    )
                )
                seen += 1
            if not seen:
                raise PartonomyError("there is no picture to train on: none could be read")
            axes = fit.axes(self.recipe.dimensions, self.recipe.position)
            advance = begin("examples", len(files))
            again = viewed_pictures(extractor, files, self.recipe, store, advance)
            made = (example_of(each, axes, found.foreground, found.known) for each in again)
            examples = [each for each in made if each is not None]
        if not examples:
            raise PartonomyError(
                "there is nothing to train on: no picture has an object in it; is the foreground "
                "empty?"
            )
        return axes, examples

    def _model(self, found: FoundParts, axes: Axes, training: Training) -> CompactPartModel:
        assert isinstance(training.module, Decoder)
        return CompactPartModel(
            found.backbone,
            found.size,
            axes,
            training.module.cpu(),
            self.recipe.model_dump(mode="json"),
            found.part_names,
            foreground=found.foreground,
            known=found.known,
            with_masks=found.with_masks,
            sharpen=found.sharpen,
            seed=found.seed,
        )

    def _identity(self, found: FoundParts, examples: Sequence[Example]) -> str:
        """Of all that a training begins with: what it sees and where it starts."""
        return digest(
            json.dumps(self.recipe.model_dump(mode="json"), sort_keys=True).encode(),
            found.directions.numpy().tobytes(),
            *(each.key.encode() for each in examples),
        )


def mean_directions(directions: Tensor, examples: Sequence[Example]) -> Tensor:
    """(K, D + 2) unit means of each part's nearest cells: what they say, and where they lie.

    Args:
        directions: (K, D) of the parts; a part without a cell keeps it.
        examples: whose cells they are.
    """
    size = directions.shape[1]
    found = functional.pad(directions, (0, PLACES))
    sums = torch.zeros_like(found)
    for each in examples:
        seen = each.described[:, : size + PLACES].float()
        nearest = (seen[:, :size] @ directions.T).argmax(1)
        sums.index_add_(0, nearest, each.weight[:, None] * seen)
    return functional.normalize(torch.where(sums.any(1, keepdim=True), sums, found), dim=1)


@contextmanager
def _store_of(extractor: FeatureExtractor) -> Iterator[ShardStore]:
    """Where views are kept between two passes, and for the next training if features are."""
    if extractor.store is not None and extractor.keep:
        yield extractor.store
        return
    with tempfile.TemporaryDirectory() as folder:
        yield ShardStore(Path(folder))


def _spread(files: Sequence[PictureFile], most: int) -> list[PictureFile]:
    """At most so many files, spread evenly over all."""
    if len(files) <= most:
        return list(files)
    return [files[index * len(files) // most] for index in range(most)]
