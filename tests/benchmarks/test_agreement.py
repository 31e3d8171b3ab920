"""The agreement benchmark: both are measured alike."""

from __future__ import annotations

import pytest

from benchmarks import agreement


def test_both_run_in_turn_equally_often_and_medians_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = {"ours": iter([9.0, 1.0, 2.0]), "theirs": iter([5.0, 80.0, 60.0])}
    called: list[str] = []

    def timed(score: object, *_labels: object) -> tuple[tuple[float, float], float]:
        called.append("ours" if score is agreement._ours else "theirs")
        return (0.5, 0.5), next(seconds[called[-1]])

    monkeypatch.setattr(agreement, "_timed", timed)
    shown = "\n".join(agreement.run(1))
    assert called == ["ours", "theirs"] * 3
    assert "| partonomy | 2.00 |" in shown
    assert "| scikit-learn | 60.00 |" in shown
    assert "30 times faster" in shown
