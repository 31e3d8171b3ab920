"""The detection benchmark: the loop meets detectors from all over, and only its own time counts."""

from __future__ import annotations

import pytest

from benchmarks import detection
from partonomy.metrics import Criterion, Detections, TrueParts


def test_the_loop_sees_every_detector_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "DETECTIONS", 300)
    monkeypatch.setattr(detection, "PICTURES", 20)
    make, loop = detection._detections, detection._loop
    made: list[Detections] = []
    looped: list[tuple[int, int]] = []

    def counted(seed: int, truth: TrueParts) -> Detections:
        made.append(make(seed, truth))
        return made[-1]

    def seen(each: Detections, truth: TrueParts, part: int, criterion: Criterion) -> float:
        looped.append((next(n for n, one in enumerate(made) if one is each), part))
        return loop(each, truth, part, criterion)

    monkeypatch.setattr(detection, "_detections", counted)
    monkeypatch.setattr(detection, "_loop", seen)
    shown = list(detection.run(6))
    assert len(made) == 6, "made once, outside of what is timed"
    assert len(looped) == detection.LOOPED * len(detection.CRITERIA)
    assert {detector for detector, _ in looped} == set(range(6))
    assert len({part for _, part in looped}) > detection.PARTS / 4
    apart = [float(row.split("|")[-2]) for row in shown[1].splitlines()[2:]]
    assert len(apart) == len(detection.CRITERIA)
    assert max(apart) < 1e-9
