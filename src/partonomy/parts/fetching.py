"""Files of part models on the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from partonomy.errors import PartonomyError


def fetched(
    name: str,
    files: Sequence[str],
    *,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    token: str | bool | None = None,
    force_download: bool = False,
    local_files_only: bool = False,
) -> Path:
    """The folder, in the hub's cache, of some files of a repository; nothing else is fetched.

    Args:
        name: ``USER/NAME``.
        files: their names.
        revision: a branch, a tag or a commit; the newest if not given.
        cache_dir: where the hub's files are kept, if not where they usually are.
        token: of a user of the hub; that of this machine's if not given.
        force_download: fetch again what is in the cache.
        local_files_only: look in the cache alone.

    Raises:
        PartonomyError: they are not to be had.
    """
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            name,
            revision=revision,
            cache_dir=cache_dir,
            token=token,
            force_download=force_download,
            local_files_only=local_files_only,
            allow_patterns=list(files),
        )
    except Exception as error:  # whatever becomes of names, rights, caches and networks
        first = (str(error).splitlines() or [""])[0]
        raise PartonomyError(
            f"{name} is no folder here, and could not be fetched from the Hugging Face Hub "
            f"({type(error).__name__}: {first})"
        ) from error
    return Path(folder)
