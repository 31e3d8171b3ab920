"""What judges of an audit's studies say together, beside what the automatic rule says.

A filter's verdict is the kind and the part that most of its judges name. Its kind may be agreed on
where the part is not: shares go by the kind alone.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partonomy.emergence.judgements import (
    Answers,
    Judgement,
    krippendorff_alpha,
    merged,
    read_answers,
    shares,
)
from partonomy.emergence.running import AuditRun
from partonomy.emergence.study import Study, current_study
from partonomy.errors import PartonomyError
from partonomy.images import write_atomically

JUDGEMENTS_FILE = "judgements.json"

Verdicts = Mapping[str, Judgement | None]


@dataclass(frozen=True)
class JudgedLayer:
    """What people say of a layer's filters.

    Attributes:
        layer: its name.
        study: digest of what was judged.
        asked: how many pairs of a class and a filter there were to judge.
        judges: their names, sorted.
        verdicts: of the pairs that somebody judged; None where no answer has more than half.
        kinds: likewise, whatever the part.
        automatic: of the same pairs, by the six-of-ten rule.
        alpha: Krippendorff's, of verdicts; nan where nothing can differ.
        kind_alpha: of kinds.
    """

    layer: str
    study: str
    asked: int
    judges: Sequence[str]
    verdicts: Verdicts
    kinds: Verdicts
    automatic: Mapping[str, Judgement]
    alpha: float
    kind_alpha: float

    @property
    def people_shares(self) -> dict[str, float]:
        """Share of the judged pairs by kind, as people see it."""
        return shares(self.kinds)

    @property
    def automatic_shares(self) -> dict[str, float]:
        """Share of the same pairs by kind, by the rule."""
        return shares(self.automatic)

    @property
    def alike(self) -> tuple[int, int]:
        """How many verdicts there are, and how many of them are the rule's too."""
        return _alike(self.verdicts, self.automatic)

    @property
    def kinds_alike(self) -> tuple[int, int]:
        """Likewise of kinds."""
        return _alike(self.kinds, _kinds(self.automatic))


def judged_layers(run: AuditRun, files: Sequence[Path]) -> list[JudgedLayer]:
    """Merge judges, each layer by itself.

    Args:
        run: that is done.
        files: of judges, of any of the layers' studies.

    Returns:
        Layers that somebody judged, in the network's order.

    Raises:
        PartonomyError: a file cannot be read, is of no study of this run, names what was not
            asked, or is a judge's second.
    """
    found = [study for layer in run.layers if (study := current_study(run, layer)) is not None]
    if not found:
        raise PartonomyError(
            f"--judgements: {run.folder} has no study of these layers; --study draws one"
        )
    studies = {study.digest: study for study in found}
    answers: dict[str, list[Answers]] = defaultdict(list)
    source: dict[tuple[str, str], Path] = {}
    for path in files:
        one = read_answers(path, *studies)
        who = (one.study, one.judge.casefold())
        if who in source:
            raise PartonomyError(
                f"--judgements {path}: {one.judge} judged this in {source[who]} too; keep one"
            )
        source[who] = path
        names = {pair.name for pair in studies[one.study].pairs}
        if stray := sorted(set(one.answers) - names):
            raise PartonomyError(f"--judgements {path}: {stray[0]} is not in this study")
        answers[one.study].append(one)
    return [_judged(study, answers[study.digest]) for study in found if study.digest in answers]


def write_judgements(path: Path, judged: Sequence[JudgedLayer]) -> None:
    """Everything that follows from the answers, as JSON.

    Raises:
        PartonomyError: the file cannot be written.
    """
    text = json.dumps([_record(each) for each in judged], indent=2, ensure_ascii=False) + "\n"
    try:
        write_atomically(path, lambda part: Path(part).write_text(text, "utf-8"))
    except OSError as error:
        raise PartonomyError(f"{path} cannot be written: {error.strerror or error}") from error


def _judged(study: Study, answers: Sequence[Answers]) -> JudgedLayer:
    parts = {pair.name: study.parts[pair.class_name] for pair in study.pairs}
    judges = [
        {name: _spelt(said, parts[name]) for name, said in one.answers.items()} for one in answers
    ]
    kinds = [_kinds(one) for one in judges]
    verdicts = merged(judges)
    return JudgedLayer(
        study.layer,
        study.digest,
        len(study.pairs),
        sorted(one.judge for one in answers),
        verdicts,
        merged(kinds),
        {pair.name: pair.automatic for pair in study.pairs if pair.name in verdicts},
        krippendorff_alpha(judges),
        krippendorff_alpha(kinds),
    )


def _spelt(said: Judgement, parts: Sequence[str]) -> Judgement:
    """A part named as it is annotated, whatever its case; no part where the kind has none."""
    if said.kind != "part" or said.part is None:
        return Judgement(kind=said.kind)
    plain = " ".join(said.part.split()).casefold()
    known = {part.casefold(): part for part in parts}
    return Judgement(kind="part", part=known.get(plain, plain) or None)


def _kinds(answers: Mapping[str, Judgement]) -> dict[str, Judgement]:
    return {name: Judgement(kind=each.kind) for name, each in answers.items()}


def _alike(verdicts: Verdicts, automatic: Mapping[str, Judgement]) -> tuple[int, int]:
    decided = [name for name, each in verdicts.items() if each is not None]
    return len(decided), sum(verdicts[name] == automatic[name] for name in decided)


def _record(each: JudgedLayer) -> dict[str, Any]:
    said = {
        name: {
            "people": None if verdict is None else verdict.model_dump(),
            "automatic": each.automatic[name].model_dump(),
        }
        for name, verdict in each.verdicts.items()
    }
    (decided, alike), (kinds_decided, kinds_alike) = each.alike, each.kinds_alike
    return {
        "layer": each.layer,
        "study": each.study,
        "judges": list(each.judges),
        "pairs": each.asked,
        "judged": len(each.verdicts),
        "alpha": _number(each.alpha),
        "alpha of kinds": _number(each.kind_alpha),
        "shares": each.people_shares,
        "automatic shares": each.automatic_shares,
        "decided": decided,
        "as the automatic rule": alike,
        "kinds decided": kinds_decided,
        "kinds as the automatic rule": kinds_alike,
        "verdicts": said,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
