"""Chunks: what comes of one depends on its own pictures alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from partonomy.errors import PartonomyError, PictureError
from partonomy.images import (
    Chunk,
    DecodedPicture,
    ImageFolder,
    MaskFolder,
    Preprocessing,
    RawPicture,
    Skipped,
    read_chunks,
    unusable,
)

PREPROCESSING = Preprocessing(32, 16)


def mean(picture: DecodedPicture, _raw: RawPicture) -> tuple[str, float]:
    return (picture.file.name, float(picture.pixels.mean()))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as threads:
        yield threads


def chunks(
    folder: Path, pool: ThreadPoolExecutor, work: Callable[..., Any] = mean, **options: Any
) -> Iterator[Chunk[Any]]:
    files = ImageFolder(folder).files
    return read_chunks(files, PREPROCESSING, work, pool, chunk_size=4, **options)


def spoil(photos: Path) -> None:
    (photos / "02.png").write_bytes(b"")
    (photos / "05.png").write_bytes(b"words")
    (photos / "07.png").unlink()
    (photos / "07.png").symlink_to("nowhere")


def test_results_come_in_order_and_what_is_skipped_in_its_place(
    photos: Path, pool: ThreadPoolExecutor
) -> None:
    spoil(photos)
    found = [chunk.results() for chunk in chunks(photos, pool)]
    assert [len(results) for results in found] == [4, 4, 4]
    flat = [result for results in found for result in results]
    assert [r.name if isinstance(r, Skipped) else r[0] for r in flat] == [
        f"{index:02d}.png" for index in range(12)
    ]
    assert [result for result in flat if isinstance(result, Skipped)] == [
        Skipped("02.png", "the file is empty"),
        Skipped("05.png", "not a picture in a known format"),
        Skipped("07.png", "cannot be opened: No such file or directory"),
    ]


def test_missing_list_entries_are_skipped(photos: Path, pool: ThreadPoolExecutor) -> None:
    (photos / "list.txt").write_text("00.png\nmissing.png\n..\n")
    (chunk,) = chunks(photos / "list.txt", pool)
    _, missing, folder = chunk.results()
    assert missing.reason == "cannot be opened: No such file or directory"
    assert folder.reason == "cannot be opened: Is a directory"


def test_a_chunk_does_not_depend_on_its_neighbours(photos: Path, pool: ThreadPoolExecutor) -> None:
    spoil(photos)
    whole = {chunk.key: chunk.results() for chunk in chunks(photos, pool)}
    for index in (*range(4), *range(8, 12)):
        (photos / f"{index:02d}.png").unlink()
    (alone,) = chunks(photos, pool)
    assert whole[alone.key] == alone.results()


def test_the_key_changes_with_one_byte(photos: Path, pool: ThreadPoolExecutor) -> None:
    before = [chunk.key for chunk in chunks(photos, pool)]
    assert before == [chunk.key for chunk in chunks(photos, pool)]
    assert len(set(before)) == 3
    content = bytearray((photos / "06.png").read_bytes())
    content[-1] ^= 1
    (photos / "06.png").write_bytes(content)
    after = [chunk.key for chunk in chunks(photos, pool)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]


def test_the_key_tells_an_unreadable_picture_from_an_empty_one(
    photos: Path, pool: ThreadPoolExecutor
) -> None:
    keys = set()
    for spoiled in (b"", b"x", None):
        (photos / "00.png").unlink()
        if spoiled is None:
            (photos / "00.png").symlink_to("nowhere")
        else:
            (photos / "00.png").write_bytes(spoiled)
        keys.add(next(chunks(photos, pool)).key)
    assert len(keys) == 3


def test_what_is_not_wanted_is_not_decoded(photos: Path, pool: ThreadPoolExecutor) -> None:
    worked: list[str] = []

    def work(picture: DecodedPicture, _raw: RawPicture) -> str:
        worked.append(picture.file.name)
        return picture.file.name

    seen = []
    with closing(chunks(photos, pool, work, wanted=lambda _chunk: False)) as unwanted:
        for chunk in unwanted:
            seen.append(chunk)
            if len(seen) == 2:
                assert worked == []
                assert chunk.results() == [f"{index:02d}.png" for index in range(4, 8)]
    assert sorted(worked) == [f"{index:02d}.png" for index in range(4, 8)]


def test_work_thought_unwanted_runs_on_the_pool_too(photos: Path, pool: ThreadPoolExecutor) -> None:
    """One thread an operator there, so that the result is the same to the bit."""

    def work(_picture: DecodedPicture, _raw: RawPicture) -> threading.Thread:
        return threading.current_thread()

    for chunk in chunks(photos, pool, work, wanted=lambda _chunk: False):
        assert threading.main_thread() not in chunk.results()


def test_few_pictures_are_held(photos: Path, pool: ThreadPoolExecutor) -> None:
    begun: set[str] = set()

    def wanted(chunk: Chunk[Any]) -> bool:
        begun.add(chunk.key)
        return True

    for done, chunk in enumerate(chunks(photos, pool, wanted=wanted)):
        chunk.results()
        assert len(begun) <= done + 2  # this one and the next


def test_an_exception_of_the_work_surfaces_and_nothing_hangs(photos: Path) -> None:
    def work(picture: DecodedPicture, _raw: RawPicture) -> None:
        if picture.file.name == "05.png":
            raise PartonomyError("cannot take this size")

    before = threading.active_count()
    with ThreadPoolExecutor(2) as pool, closing(chunks(photos, pool, work)) as all_:
        next(all_).results()
        with pytest.raises(PartonomyError, match="cannot take this size"):
            next(all_).results()
    assert threading.active_count() == before


def test_closing_early_waits_for_no_more_than_what_runs(photos: Path) -> None:
    worked, go_on = [], threading.Event()

    def work(picture: DecodedPicture, _raw: RawPicture) -> None:
        worked.append(picture.file.name)
        assert go_on.wait(30)

    before = threading.active_count()
    pool = ThreadPoolExecutor(1)
    with closing(chunks(photos, pool, work)) as all_:
        next(all_)
    timer = threading.Timer(0.3, go_on.set)
    timer.start()
    pool.shutdown(cancel_futures=True)
    timer.join()
    assert threading.active_count() == before
    assert len(worked) <= 1


def write_masks(folder: Path, names: list[str], size: tuple[int, int] = (96, 128)) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        Image.fromarray(np.ones(size, np.uint8)).save(folder / name)


def test_masks_are_read_along(photos: Path, tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    write_masks(tmp_path / "masks", [f"{index:02d}.png" for index in range(1, 12)])
    write_masks(tmp_path / "masks", ["01.png"], size=(96, 127))
    raw = [p for c in chunks(photos, pool, masks=MaskFolder(tmp_path / "masks")) for p in c.raw]
    with pytest.raises(PictureError, match=rf"no foreground mask 00\.\* in {tmp_path}/masks"):
        raw[0].foreground((96, 128))
    with pytest.raises(PictureError, match="foreground mask is 127 x 96, the picture 128 x 96"):
        raw[1].foreground((96, 128))
    foreground = raw[2].foreground((96, 128))
    assert foreground is not None
    assert foreground.all()
    assert next(chunks(photos, pool)).raw[0].foreground((96, 128)) is None


def test_the_mask_key_tells_all_cases_apart(
    photos: Path, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    """A missing or an empty mask is not the same as none being used."""
    write_masks(tmp_path / "masks", [f"{index:02d}.png" for index in range(12)])

    def first(masks: MaskFolder | None) -> Chunk[Any]:
        return next(chunks(photos, pool, masks=masks))

    found = [first(None), first(MaskFolder(tmp_path / "masks"))]
    (tmp_path / "masks/00.png").write_bytes(b"")
    found.append(first(MaskFolder(tmp_path / "masks")))
    for index in range(4):
        (tmp_path / f"masks/{index:02d}.png").unlink()
    found.append(first(MaskFolder(tmp_path / "masks")))
    assert len({chunk.mask_key for chunk in found}) == 4
    assert len({chunk.key for chunk in found}) == 1


def test_unusable_names_pictures_and_reasons() -> None:
    skipped = [Skipped(f"{index}.jpg", "the file is empty") for index in range(5)]
    assert unusable(skipped[:1], strict=True) == (
        "--strict: 1 picture cannot be used: 0.jpg: the file is empty"
    )
    text = unusable(skipped, strict=False)
    assert text.startswith("none of 5 pictures can be used: 0.jpg: the file is empty; 1.jpg")
    assert text.endswith("; and 2 more")
