"""Which pictures a source means, in which order, under which names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from partonomy.errors import PartonomyError
from partonomy.images import ImageFolder


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def names(folder: ImageFolder) -> list[str]:
    return [file.name for file in folder]


def test_a_folder_is_searched_to_the_bottom_in_a_fixed_order(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.jpg", "b/1.PNG", "a/x/deep.webp", "z.TIFF", "c.bmp", "a/3.jpe", "k.tif")
    touch(tmp_path, "notes.txt", "b/movie.mp4", "README")
    folder = ImageFolder(tmp_path)
    assert names(folder) == [
        *("c.bmp", "k.tif", "z.TIFF"),
        *("a/3.jpe", "a/x/deep.webp", "b/1.PNG", "b/2.jpg"),
    ]
    assert [file.stem for file in folder][-2:] == ["b/1", "b/2"]
    assert all(file.path == tmp_path / file.name for file in folder)
    assert folder.root == tmp_path
    assert len(folder) == 7
    assert folder[0].name == "c.bmp"
    assert [file.name for file in folder[1:3]] == ["k.tif", "z.TIFF"]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "._a.jpg", ".thumbnails/b.jpg", "c/.d.png")
    assert names(ImageFolder(tmp_path)) == ["a.jpg"]


def test_links_to_folders_are_not_followed_endlessly(tmp_path: Path) -> None:
    touch(tmp_path, "photos/a.jpg")
    (tmp_path / "photos/again").symlink_to(tmp_path / "photos", target_is_directory=True)
    assert names(ImageFolder(tmp_path / "photos")) == ["a.jpg"]


def test_a_link_to_the_folder_itself_is_followed_and_keeps_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "photos/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "photos", target_is_directory=True)
    folder = ImageFolder(tmp_path / "link")
    assert folder[0].path == tmp_path / "link/a.jpg"
    assert names(folder) == ["a.jpg"]


def test_a_broken_link_is_listed_so_that_it_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert names(ImageFolder(tmp_path)) == ["gone.jpg"]


def test_a_folder_named_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "album.jpg/a.jpg")
    assert names(ImageFolder(tmp_path)) == ["album.jpg/a.jpg"]


def test_a_subfolder_that_cannot_be_opened_is_no_silent_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.jpg", "locked/b.jpg")
    scandir = os.scandir

    def refuse(path: str) -> os._ScandirIterator[str]:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PartonomyError, match=r"locked cannot be opened: Permission denied"):
        ImageFolder(tmp_path)


def test_one_picture(tmp_path: Path) -> None:
    touch(tmp_path, "a/one.jpg", "a/two.jpg")
    (file,) = ImageFolder(tmp_path / "a/one.jpg")
    assert (file.name, file.stem) == ("one.jpg", "one")


def test_one_picture_may_have_any_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "scan")
    assert names(ImageFolder(str(tmp_path / "scan"))) == ["scan"]


def test_a_list(tmp_path: Path) -> None:
    touch(tmp_path, "lists/near.jpg", "far/b.jpg")
    text = f"# my pictures\n\n near.jpg \n../far/b.jpg\r\n{tmp_path}/far/b.jpg\nmissing.jpg\n"
    (tmp_path / "lists/all.txt").write_text(text)
    folder = ImageFolder(tmp_path / "lists/all.txt")
    assert names(folder) == ["lists/near.jpg", "far/b.jpg", "lists/missing.jpg"]
    assert folder.root == tmp_path


def test_a_list_with_a_byte_order_mark(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    (tmp_path / "list.TXT").write_text("a.jpg\n", encoding="utf-8-sig")
    assert names(ImageFolder(tmp_path / "list.TXT")) == ["a.jpg"]


def test_a_list_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(PartonomyError, match=r"list\.txt is not a text file"):
        ImageFolder(tmp_path / "list.txt")


def test_globs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a/2.jpg", "a/1.jpg", "a/b/3.jpg", "a/note.txt", "a/.4.jpg")
    assert names(ImageFolder(str(tmp_path / "a/*"))) == ["1.jpg", "2.jpg"]
    assert names(ImageFolder(tmp_path / "**/[23].jpg")) == ["2.jpg", "b/3.jpg"]
    monkeypatch.chdir(tmp_path)
    assert names(ImageFolder("a/*.jpg")) == ["1.jpg", "2.jpg"]


def test_brackets_in_a_name_are_not_a_pattern_where_the_file_exists(tmp_path: Path) -> None:
    touch(tmp_path, "cat[1].jpg", "cat1.jpg")
    assert names(ImageFolder(tmp_path / "cat[1].jpg")) == ["cat[1].jpg"]


def test_each_picture_comes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a/1.jpg", "a/2.jpg", "b/3.jpg")
    monkeypatch.chdir(tmp_path / "b")
    folder = ImageFolder("../a/2.jpg", tmp_path / "a", "../a/../a/1.jpg", "3.jpg", str(tmp_path))
    assert names(folder) == ["a/2.jpg", "a/1.jpg", "b/3.jpg"]


def test_several_folders_are_named_from_the_deepest_common_one(tmp_path: Path) -> None:
    touch(tmp_path, "photos/cat/1.jpg", "photos/dog/1.jpg")
    folder = ImageFolder(tmp_path / "photos/cat", tmp_path / "photos/dog")
    assert names(folder) == ["cat/1.jpg", "dog/1.jpg"]


def test_stems_are_unique(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png", "a.jpg.png", "b.jpg", "c/a.jpg", "c/b.x.jpg", "c/b.y.jpg")
    folder = ImageFolder(tmp_path)
    stems = {file.name: file.stem for file in folder}
    assert len(set(stems.values())) == len(folder)
    assert stems == {
        "a.jpg": "a.jpg",
        "a.png": "a.png",
        "a.jpg.png": "a.jpg.png",  # its stem is another picture's name
        "b.jpg": "b",
        "c/a.jpg": "c/a",
        "c/b.x.jpg": "c/b.x",
        "c/b.y.jpg": "c/b.y",
    }


def odd_bytes(folder: Path, name: bytes) -> Path:
    path = folder / os.fsdecode(name)
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("this file system allows no such name")
    return path


def test_odd_bytes_in_names_are_spelled_out(tmp_path: Path) -> None:
    path = odd_bytes(tmp_path, b"caf\xe9.jpg")
    (file,) = ImageFolder(tmp_path)
    assert (file.name, file.stem) == ("caf\\xe9.jpg", "caf\\xe9")
    assert file.path == path
    file.name.encode()


def test_other_alphabets_are_kept(tmp_path: Path) -> None:
    touch(tmp_path, "鳥/été 1.jpg")
    assert names(ImageFolder(tmp_path)) == ["鳥/été 1.jpg"]


def test_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match=rf"no pictures in {tmp_path} \(looked for .*\.jpg"):
        ImageFolder(tmp_path)
    with pytest.raises(PartonomyError, match=r"no pictures in .*\*\.gif"):
        ImageFolder(tmp_path / "*.gif")
    with pytest.raises(PartonomyError, match=r"photo: no such file or folder"):
        ImageFolder(tmp_path / "photo")


def test_classes_are_the_folders_below_the_root(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1.jpg", "cat/x/2.jpg", "cat/1.jpg", "cat/1.png")
    classes = ImageFolder(tmp_path).by_class()
    assert {label: names(part) for label, part in classes.items()} == {
        "cat": ["1.jpg", "1.png", "x/2.jpg"],
        "dog": ["1.jpg"],
    }
    assert list(classes) == ["cat", "dog"]
    assert classes["cat"].root == tmp_path / "cat"
    assert classes["cat"][2].path == tmp_path / "cat/x/2.jpg"
    assert classes["cat"][0].stem == "1.jpg"


def test_classes_with_odd_bytes(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system allows no such name")
    touch(folder, "1.jpg")
    classes = ImageFolder(tmp_path).by_class()
    assert {label: names(part) for label, part in classes.items()} == {"caf\\xe9": ["1.jpg"]}


def test_a_picture_without_a_class(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1.jpg", "stray.jpg")
    with pytest.raises(PartonomyError, match=r"stray\.jpg lies in no class folder.*CLASS/PICTURE"):
        ImageFolder(tmp_path).by_class()


@pytest.mark.real
def test_real_classes(data: Path) -> None:
    classes = ImageFolder(data / "images/cub_birds_227_nolabel").by_class()
    assert len(classes) == 10
    assert {len(part) for part in classes.values()} == {20}


def test_given_pictures_are_named_from_the_given_folder(tmp_path: Path) -> None:
    touch(tmp_path, "a/b.jpg", "a/b.png", "a/c.jpg")
    folder = ImageFolder.of(tmp_path, [tmp_path / "a/c.jpg", tmp_path / "a/b.jpg"])
    assert folder.root == tmp_path
    assert names(folder) == ["a/c.jpg", "a/b.jpg"]
    assert [file.stem for file in folder] == ["a/c", "a/b"]
