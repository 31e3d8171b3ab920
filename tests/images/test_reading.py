"""Reading ahead: in order, bounded, and with exceptions at their turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from partonomy.errors import PictureError
from partonomy.images import default_workers, digest, ordered_ahead, read_bytes


def test_read_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    assert read_bytes(tmp_path / "a") == b"content"


def test_what_cannot_be_opened_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jpg").mkdir()
    for path, reason in [
        (tmp_path / "missing.jpg", "No such file or directory"),
        (tmp_path / "link.jpg", "No such file or directory"),
        (tmp_path / "folder.jpg", "Is a directory"),
        (tmp_path / "null\0character.jpg", "null"),
    ]:
        with pytest.raises(PictureError, match=f"cannot be opened: .*{reason}"):
            read_bytes(path)


def test_digest() -> None:
    assert digest(b"ab", b"c") == digest(b"abc") != digest(b"abd")
    assert len(digest(b"")) == 32
    int(digest(b""), 16)


def test_default_workers() -> None:
    assert 1 <= default_workers() <= 8


@pytest.mark.parametrize("ahead", [1, 3, 50])
@pytest.mark.parametrize("workers", [1, 4])
def test_results_come_in_order(workers: int, ahead: int) -> None:
    def work(item: int) -> int:
        time.sleep(0.002 * (item % 3))
        return item * item

    assert list(ordered_ahead(work, range(20), ThreadPoolExecutor(workers), ahead)) == [
        i * i for i in range(20)
    ]
    assert list(ordered_ahead(work, [], ThreadPoolExecutor(workers), ahead)) == []


def test_few_are_in_flight() -> None:
    started, taken = 0, 0

    def items() -> Iterator[int]:
        nonlocal started
        for item in range(30):
            started += 1
            assert started - taken <= 5  # four ahead, and the one that is asked for
            yield item

    for result in ordered_ahead(lambda item: item, items(), ThreadPoolExecutor(2), ahead=4):
        assert result == taken
        taken += 1
    assert taken == 30


def test_an_exception_is_raised_at_its_turn() -> None:
    def work(item: int) -> int:
        if item == 3:
            raise PictureError("number three")
        return item

    results = ordered_ahead(work, range(10), ThreadPoolExecutor(4), ahead=4)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(PictureError, match="number three"):
        next(results)


def test_leaving_early_stops_the_work() -> None:
    before, begun = threading.active_count(), []
    under_way, go_on = threading.Event(), threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item == 1:
            under_way.set()
            assert go_on.wait(30)
        return item

    results = ordered_ahead(work, range(1000), ThreadPoolExecutor(1), ahead=20)
    next(results)
    assert under_way.wait(30)
    timer = threading.Timer(0.3, go_on.set)
    timer.start()
    results.close()  # type: ignore[attr-defined]
    timer.join()
    assert threading.active_count() == before
    assert begun == [0, 1]
