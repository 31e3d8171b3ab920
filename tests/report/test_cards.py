from itertools import pairwise

import pytest

from partonomy.report.cards import SubPartCard, colour_of, galleries, part_cards
from partonomy.report.tree import read_tree


@pytest.fixture
def many(run):
    """A table of sixty pictures, less and less certain; nothing was found in each tenth."""
    rows = run.read_table("pictures")
    return [
        rows[index % len(rows)]
        | {"picture": f"{index}.png", "confidence": 1 - index / 100}
        | ({"shares": [0.0] * 3, "confidence": float("nan")} if index % 10 == 0 else {})
        for index in range(60)
    ]


def names(gallery):
    return [int(card.row["picture"].split(".")[0]) for card in gallery.pictures]


def test_galleries_show_what_they_say(run, many):
    shown = galleries(run, many, 3)
    assert names(shown["empty"]) == [0, 10, 20, 30, 40, 50]
    typical, doubtful = names(shown["typical"]), names(shown["doubtful"])
    assert len(typical) == 12
    assert min(typical) < 5
    assert max(typical) > 50
    assert max(b - a for a, b in pairwise(typical)) <= 6
    least = [n for n in range(59, 0, -1) if n % 10 and n not in typical]
    assert doubtful == least[:6], "the least certain first, none of them twice"


def test_pictures_without_confidence_are_not_called_doubtful(run, many):
    for row in many[50:]:
        row["confidence"] = float("nan")
    assert max(names(galleries(run, many, 3)["doubtful"])) < 50


def test_parts_have_their_concepts_and_what_they_divide_into(run):
    tree = run.read_table("tree")
    parts, concepts = run.read_table("parts"), run.read_table("concepts")
    cards = part_cards(run, read_tree(tree), parts, concepts)
    assert [card.row["part"] for card in cards] == [1, 2, 3]
    assert [card.colour for card in cards] == [colour_of(part) for part in (1, 2, 3)]
    for card in cards:
        populations = [concept.row["population"] for concept in card.concepts]
        assert populations == sorted(populations, reverse=True)
        assert len(card.concepts) == card.row["n_concepts"]
        assert len(card.sub_parts) == 2
        assert sum(sub.share for sub in leaves(card.sub_parts)) == pytest.approx(1)
        assert all(sub.figure for sub in leaves(card.sub_parts))


def test_small_parts_are_not_divided(run):
    tree = [row | {"share": row["share"] / 100} for row in run.read_table("tree")]
    cards = part_cards(run, read_tree(tree), run.read_table("parts"), run.read_table("concepts"))
    assert all(card.sub_parts == [] and card.divides_at > 3 for card in cards)


def leaves(cards: list[SubPartCard]) -> list[SubPartCard]:
    return [leaf for card in cards for leaf in (leaves(card.children) or [card])]
