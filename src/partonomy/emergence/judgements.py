"""What filters fire on, judged: several judges merged, and how far they agree.

A judge says for each filter of a class what its strongest stimuli have in common: a part (and
which), several parts, the whole object, texture or colour, background, or nothing. Two judges or
more are merged by majority; their agreement is Krippendorff's alpha for nominal data (K.
Krippendorff, *Content analysis*, 2004, chapter 11). The study is that of arXiv 1607.03738, section
4.3: ten stimuli a filter, and a filter that fires on a part in at least six of them is said to know
it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from partonomy.errors import PartonomyError

Kind = Literal[
    "part", "several parts", "whole object", "texture or colour", "background", "nothing"
]
KINDS: tuple[Kind, ...] = (
    "part",
    "several parts",
    "whole object",
    "texture or colour",
    "background",
    "nothing",
)
UNDECIDED = "undecided"
SHOWN, ENOUGH = 10, 6
"""Stimuli of a filter, and how many of them are to be alike."""
MOST_BYTES = 50_000_000
STUDY_FILE = "study.json"
"""What is judged; see :mod:`partonomy.emergence.study`."""


class Judgement(BaseModel):
    """What one judge says of one filter.

    Attributes:
        kind: of what it fires on.
        part: which part, for the kind ``part``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    part: Annotated[str, Field(max_length=200)] | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.part}" if self.part else self.kind


class Answers(BaseModel):
    """What one judge says of all filters of a study; the file that the form saves.

    Attributes:
        study: digest of the study that was judged.
        judge: who.
        answers: by filter, as the study names it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: str
    judge: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    answers: dict[str, Judgement]


def answer_files(patterns: Sequence[str]) -> list[Path]:
    """Judges' files, each once.

    Args:
        patterns: files, folders with ``.json`` files, or patterns such as ``answers/*.json``.

    Raises:
        PartonomyError: there is no file to one of them.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            some = sorted(path.glob("*.json"))
        elif path.exists():
            some = [path]
        else:  # Path.glob knows no patterns that start at the root of the file system
            some = sorted(map(Path, glob(pattern, recursive=True)))  # noqa: PTH207
        # answers may well be kept beside the study that they are of
        files = [each for each in some if each.is_file() and each.name != STUDY_FILE]
        if not files:
            raise PartonomyError(f"--judgements {pattern}: no such file, or no .json file there")
        found |= {each.resolve(): each for each in files}
    return list(found.values())


def read_answers(path: Path, *studies: str) -> Answers:
    """One judge's file.

    Args:
        path: of it.
        studies: digests of those that it may be of.

    Raises:
        PartonomyError: it cannot be read, is no such file, or is of another study.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PartonomyError(f"--judgements {path}: larger than {MOST_BYTES:,} bytes")
        answers = Answers.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PartonomyError(f"--judgements {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise PartonomyError(f"--judgements {path}: {where}: {first['msg']}") from error
    if answers.study not in studies:
        raise PartonomyError(
            f"--judgements {path}: of another study ({answers.study}) than {', '.join(studies)}"
        )
    return answers


def merged(judges: Sequence[Mapping[str, Judgement]]) -> dict[str, Judgement | None]:
    """What most of the judges of each filter say; None where no answer has more than half of them.

    Args:
        judges: answers by filter; not all need be there.
    """
    filters = sorted({name for answers in judges for name in answers})
    found: dict[str, Judgement | None] = {}
    for name in filters:
        votes = Counter(answers[name] for answers in judges if name in answers)
        answer, count = votes.most_common(1)[0]
        found[name] = answer if 2 * count > votes.total() else None
    return found


def shares(answers: Mapping[str, Judgement | None]) -> dict[str, float]:
    """Share of the filters by kind, ``undecided`` among them; they sum to 1."""
    counts = Counter(UNDECIDED if each is None else each.kind for each in answers.values())
    return {kind: counts[kind] / max(len(answers), 1) for kind in (*KINDS, UNDECIDED)}


def krippendorff_alpha(judges: Sequence[Mapping[str, object]]) -> float:
    """Agreement of judges: 1 if they agree always, 0 if as by chance; nan if nothing can differ.

    Filters that fewer than two have judged do not count.

    Args:
        judges: answers by filter, compared for equality.
    """
    filters = sorted({name for answers in judges for name in answers})
    kinds = sorted({str(each) for answers in judges for each in answers.values()})
    table = np.zeros((len(filters), len(kinds)))
    for answers in judges:
        for name, answer in answers.items():
            table[filters.index(name), kinds.index(str(answer))] += 1
    return _alpha(table[table.sum(axis=1) >= 2])


def _alpha(table: NDArray[np.float64]) -> float:
    """From (units, values) counts of at least two answers a unit."""
    answers = table.sum(axis=1)
    alike = table.T @ (table / (answers - 1)[:, None])
    coincidences = alike - np.diag((table / (answers - 1)[:, None]).sum(axis=0))
    totals = coincidences.sum(axis=1)
    count = totals.sum()
    expected = count**2 - (totals**2).sum()
    if count < 2 or expected == 0:
        return float("nan")
    observed = count - np.trace(coincidences)
    return float(1 - (count - 1) * observed / expected)
