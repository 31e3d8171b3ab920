"""A part model on a data set, by a protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from partonomy.datasets import DataSet
from partonomy.errors import PartonomyError
from partonomy.evaluation.looking import Foreground, Row, look
from partonomy.evaluation.protocol import Protocol
from partonomy.evaluation.scores import SEED
from partonomy.images import MaskFolder, Skipped, digest, write_atomically
from partonomy.metrics import Interval
from partonomy.parts import PartModel
from partonomy.parts.model import model_digest


@dataclass(frozen=True)
class Evaluation:
    """What is kept of the pictures of a data set, or of a shard of them.

    Attributes:
        protocol: by which it was made.
        dataset: its name.
        split: of the data set; None for all of it.
        class_name: of the objects; None for all together.
        foreground: what said what is object: ``auto`` (the model), ``truth`` or ``given``.
        model: digest of the part model.
        n_parts: how many it has.
        seed: of its fit.
        rows: of the pictures that are scored, by name, so that intervals do not depend on the
            order of shards.
        training: of those that something is fitted on.
        skipped: pictures that were left out, and why.
    """

    protocol: Protocol
    dataset: str
    split: str | None
    class_name: str | None
    foreground: str
    model: str
    n_parts: int
    seed: int
    rows: tuple[Row, ...]
    training: tuple[Row, ...]
    skipped: tuple[Skipped, ...]

    def numbers(self) -> dict[str, Interval]:
        """Every measure of the protocol.

        Raises:
            PartonomyError: there is nothing to fit on, or nothing annotated to compare with.
        """
        if self.protocol.training is not None and not self.training:
            raise PartonomyError(
                f"--protocol {self.protocol.name}: no picture of split {self.protocol.training} "
                f"of {self.dataset} can be fitted on"
            )
        try:
            return self.protocol.numbers(
                [row.record for row in self.rows], [row.record for row in self.training]
            )
        except PartonomyError as error:
            raise PartonomyError(
                f"--protocol {self.protocol.name} on {self.dataset}: {error}"
            ) from None

    def write(self, path: Path) -> None:
        """Write the result file (JSON).

        Raises:
            PartonomyError: it cannot be written.
        """
        text = json.dumps(self.result(), indent=2, ensure_ascii=False) + "\n"
        try:
            write_atomically(path, lambda part: Path(part).write_text(text, encoding="utf-8"))
        except OSError as error:
            raise PartonomyError(f"-o {path}: {error.strerror or error}") from error

    def result(self) -> dict[str, Any]:
        """The content of the result file."""
        historical = self.protocol.historical
        numbers = {name: each.figures() for name, each in self.numbers().items()}
        return {
            "protocol": self.protocol.name,
            "version": self.protocol.version,
            "rules": self.protocol.rules,
            "dataset": self.dataset,
            "split": self.split,
            "class": self.class_name,
            "data": digest("\0".join(row.digest for row in self.rows + self.training).encode()),
            "model": self.model,
            "parts": self.n_parts,
            "foreground": self.foreground,
            "seeds": {"model": self.seed, "intervals": SEED},
            "pictures": len(self.rows),
            "fitted on": {"split": self.protocol.training, "pictures": len(self.training)},
            "skipped": [asdict(each) for each in self.skipped],
            "numbers": {name: each for name, each in numbers.items() if name not in historical},
            "historical": {
                name: {**numbers[name], "why": why}
                for name, why in historical.items()
                if name in numbers
            },
            "versions": {name: version(name) for name in ("partonomy", "numpy", "torch")},
        }


def evaluate(
    model: PartModel,
    data: DataSet,
    protocol: Protocol,
    *,
    split: str | None = None,
    class_name: str | None = None,
    foreground: Foreground = "auto",
    shard: tuple[int, int] = (0, 1),
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Evaluation:
    """Score a part model's parts against a data set's; see :func:`evaluate_each`."""
    (found,) = evaluate_each(
        [model],
        data,
        protocol,
        split=split,
        class_name=class_name,
        foreground=foreground,
        shard=shard,
        on_progress=on_progress,
    )
    return found


def evaluate_each(
    models: Sequence[PartModel],
    data: DataSet,
    protocol: Protocol,
    *,
    split: str | None = None,
    class_name: str | None = None,
    foreground: Foreground = "auto",
    shard: tuple[int, int] = (0, 1),
    on_progress: Callable[[int], None] = lambda _n: None,
) -> list[Evaluation]:
    """Score several part models in one pass over a data set; those of one backbone share its look.

    Args:
        models: any part models.
        data: the data set.
        protocol: how.
        split: of the data set; the protocol's if not given.
        class_name: of the objects; needed where there are several, but for protocols that score
            all together.
        foreground: what says what is object; by default the model.
        shard: (i, n): every n-th picture from the i-th, from 0; see :func:`joined`.
        on_progress: called with the number of pictures done since the last call.

    Raises:
        PartonomyError: there is no such split, there are objects of several classes, no picture
            with such objects is left, or the models differ in how they prepare pictures.
    """
    if len({model.preprocessing for model in models}) > 1:
        raise PartonomyError("models of different input sizes are evaluated one by one")
    scored, fitted = chosen_pictures(data, protocol, split)
    classes: dict[str, None] = {}
    skipped: list[Skipped] = []

    def rows(of: DataSet, fitting: bool) -> list[tuple[Row, ...]]:
        part = replace(of, items=of.items[shard[0] :: shard[1]])
        found: list[list[Row]] = [[] for _ in models]
        for each in look(
            models,
            part,
            protocol,
            fitting=fitting,
            class_name=class_name,
            foreground=foreground,
        ):
            on_progress(1)
            if isinstance(each, Skipped):
                skipped.append(each)
            elif each is not None:
                for rows, row in zip(found, each, strict=True):
                    rows.append(row)
                classes.update(dict.fromkeys(each[0].classes))
                if len(classes) > 1 and not protocol.across_classes:
                    known = ", ".join(classes)
                    raise PartonomyError(f"--class is missing: there are {known}, or more")
        return [_by_name(rows) for rows in found]

    found = rows(scored, False)
    training = [()] * len(models) if fitted is None else rows(fitted, True)
    if not found[0]:
        of_class = "" if class_name is None else f" with a {class_name}"
        raise PartonomyError(f"{data.card.name}: no picture{of_class} could be scored")
    return [
        Evaluation(
            protocol,
            data.card.name,
            split or protocol.split,
            class_name if protocol.across_classes else next(iter(classes)),
            "given" if isinstance(foreground, MaskFolder) else foreground,
            model_digest(model),
            len(model.part_names),
            model.seed,
            scored_rows,
            training_rows,
            tuple(skipped),
        )
        for model, scored_rows, training_rows in zip(models, found, training, strict=True)
    ]


def chosen_pictures(
    data: DataSet, protocol: Protocol, split: str | None
) -> tuple[DataSet, DataSet | None]:
    """The pictures that are scored, and those that are fitted on, if any.

    Raises:
        PartonomyError: there is no such split.
    """
    split = split or protocol.split
    scored = data if split is None else data.of_split(split)
    return scored, None if protocol.training is None else data.of_split(protocol.training)


def joined(shards: Sequence[Evaluation]) -> Evaluation:
    """All shards of an evaluation as one.

    Raises:
        PartonomyError: they are not of one model, data set and protocol, or share a picture.
    """
    first = shards[0]
    for each in shards[1:]:
        for name in ("protocol", "dataset", "split", "class_name", "foreground", "model"):
            if getattr(each, name) != getattr(first, name):
                raise PartonomyError(f"shards of different evaluations: {name} differs")
    return replace(
        first,
        rows=_by_name([row for each in shards for row in each.rows]),
        training=_by_name([row for each in shards for row in each.training]),
        skipped=tuple(entry for each in shards for entry in each.skipped),
    )


def _by_name(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows in the order of their names, which differ."""
    names = {row.name for row in rows}
    if len(names) < len(rows):
        raise PartonomyError("shards share a picture")
    return tuple(sorted(rows, key=lambda row: row.name))
