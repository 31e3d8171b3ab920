"""Which pictures: folders, lists, globs and single pictures become one ordered collection."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from partonomy.errors import PartonomyError

PICTURE_SUFFIXES = frozenset([".jpg", ".jpeg", ".jpe", ".png", ".webp", ".tif", ".tiff", ".bmp"])


@dataclass(frozen=True)
class PictureFile:
    """One picture of a collection, not yet read.

    Attributes:
        path: where it is.
        name: its path below the collection's root, with forward slashes; unique, printable text.
        stem: where its results go below an output folder, without a suffix; unique.
    """

    path: Path
    name: str
    stem: str


class ImageFolder(Sequence[PictureFile]):
    """The pictures of one or more sources, each once, in a fixed order.

    Args:
        sources: folders (searched recursively; hidden files left out, links to folders not
            followed), picture files, ``.txt`` files that list one picture a line (relative to the
            list; lines that start with # are comments), and glob patterns.

    Raises:
        PartonomyError: a source does not exist or cannot be opened, or there is no picture in any.
    """

    def __init__(self, *sources: str | Path) -> None:
        found = [path for source in sources for path in _expand(source)]
        paths = list(dict.fromkeys(_absolute(path) for path in found))
        if not paths:
            named = ", ".join(str(source) for source in sources)
            kinds = " ".join(sorted(PICTURE_SUFFIXES))
            raise PartonomyError(f"no pictures in {named} (looked for {kinds})")
        self.root = _root(sources, paths)
        self.files = tuple(_name(paths, self.root))

    def __len__(self) -> int:
        return len(self.files)

    @overload
    def __getitem__(self, index: int) -> PictureFile: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[PictureFile]: ...
    def __getitem__(self, index: int | slice) -> PictureFile | Sequence[PictureFile]:
        return self.files[index]

    def __iter__(self) -> Iterator[PictureFile]:
        return iter(self.files)

    def by_class(self) -> dict[str, ImageFolder]:
        """One collection for each sub-folder of the root that holds pictures, by its name.

        Raises:
            PartonomyError: a picture lies in no sub-folder, so that it has no class.
        """
        classes: dict[str, list[Path]] = {}
        for file in self.files:
            label, *rest = file.path.relative_to(self.root).parts
            if not rest:
                raise PartonomyError(
                    f"{file.name} lies in no class folder: one dictionary a class needs "
                    f"{self.root}/CLASS/PICTURE"
                )
            classes.setdefault(label, []).append(file.path)
        return {
            printable(Path(label)): self.of(self.root / label, paths)
            for label, paths in sorted(classes.items())
        }

    @classmethod
    def of(cls, root: Path, paths: Sequence[Path]) -> ImageFolder:
        """The given pictures below a folder, named from there; that they exist is not checked."""
        collection = object.__new__(cls)
        collection.root = root
        collection.files = tuple(_name(paths, root))
        return collection


def walk_pictures(folder: Path) -> Iterator[Path]:
    """The pictures below a folder, in a fixed order; what is hidden is left out.

    Raises:
        PartonomyError: a folder cannot be opened.
    """

    def refuse(error: OSError) -> None:
        raise PartonomyError(f"{error.filename} cannot be opened: {error.strerror}") from None

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix.lower() in PICTURE_SUFFIXES and not name.startswith("."):
                yield Path(parent, name)


def printable(path: Path) -> str:
    """A name that JSON and Parquet can hold, whatever bytes the file system allowed."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _expand(source: str | Path) -> Iterable[Path]:
    path = Path(source)
    if path.is_dir():
        return walk_pictures(path)
    if path.is_file():
        return _read_list(path) if path.suffix.lower() == ".txt" else [path]
    if glob.has_magic(str(source)):
        # Path.glob knows no patterns that start at the root of the file system
        matches = sorted(glob.glob(str(source), recursive=True))  # noqa: PTH207
        return [path for path in map(Path, matches) if path.suffix.lower() in PICTURE_SUFFIXES]
    raise PartonomyError(f"{source}: no such file or folder")


def _read_list(path: Path) -> list[Path]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise PartonomyError(f"{path} is not a text file that lists one picture a line") from None
    entries = (line.strip() for line in lines)
    return [path.parent / entry for entry in entries if entry and not entry.startswith("#")]


def _absolute(path: str | Path) -> Path:
    """Without ``..``, and with links left as they are, so that pictures keep their names."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _root(sources: Sequence[str | Path], paths: Sequence[Path]) -> Path:
    """The folder that names are relative to: the one folder given, or the deepest common one."""
    if len(sources) == 1 and Path(sources[0]).is_dir():
        return _absolute(sources[0])
    try:
        return Path(os.path.commonpath([path.parent for path in paths]))
    except ValueError:  # several drives, on Windows
        raise PartonomyError(
            "the pictures lie on several drives: give them by one folder"
        ) from None


def _name(paths: Sequence[Path], root: Path) -> Iterator[PictureFile]:
    names = [path.relative_to(root) for path in paths]
    # a.jpg and a.png keep their suffixes, and so does a.jpg.png for the sake of a.jpg
    taken = Counter(names) + Counter(name.with_suffix("") for name in names)
    for path, name in zip(paths, names, strict=True):
        stem = name.with_suffix("")
        yield PictureFile(path, printable(name), printable(stem if taken[stem] == 1 else name))
