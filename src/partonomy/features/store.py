"""Shards on disk: tensors with a Parquet manifest, found by their content address.

A shard is a pair ``KEY.safetensors`` and ``KEY.parquet``. Both are written under another name and
renamed, the manifest last: a shard is there wholly or not at all, whenever a run is killed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from partonomy.errors import PartonomyError
from partonomy.images import write_atomically

Rows = Sequence[Mapping[str, Any]]


def default_cache() -> Path:
    """``$PARTONOMY_CACHE``, else ``partonomy`` in the user's cache folder."""
    chosen = os.environ.get("PARTONOMY_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "partonomy"


class ShardStore:
    """A folder of shards.

    Args:
        root: the folder; made when the first shard is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, key: str) -> bool:
        """Whether a shard is there."""
        return self._path(key, "parquet").exists()

    def save(self, key: str, tensors: Mapping[str, Tensor], rows: Rows) -> None:
        """Write a shard.

        Raises:
            PartonomyError: the disk is full or the folder cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        path = self._path(key, "parquet")
        contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(
                path.with_suffix(".safetensors"), lambda part: save_file(contiguous, part)
            )
            write_atomically(
                path, lambda part: pq.write_table(pa.Table.from_pylist(list(rows)), part)
            )
        except (OSError, SafetensorError) as error:
            raise PartonomyError(
                f"features cannot be kept in {self.root} ({error}): free some space, "
                "choose another folder with --cache, or switch it off with --cache-limit 0"
            ) from error

    def load(self, key: str) -> tuple[dict[str, Tensor], list[dict[str, Any]]] | None:
        """A shard's tensors and rows; None where it is not there or damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq
        from safetensors import SafetensorError
        from safetensors.torch import load

        path = self._path(key, "parquet")
        try:
            rows = pq.read_table(path).to_pylist()
            # read, not mapped: mapped pages would count as memory of this process
            tensors = load(path.with_suffix(".safetensors").read_bytes())
            os.utime(path)
        except (OSError, SafetensorError, pa.ArrowException):
            return None
        return tensors, rows

    def make_room(self, limit: int) -> None:
        """Delete the shards that were not used for longest until ``limit`` bytes are left."""
        shards: dict[Path, list[tuple[float, int, Path]]] = defaultdict(list)
        for path in self.root.glob("*/*"):
            try:
                stat = path.stat()
            except FileNotFoundError:  # another run made room at the same time
                continue
            # what killed runs left half written has a stem too, and goes the same way
            shards[path.with_suffix("")].append((stat.st_mtime, stat.st_size, path))
        used = sum(size for files in shards.values() for _, size, _ in files)
        for files in sorted(shards.values(), key=lambda files: max(time for time, _, _ in files)):
            if used <= limit:
                break
            for _, size, path in sorted(files, key=lambda file: file[2]):  # the manifest first
                path.unlink(missing_ok=True)
                used -= size

    def _path(self, key: str, suffix: str) -> Path:
        return self.root / key[:2] / f"{key}.{suffix}"


def storage_dtype(precision: str) -> torch.dtype:
    """The 16-bit type that features are rounded to, whether they are kept or computed again."""
    return torch.bfloat16 if precision == "bfloat16" else torch.float16


def round_to_storage(maps: Tensor, dtype: torch.dtype) -> Tensor:
    """Features on the CPU in the storage type; values beyond its range are held at its ends.

    They are laid out channel by channel, whatever the network's own layout was: what reads them
    later is several times faster for it.
    """
    if dtype == torch.float16:
        maps = maps.clamp(-65504, 65504)
    return maps.to("cpu", dtype).contiguous()
