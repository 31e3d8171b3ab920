"""An audit as a folder: step after step, each whole before the next; a rerun goes on.

::

    audit.json                     what was audited, with what, and what was left out
    skipped.json                   the latter alone, for a run that goes on
    layers/LAYER/parts.parquet     each part: best filters, intervals, chance
    layers/LAYER/filters.parquet   AP and recall of every filter for every part
    layers/LAYER/sets.parquet      sets of filters
    layers/LAYER/stimuli.parquet   what the strongest stimuli of every filter are on
    layers/LAYER/responses.parquet how strongly every filter responds to every test object
    layers/LAYER/models/CLASS/     the part model of the sets that are best for a class's parts
    concepts/LAYER/                the same tables of visual concepts in the place of filters
    random/LAYER/                  the same of the network before training
    ablation/LAYER/drops.parquet   what each class's score loses without each filter
    blanking/drops.parquet         what it loses with each part blanked

A step's folder holds what it was made of (``key.json``); one that was made of something else, or
is not whole, is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.backbones import Backbone, Layer
from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.collection import collect
from partonomy.emergence.concepts import CONCEPTS, POSITIONS, fit_concepts
from partonomy.emergence.deciding import (
    ClassOutput,
    DecidingSettings,
    class_outputs,
    filter_drops,
    part_drops,
)
from partonomy.emergence.fitting import write_part_models
from partonomy.emergence.measuring import measure_layer
from partonomy.emergence.steps import Step, step_folder
from partonomy.emergence.stimuli import BYTES_A_STIMULUS, STRONGEST
from partonomy.emergence.tables import blank_rows, drop_rows
from partonomy.errors import PartonomyError
from partonomy.features import Begin, unseen
from partonomy.features.objects import SHORT_SIDE, AnnotatedPicture
from partonomy.images import Skipped, write_atomically

MOST_BYTES = 1 << 30
"""That the stimuli of layers which are looked at together may take, about."""
FACTS, LEFT_OUT = "audit.json", "skipped.json"
LAYERS, OF_CONCEPTS, UNTRAINED, ABLATION, BLANKING = (
    "layers",
    "concepts",
    "random",
    "ablation",
    "blanking",
)
"""Folders of the steps."""

Load = Callable[..., Backbone]
"""``load_backbone`` of one network: takes ``layer`` and, by name, what is to be otherwise."""


@dataclass(frozen=True)
class AuditData:
    """What a network is audited on.

    Attributes:
        training: pictures whose objects filters are chosen and boxes refined on.
        test: pictures whose objects they are scored on.
        facts: what tells this data from other: JSON values.
    """

    training: Sequence[AnnotatedPicture]
    test: Sequence[AnnotatedPicture]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class RunSettings:
    """Of an audit as a run.

    Attributes:
        audit: of what layers know.
        deciding: of what decides classes.
        ablated: layers whose filters are taken away one at a time; the last audited one if None.
        concepts: in the place of filters, at most; 0 for none.
        untrained: whether the network before training is audited beside it.
        size: short side of an object's crop, in pixels.
        strongest: stimuli that are kept of a filter on an object.
    """

    audit: AuditSettings = field(default_factory=AuditSettings)
    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    ablated: Sequence[str] | None = None
    concepts: int = CONCEPTS
    untrained: bool = True
    size: int = SHORT_SIDE
    strongest: int = STRONGEST


@dataclass(frozen=True)
class AuditRun:
    """An audit that is done.

    Attributes:
        folder: of the run.
        layers: audited now or before, in the network's order.
        resumed: how many of them were there already.
    """

    folder: Path
    layers: Sequence[str]
    resumed: int

    def layer(self, name: str, kind: str = LAYERS) -> Path:
        """The folder of one layer."""
        return step_folder(self.folder, kind, name)


def matching(
    layers: Sequence[Layer], patterns: Sequence[str], option: str = "--layers"
) -> list[Layer]:
    """The layers whose names fit a pattern such as ``features.*``, where a star stops at a dot.

    Args:
        layers: to choose from.
        patterns: of names.
        option: that gave the patterns, for errors.

    Raises:
        PartonomyError: a pattern fits none.
    """
    for pattern in patterns:
        if not any(_fits(layer.name, pattern) for layer in layers):
            known = ", ".join(each.name for each in layers[:4])
            raise PartonomyError(
                f"{option} {pattern}: no such layer among {known}, …; "
                "`partonomy layers` lists all of a network"
            )
    return [each for each in layers if any(_fits(each.name, one) for one in patterns)]


def _fits(name: str, pattern: str) -> bool:
    """Module by module, so that a pattern for blocks does not mean all that is in them."""
    modules, wanted = name.split("."), pattern.split(".")
    return len(modules) == len(wanted) and all(map(fnmatchcase, modules, wanted))


def run_audit(
    load: Load,
    layers: Sequence[Layer],
    data: AuditData,
    settings: RunSettings,
    folder: Path,
    begin: Begin = unseen,
) -> AuditRun:
    """Audit layers of a network; steps that were done before, with the same settings, are kept.

    Args:
        load: gives the network.
        layers: of it.
        data: what it is audited on.
        settings: of the audit.
        folder: of the run, made if need be.
        begin: of progress.

    Raises:
        PartonomyError: the folder cannot be written, the network cannot take crops of this size, or
            outputs are named that it does not have.
    """
    network = load(layer=[layers[0].name])
    facts = {
        "network": network.spec.name,
        "weights": network.spec.weights_digest,
        "weights_from": network.spec.weights,
        "normalisation": [network.spec.mean, network.spec.std],
        "precision": network.spec.precision,
        "data": data.facts,
        "settings": {k: v for k, v in asdict(settings.audit).items() if k != "workers"},
        "size": settings.size,
        "strongest": settings.strongest,
        "partonomy": version("partonomy"),
    }
    run = _Run(load, layers, data, settings, folder, begin, facts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        resumed = run.audit_layers()
        decided = run.decide() if settings.deciding.objects else {}
        text = json.dumps(
            {
                **facts,
                "layers": [asdict(each) for each in layers],
                "kinds": run.kinds,
                **decided,
                **run.left_out(),
            },
            indent=2,
            default=str,
        )
        write_atomically(folder / FACTS, lambda part: Path(part).write_text(text + "\n"))
    except OSError as error:
        raise PartonomyError(f"-o {folder}: {error.strerror or error}") from error
    return AuditRun(folder, [each.name for each in layers], resumed)


class _Run:
    """The steps of one run."""

    def __init__(
        self,
        load: Load,
        layers: Sequence[Layer],
        data: AuditData,
        settings: RunSettings,
        folder: Path,
        begin: Begin,
        facts: Mapping[str, Any],
    ) -> None:
        self.load, self.layers, self.data, self.settings = load, layers, data, settings
        self.folder, self.begin, self.facts = folder, begin, facts

    @property
    def kinds(self) -> list[str]:
        """Of detectors that each layer is audited with."""
        beside = [(OF_CONCEPTS, self.settings.concepts), (UNTRAINED, self.settings.untrained)]
        return [LAYERS, *(kind for kind, wanted in beside if wanted)]

    def audit_layers(self) -> int:
        """Audit all layers, trained and untrained; how many trained ones were there already."""
        settings = self.settings
        kinds = [each for each in self.kinds if each != UNTRAINED]
        todo = [each for each in self.layers if not all(self._step(k, each).done for k in kinds)]
        for group in self._groups(todo):
            self._audit_group(self.load, group, settings.audit, LAYERS, settings.concepts)
        if settings.untrained:
            untrained = partial(self.load, weights="random")
            alone = replace(settings.audit, sets=False)
            left = [each for each in self.layers if not self._step(UNTRAINED, each).done]
            for group in self._groups(left):
                self._audit_group(untrained, group, alone, UNTRAINED, 0)
        return len(self.layers) - len(todo)

    def decide(self) -> dict[str, Any]:
        """What decides classes; what is said of it in the run's facts."""
        settings, deciding = self.settings, self.settings.deciding
        known = {each.name for each in self.layers}
        names = [self.layers[-1].name] if settings.ablated is None else list(settings.ablated)
        if unknown := [each for each in names if each not in known]:
            raise PartonomyError(f"--ablate {unknown[0]}: not among the audited layers")
        exact = partial(self.load, precision="float32")
        network = exact(layer=[self.layers[0].name])
        try:
            outputs = class_outputs(network, self.data.training, deciding, settings.size)
        except PartonomyError as error:
            if deciding.outputs:
                raise
            return {"undecided": str(error)}
        told = {name: asdict(each) for name, each in outputs.items()}
        indices = {name: each.index for name, each in outputs.items()}
        for layer in self.layers:
            step = self._step(ABLATION, layer, outputs=indices)
            if layer.name in names and not step.done:
                self._ablate(exact(layer=[layer.name]), outputs, step)
        blanking = Step(self.folder / BLANKING, self._deciding_facts(outputs=indices))
        if not blanking.done:
            advance = self.begin("objects with parts blanked", self._decided(outputs))
            found = part_drops(network, self.data.test, outputs, deciding, settings.size, advance)
            rows = list(blank_rows(found, settings.audit.seed))
            blanking.begin()
            blanking.write({"drops": rows})
        return {"outputs": told, "ablated": names, "deciding": self._deciding_facts()["deciding"]}

    def left_out(self) -> dict[str, Any]:
        """Pictures and objects that were, as facts."""
        return {"skipped": json.loads((self.folder / LEFT_OUT).read_text(encoding="utf-8"))}

    def _note_left_out(self, skipped: Iterable[Skipped]) -> None:
        """Beside the steps, not with the last: a run may be stopped between its steps."""
        seen = dict.fromkeys((each.name, each.reason) for each in skipped)
        text = json.dumps([{"picture": name, "reason": reason} for name, reason in seen])
        write_atomically(self.folder / LEFT_OUT, lambda part: Path(part).write_text(text, "utf-8"))

    def _ablate(self, network: Backbone, outputs: Mapping[str, ClassOutput], step: Step) -> None:
        advance = self.begin(
            f"objects without filters of {network.layers[0].name}", self._decided(outputs)
        )
        drops = filter_drops(
            network,
            self.data.test,
            outputs,
            self.settings.deciding,
            self.settings.size,
            advance,
        )
        step.begin()
        step.write({"drops": list(drop_rows(drops))})

    def _decided(self, outputs: Mapping[str, ClassOutput]) -> int:
        return min(self.settings.deciding.objects * len(outputs), len(self.data.test))

    def _deciding_facts(self, **more: Any) -> dict[str, Any]:
        settings = asdict(self.settings.deciding)
        return {**self.facts, "deciding": {**settings, "outputs": None}, **more}

    def _step(self, kind: str, layer: Layer, **more: Any) -> Step:
        facts = self._deciding_facts(**more) if kind == ABLATION else self.facts
        if kind == OF_CONCEPTS:
            facts = {**facts, "concepts": self.settings.concepts}
        return Step(step_folder(self.folder, kind, layer.name), {**facts, "layer": layer.name})

    def _audit_group(
        self,
        load: Load,
        group: Sequence[Layer],
        settings: AuditSettings,
        kind: str,
        concepts: int,
    ) -> None:
        """Layers that are looked at together, then concepts in the place of their filters."""
        backbone = load(layer=[each.name for each in group])
        drawn = -(-POSITIONS // max(len(self.data.training), 1)) if concepts else 0
        responses = self._measure(backbone, settings, kind, drawn=drawn)
        if concepts:
            readings = [fit_concepts(each, concepts, settings.seed) for each in responses]
            alone = replace(settings, sets=False)
            self._measure(backbone, alone, OF_CONCEPTS, concepts=readings)

    def _measure(
        self, backbone: Backbone, settings: AuditSettings, kind: str, **how: Any
    ) -> list[NDArray[np.float16]]:
        """One pass over all objects, and the steps of all layers; responses that were drawn."""
        objects = len(self.data.training) + len(self.data.test)
        advance = self.begin("objects", objects)
        training, test = (
            collect(
                backbone,
                pictures,
                size=self.settings.size,
                strongest=self.settings.strongest,
                seed=settings.seed,
                on_object=advance,
                **how,
            )
            for pictures in (self.data.training, self.data.test)
        )
        self._note_left_out([*training.skipped, *test.skipped])
        for index, layer in enumerate(backbone.layers):
            step = self._step(kind, layer)
            measured = measure_layer(training, test, index, layer, settings, self.begin)
            step.begin()
            if kind == LAYERS:
                write_part_models(
                    step.folder,
                    backbone,
                    layer.name,
                    measured.training,
                    measured.found,
                    settings,
                )
            step.write(measured.rows)
        return [each.drawn for each in training.layers]

    def _groups(self, layers: Sequence[Layer]) -> Iterator[list[Layer]]:
        """Layers that are looked at together: as many as there is room for the stimuli of."""
        objects = len(self.data.training) + len(self.data.test)
        group: list[Layer] = []
        taken = 0
        for layer in layers:
            one = objects * layer.channels * self.settings.strongest * BYTES_A_STIMULUS
            if group and taken + one > MOST_BYTES:
                yield group
                group, taken = [], 0
            group.append(layer)
            taken += one
        if group:
            yield group
