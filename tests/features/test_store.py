"""A shard is there wholly or not at all; the folder keeps its limit; errors name the way on."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
import torch

from partonomy.errors import PartonomyError
from partonomy.features import (
    ShardStore,
    default_cache,
    round_to_storage,
    storage_dtype,
)
from partonomy.images import write_atomically

ROWS = [{"picture": "a", "height": 3, "reason": None}, {"picture": "b", "height": 0, "reason": "x"}]


def tensors(size: int = 100) -> dict[str, torch.Tensor]:
    return {
        "half": torch.arange(size).half(),
        "brain": torch.ones(2, 3, dtype=torch.bfloat16),
        "turned": torch.arange(6.0).reshape(2, 3).T,
        "none": torch.empty(0, 4),
    }


@pytest.fixture
def store(tmp_path: Path) -> ShardStore:
    return ShardStore(tmp_path / "cache")


def files(store: ShardStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("*") if path.is_file())


def test_what_is_saved_is_loaded(store: ShardStore) -> None:
    assert not store.has("abc")
    assert store.load("abc") is None
    store.save("abc", tensors(), ROWS)
    assert store.has("abc")
    loaded = store.load("abc")
    assert loaded is not None
    assert loaded[1] == ROWS
    assert loaded[0].keys() == tensors().keys()
    for name, tensor in tensors().items():
        assert loaded[0][name].dtype == tensor.dtype
        assert torch.equal(loaded[0][name], tensor)
    assert files(store) == ["abc.parquet", "abc.safetensors"]


def test_maps_of_one_batch_are_kept_apart(store: ShardStore) -> None:
    """They lie in one piece of memory."""
    batch = torch.arange(24.0).reshape(4, 2, 3)
    store.save("abc", {"0": batch[0], "1": batch[1], "3": batch[3]}, ROWS)
    loaded = store.load("abc")
    assert loaded is not None
    assert torch.equal(loaded[0]["3"], batch[3])


def test_rows_alone_are_a_shard(store: ShardStore) -> None:
    store.save("abc", {}, ROWS)
    assert store.load("abc") == ({}, ROWS)


def test_a_shard_can_be_written_over(store: ShardStore) -> None:
    store.save("abc", tensors(), ROWS)
    store.save("abc", {"new": torch.ones(1)}, ROWS[:1])
    assert store.load("abc") == ({"new": torch.ones(1)}, ROWS[:1])


class Killed(BaseException):
    pass


def save_and_die(store: ShardStore, at: str) -> None:
    """Save a shard, killed when the file ``at`` is about to get its name: no clean-up is run."""

    def die(_part: Path, target: Path) -> Path:
        if Path(target).name.endswith(at):
            raise Killed
        return replace(_part, target)

    replace = Path.replace
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "replace", die)
        patch.setattr(Path, "unlink", lambda _path, missing_ok=False: None)
        store.save("abc", tensors(), ROWS)


@pytest.mark.parametrize("at", [".safetensors", ".parquet"])
def test_killed_in_between_there_is_no_shard(store: ShardStore, at: str) -> None:
    save_and_die(store, at)
    assert any(name.startswith(".part-") for name in files(store))
    assert ("abc.safetensors" in files(store)) == (at == ".parquet")
    assert not store.has("abc")
    assert store.load("abc") is None
    store.save("abc", tensors(), ROWS)
    assert store.load("abc") is not None


def test_what_a_killed_run_left_goes_when_room_is_made(store: ShardStore) -> None:
    save_and_die(store, ".safetensors")
    (left,) = files(store)
    os.utime(store.root / "ab" / left, (1, 1))
    store.save("abc", tensors(), ROWS)
    size = sum((store.root / "ab" / name).stat().st_size for name in files(store))
    store.make_room(size - 1)
    assert files(store) == ["abc.parquet", "abc.safetensors"]


@pytest.mark.parametrize("suffix", ["safetensors", "parquet"])
@pytest.mark.parametrize("damage", ["short", "empty", "zeros", "words", "gone"])
def test_a_damaged_shard_counts_as_none(store: ShardStore, suffix: str, damage: str) -> None:
    store.save("abc", tensors(), ROWS)
    path = store.root / "ab" / f"abc.{suffix}"
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        length = len(content)
        damaged = {
            "short": content[: length // 2],
            "empty": b"",
            "zeros": bytes(length),
            "words": b"words ".ljust(length),
        }
        path.write_bytes(damaged[damage])
    assert store.load("abc") is None
    store.save("abc", tensors(), ROWS)
    assert store.load("abc") is not None


FULL = """
    import resource, signal, sys, torch
    from pathlib import Path
    from partonomy.errors import PartonomyError
    from partonomy.features import ShardStore

    rows = [{"picture": str(index) * 40} for index in range(int(sys.argv[2]))]
    store = ShardStore(Path(sys.argv[1]))
    store.save("other", {}, [])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        store.save("abc", {"half": torch.zeros(int(sys.argv[3])).half()}, rows)
    except PartonomyError as error:
        print(error)
"""


@pytest.mark.parametrize(("n_rows", "n_values"), [(1, 100_000), (20_000, 1)])
def test_a_full_disk_is_told_with_the_way_on(store: ShardStore, n_rows: int, n_values: int) -> None:
    """A limit on the size of files stands for the full disk."""
    script = [sys.executable, "-c", textwrap.dedent(FULL)]
    arguments = [str(store.root), str(n_rows), str(n_values)]
    result = subprocess.run([*script, *arguments], capture_output=True, text=True, timeout=120)
    assert result.stderr == ""
    assert f"features cannot be kept in {store.root}" in result.stdout
    assert "--cache" in result.stdout
    assert "--cache-limit 0" in result.stdout
    assert store.load("abc") is None
    assert not [name for name in files(store) if name.startswith(".part-")]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PartonomyError, match=r"features cannot be kept in .*file/cache.*--cache"):
        ShardStore(tmp_path / "file/cache").save("abc", tensors(), ROWS)


def fill(store: ShardStore, ages: dict[str, int]) -> int:
    """Shards of equal size, so many seconds old; the size of each."""
    for key, age in ages.items():
        store.save(key, {"values": torch.zeros(5000)}, ROWS)
        for path in store.root.glob(f"{key[:2]}/{key}.*"):
            os.utime(path, (10**9 - age, 10**9 - age))
    first = next(iter(ages))
    return sum(path.stat().st_size for path in store.root.glob(f"{first[:2]}/{first}.*"))


def test_room_is_made_by_what_was_not_used_for_longest(store: ShardStore) -> None:
    size = fill(store, {"aa1": 10, "ab2": 40, "aa3": 20, "ac4": 30})
    assert store.load("ab2") is not None  # used just now
    store.make_room(4 * size)
    assert len(files(store)) == 8
    store.make_room(4 * size - 1)
    assert [store.has(key) for key in ("aa1", "ab2", "aa3", "ac4")] == [True, True, True, False]
    store.make_room(2 * size)
    assert [store.has(key) for key in ("aa1", "ab2", "aa3", "ac4")] == [True, True, False, False]
    store.make_room(0)
    assert files(store) == []
    store.make_room(0)


def test_room_in_a_folder_that_is_not_there(store: ShardStore) -> None:
    store.make_room(0)
    assert not store.root.exists()


def test_two_runs_make_room_at_once(store: ShardStore, monkeypatch: pytest.MonkeyPatch) -> None:
    size = fill(store, {f"a{index}": index for index in range(9)})
    real, taken = Path.stat, threading.Event()

    def stat_(path: Path, **options: bool) -> os.stat_result:
        if path.name == "a5.safetensors" and not taken.is_set():
            taken.set()
            ShardStore(store.root).make_room(3 * size)  # the other run
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", stat_)
    store.make_room(2 * size)
    assert taken.is_set()
    assert files(store) == ["a0.parquet", "a0.safetensors", "a1.parquet", "a1.safetensors"]


def test_a_shard_removed_while_it_is_read_counts_as_none(
    store: ShardStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save("abc", tensors(), ROWS)
    read = Path.read_bytes

    def other_run(path: Path) -> bytes:
        store.make_room(0)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", other_run)
    assert store.load("abc") is None


def test_write_atomically_leaves_the_old_file_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, lambda part: Path(part).write_text("old"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644

    def fail(part: str) -> None:
        Path(part).write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_default_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARTONOMY_CACHE", str(tmp_path / "own"))
    assert default_cache() == tmp_path / "own"
    monkeypatch.delenv("PARTONOMY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache() == tmp_path / "xdg/partonomy"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache() == Path.home() / ".cache/partonomy"


def test_storage_holds_large_values_at_its_ends() -> None:
    maps = torch.tensor([[[1e6, -1e6, 0.5]]])
    half = round_to_storage(maps, storage_dtype("float32"))
    assert half.dtype == torch.float16
    assert half.tolist() == [[[65504, -65504, 0.5]]]
    brain = round_to_storage(maps.bfloat16(), storage_dtype("bfloat16"))
    assert brain.dtype == torch.bfloat16
    assert torch.equal(brain, maps.bfloat16())


def test_storage_is_laid_out_channel_by_channel() -> None:
    maps = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    stored = round_to_storage(maps, torch.float16)
    assert stored.is_contiguous()
    assert torch.equal(stored, maps.half())
