"""Every data set that is registered: its card says everything, and its faults are one line."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from partonomy.datasets import registry
from partonomy.datasets.reading import Item, Problems
from partonomy.datasets.registry import Card, Expected, card_of, cards, missing, read_dataset
from partonomy.errors import PartonomyError

NAMES = list(cards())


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_everything(name: str) -> None:
    card = card_of(name)
    assert card.name == name
    assert all(
        getattr(card, each.name) for each in fields(card) if each.name != "pictures_elsewhere"
    )
    assert all(each.what and each.pattern and each.count >= 1 for each in card.expected)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_folder_lacks_everything(name: str, tmp_path: Path) -> None:
    assert len(missing(name, tmp_path)) == len(card_of(name).expected)
    with pytest.raises(PartonomyError, match=rf"is missing .*`partonomy datasets check {name}"):
        read_dataset(name, tmp_path)


def test_unknown_names_and_folders(tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match=r"--dataset cars: choose from .*clothing, .*coco"):
        card_of("cars")
    with pytest.raises(PartonomyError, match="no such folder"):
        missing("coco", tmp_path / "gone")


def test_a_part_of_the_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card("toy", "t", "l", "l", "l", "o", ("t",), (Expected("*.png", "pictures", 3),))
    monkeypatch.setitem(registry._DATA_SETS, "toy", (card, lambda *_: []))
    for number in range(2):
        (tmp_path / f"{number}.png").touch()
    assert missing("toy", tmp_path) == ["pictures: *.png (2 of 3)"]
    assert len(read_dataset("toy", tmp_path)) == 0
    (tmp_path / "3.png").touch()
    assert missing("toy", tmp_path) == []


def test_a_name_that_occurs_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Card("toy", "t", "l", "l", "l", "o", ("t",), ())

    def twice(root: Path, problems: Problems) -> list[Item]:
        return [Item("a.png", root / "a.png", None, lambda _: ())] * 2

    monkeypatch.setitem(registry._DATA_SETS, "toy", (card, twice))
    with pytest.raises(PartonomyError, match=r"toy, a\.png: id that occurs twice"):
        read_dataset("toy", tmp_path)


@pytest.mark.parametrize("name", ["deep/../../a.png", "/a.png"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_no_picture_leads_out_before_anybody_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: bool, name: str
) -> None:
    card = Card("toy", "t", "l", "l", "l", "o", ("t",), (), pictures_elsewhere=elsewhere)

    def out(root: Path, problems: Problems) -> list[Item]:
        return [Item("a.png", root / name, None, lambda _: ())]

    monkeypatch.setitem(registry._DATA_SETS, "toy", (card, out))
    if elsewhere:
        assert len(read_dataset("toy", tmp_path)) == 1
        return
    with pytest.raises(PartonomyError, match="leads out of"):
        read_dataset("toy", tmp_path)
