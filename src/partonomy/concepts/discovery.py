"""The main job: a folder of pictures in, a run with parts out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from partonomy.backbones import Backbone
from partonomy.concepts.tables import concept_rows, part_rows, patch_rows, tree_rows
from partonomy.concepts.visual_concepts import Clustering, VisualConcepts
from partonomy.errors import PartonomyError
from partonomy.features import (
    Begin,
    FeatureChunk,
    FeatureExtractor,
    PictureFeatures,
    ShardStore,
    Surroundings,
    default_cache,
    unseen,
)
from partonomy.images import (
    ImageFolder,
    MaskFolder,
    Skipped,
    digest,
    unusable,
)
from partonomy.parts import PictureParts, Refinement, ResponsePartModel, Run, write_masks

GIGABYTE = 10**9

Finished = TypeVar("Finished")


@dataclass(frozen=True)
class DiscoverSettings:
    """Everything that decides a discovery, beside the backbone and the pictures.

    Attributes:
        n_parts: parts wanted, or ``"auto"``.
        n_concepts: visual concepts, or ``"auto"``.
        clustering: ``"kmeans"`` or ``"vmf"``.
        size: short side of the network's input, in pixels.
        surroundings, context: see :class:`VisualConcepts`.
        foreground: ``"auto"`` finds it, a folder holds masks, None takes whole pictures.
        sharpen: let masks follow the pictures' edges.
        seed: of everything random.
        max_positions: positions sampled for fitting.
        strict: make a picture that cannot be used an error.
        cache: folder for features; the user's cache folder if None.
        cache_limit: bytes that the cache may hold when the run is done; features are computed
            again instead of kept where they would not fit.
        workers: threads that decode; one a core if None.
    """

    n_parts: int | Literal["auto"] = 8
    n_concepts: int | Literal["auto"] = "auto"
    clustering: Clustering = "kmeans"
    size: int = 448
    surroundings: Surroundings = "even"
    context: float | Literal["auto"] = "auto"
    foreground: Literal["auto"] | Path | None = "auto"
    sharpen: bool = True
    seed: int = 0
    max_positions: int = 50_000
    strict: bool = False
    cache: Path | None = None
    cache_limit: int = 8 * GIGABYTE
    workers: int | None = None


def discover(
    backbone: Backbone,
    pictures: ImageFolder,
    output: str | Path,
    settings: DiscoverSettings | None = None,
    *,
    refinement: Refinement | None = None,
    command: str = "partonomy.discover(...)",
    begin: Begin = unseen,
    say: Callable[[str], None] = lambda _note: None,
) -> Run:
    """Find the parts of a collection, segment every picture, and leave a run folder.

    A run that was killed goes on where it stopped when it is started again, and ends the same.

    Args:
        backbone: the network to look through.
        pictures: the collection.
        output: the run's folder.
        settings: the defaults if not given.
        refinement: trains on the parts that were found; they are left as they are if not given.
        command: what the run is to say made it.
        begin: for progress.
        say: told what is to be known of the parts.

    Raises:
        PartonomyError: no picture can be used, there are too few positions for the concepts, the
            folder holds something else, the disk is full; with ``strict``, any skipped picture.
    """
    settings = settings or DiscoverSettings()
    estimator = VisualConcepts(
        settings.n_concepts,
        settings.n_parts,
        clustering=settings.clustering,
        size=settings.size,
        surroundings=settings.surroundings,
        context=settings.context,
        foreground="auto" if settings.foreground == "auto" else None,
        sharpen=settings.sharpen,
        max_positions=settings.max_positions,
        random_state=settings.seed,
    )
    given = settings.foreground if isinstance(settings.foreground, Path) else None
    masks = None if given is None else MaskFolder(given)
    config = _config(backbone, pictures, settings)
    if refinement is not None:
        config["refinement"] = dict(refinement.config)
    run = Run.start(output, "discover", command, config, len(pictures))
    store = ShardStore((settings.cache or default_cache()) / "features")
    extractor = _extractor(backbone, settings, store, masks, len(pictures))

    with run.phase("fit"):
        estimator.fit_features(extractor, pictures, begin)
    if settings.strict and estimator.skipped_:
        raise PartonomyError(unusable(estimator.skipped_, strict=True))
    model: ResponsePartModel = estimator.part_model_
    results: dict[str, Any] = {}
    if refinement is not None:
        with run.phase("train"):
            found = estimator.part_model_
            refined = refinement(found, extractor, pictures, run.training, begin)
        model, results = refined.model, {"training": dict(refined.results)}
        for name, rows in refined.tables.items():
            run.write_table(name, rows)
        for note in refined.notes:
            say(note)
    model.save(run.model)

    with run.phase("segment"):
        segmentation = _KeptFeatures(extractor, model, pictures)
        progress = run.progress_store(model)
        rows, skipped = write_masks(
            segmentation, run.masks, progress, begin("masks", len(pictures))
        )
    run.write_table("pictures", rows)
    run.write_table("parts", part_rows(estimator, rows))
    run.write_table("concepts", concept_rows(estimator))
    run.write_table("patches", patch_rows(estimator, rows))
    run.write_table("curve", [asdict(point) for point in estimator.curve_])
    run.write_table("stability", [asdict(point) for point in estimator.stability_])
    run.write_table("tree", tree_rows(estimator))
    run.record([row["digest"] for row in rows], skipped)
    run.finish(
        n_concepts=len(estimator.concepts_),
        n_parts=len(model.part_names),
        positions=len(estimator.labels_),
        coverage=estimator.statistics_.coverage,
        firing_threshold=estimator.statistics_.threshold,
        features_kept=extractor.keep,
        foreground_found=estimator.part_model_.foreground is not None,
        **results,
    )
    # not before: a run that goes on, or is done again with other parts, needs what it kept
    store.make_room(settings.cache_limit)
    return run


class _KeptFeatures:
    """A collection whose features were seen before: kept, or else computed again."""

    def __init__(
        self, extractor: FeatureExtractor, model: ResponsePartModel, pictures: ImageFolder
    ) -> None:
        self.extractor = extractor
        self.model = model
        self.pictures = pictures
        self.workers = extractor.workers

    def chunks(self, done: Callable[[FeatureChunk], bool]) -> Iterator[FeatureChunk]:
        return self.extractor.chunks(self.pictures.files, done)

    def results(
        self,
        chunk: FeatureChunk,
        pool: ThreadPoolExecutor,
        finish: Callable[[PictureParts | Skipped], Finished],
    ) -> list[Finished]:
        def work(entry: PictureFeatures | Skipped) -> Finished:
            return finish(self._segment(entry))

        return list(pool.map(work, self.extractor.features(chunk)))

    def _segment(self, entry: PictureFeatures | Skipped) -> PictureParts | Skipped:
        if isinstance(entry, Skipped):
            return entry
        maps = self.model.part_maps_of(entry.unit, entry.grids[0], entry.guide, entry.foreground)
        return PictureParts(entry.picture, maps, self.model.part_names)


def _extractor(
    backbone: Backbone,
    settings: DiscoverSettings,
    store: ShardStore,
    masks: MaskFolder | None,
    n_pictures: int,
) -> FeatureExtractor:
    extractor = FeatureExtractor(
        backbone, settings.size, store, masks=masks, workers=settings.workers
    )
    extractor.keep = extractor.estimated_bytes(n_pictures) <= settings.cache_limit
    return extractor


def _config(
    backbone: Backbone, pictures: ImageFolder, settings: DiscoverSettings
) -> dict[str, Any]:
    names = digest("\0".join(file.name for file in pictures).encode())
    plain = {
        key: str(value) if isinstance(value, Path) else value
        for key, value in asdict(settings).items()
    }
    return {
        "root": str(pictures.root),
        "names_digest": names,
        "backbone": asdict(backbone.spec),
        "device": backbone.device.type,
        **plain,
    }
