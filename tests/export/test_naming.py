"""Parts renamed, joined, left out; and every way a file of names can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from partonomy.errors import PartonomyError
from partonomy.export.naming import categories, part_names, read_names
from partonomy.parts import Run
from planted import planted_run

PARTS = ["part_01", "part_02", "part_03", "part_04"]


def test_without_names_parts_keep_theirs() -> None:
    found = categories(PARTS, {}, "rename")
    assert found.names == tuple(PARTS)
    assert found.table.tolist() == [0, 1, 2, 3, 4]


def test_one_name_joins_parts_and_an_empty_one_leaves_a_part_out() -> None:
    rename = {"part_01": "wheel", "part_02": "", "part_04": " wheel "}
    found = categories(PARTS, rename, "rename")
    assert found.names == ("wheel", "part_03")
    assert found.table.tolist() == [0, 1, 0, 2, 1]


def test_a_part_may_be_given_another_parts_name() -> None:
    found = categories(PARTS, {"part_01": "part_02"}, "rename")
    assert found.names == ("part_02", "part_03", "part_04")
    assert found.table.tolist() == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('part_99 = "x"', "there is no part 'part_99'; the run has part_01 … part_04"),
        ("part_01 = 3", 'part_01 must be a text such as "wheel", not 3'),
        ("[part_01]\nname = 'x'", "part_01 must be a text"),
        ('part_02 = "a\\nb"', "part_02 = 'a\\nb' must be one line of visible characters"),
        ('part_02 = "Background"', "to leave part_02 out, give it an empty name"),
        ("\n".join(f'{part} = ""' for part in PARTS), "every part has an empty name"),
        ("part_01 = wheel", "is damaged: "),
        ('part_01 = "a"\npart_01 = "b"', "is damaged: "),
    ],
)
def test_a_wrong_file_of_names_is_named_with_the_line(
    tmp_path: Path, line: str, message: str
) -> None:
    path = tmp_path / "names.toml"
    path.write_text(line)
    with pytest.raises(PartonomyError) as caught:
        categories(PARTS, read_names(path), f"--rename {path}")
    assert str(caught.value).startswith(f"--rename {path}")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_names_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match=r"^--rename .*gone\.toml: No such file"):
        read_names(tmp_path / "gone.toml")
    (tmp_path / "names.toml").write_bytes(b'part_01 = "\xff"')
    with pytest.raises(PartonomyError, match=r"names\.toml is damaged: .*utf-8"):
        read_names(tmp_path / "names.toml")


def test_a_runs_names_are_those_of_its_model(tmp_path: Path) -> None:
    run = planted_run(tmp_path, n_parts=255)
    assert part_names(run)[:2] == ["part_01", "part_02"]
    run.file.kind = "discover"
    run.write_table("parts", [{"part": 1, "name": "part_01"}, {"part": 2, "name": "part_02"}])
    run.finish()
    assert part_names(Run(run.folder)) == ["part_01", "part_02"]
