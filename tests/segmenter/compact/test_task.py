"""The losses of the recipe: by name and weight, and against loops over cells."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from partonomy.segmenter.compact import Compact, Decoder
from partonomy.segmenter.compact.examples import Example, View
from partonomy.segmenter.compact.task import CompactTask, colour_consistency
from partonomy.segmenter.training import Draw

CPU = torch.device("cpu")
DIMENSIONS, PARTS, VIEWS = 4, 3, 2
NAMES = ("consistency", "equivariance", "colour", "contrast", "presence", "balance", "entropy")
ALL = {name: 0.5 + index for index, name in enumerate(NAMES)}


def example(seed: int, cells: int = 9) -> Example:
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    views = []
    for _ in range(VIEWS):
        shares = random(cells - 2, 4)
        views.append(
            View(
                (random(cells - 2, 2 * DIMENSIONS) - 0.5).half(),
                random(cells - 2),
                torch.randint(cells, (cells - 2, 4), generator=generator),
                shares / shares.sum(1, keepdim=True),
            )
        )
    area, colour = random(cells), random(cells, 3)
    # colours of cells that vary within: the mean of squares is above the square of the mean
    square = area * (colour.square().sum(1) + 0.1)
    colours = torch.cat([area[:, None], area[:, None] * colour, square[:, None]], dim=1)
    described = (random(cells, 2 * DIMENSIONS) - 0.5).half()
    return Example(described, random(cells), colours, tuple(views))


def task(recipe: Compact, count: int = 5) -> CompactTask:
    generator = torch.Generator().manual_seed(7)
    decoder = Decoder(torch.randn(PARTS, DIMENSIONS, generator=generator), 6, generator)
    torch.nn.init.normal_(decoder.outer.weight, std=0.2, generator=generator)
    return CompactTask(recipe, [example(seed, 7 + seed) for seed in range(count)], decoder, CPU)


def recipe(**changes: object) -> Compact:
    return Compact(**{"views": VIEWS, "batch": 3} | changes)  # type: ignore[arg-type]


def only(name: str, weight: float = 1.0, **changes: object) -> Compact:
    return recipe(**{**dict.fromkeys(NAMES, 0), name: weight, **changes})


def test_each_loss_has_its_name_and_its_weight():
    found = task(recipe(**ALL)).losses(Draw(0, 3))
    assert set(found.terms) == set(NAMES)
    for name in NAMES:
        (alone,) = task(only(name, 1.0)).losses(Draw(0, 3)).terms.items()
        assert alone[0] == name
        torch.testing.assert_close(found.terms[name], ALL[name] * alone[1])
        assert alone[1].ndim == 0
    torch.testing.assert_close(found.total, sum(found.terms.values()))


def test_each_loss_can_be_trained_by_and_none_moves_the_examples():
    for name in NAMES:
        one = task(only(name))
        one.losses(Draw(0, 3)).total.backward()
        assert one.module.directions.grad is not None
        assert one.module.directions.grad.abs().max() > 1e-6, name


def chosen_by(draw: Draw, recipe: Compact, count: int) -> list[tuple[int, int]]:
    """The pictures of a batch and their views, as the recipe draws them."""
    generator = draw.numpy("batch")
    size = min(recipe.batch, count)
    pictures = generator.choice(count, size, replace=False).tolist()
    return list(zip(pictures, generator.integers(recipe.views, size=size).tolist(), strict=True))


def test_losses_of_planted_cells_are_those_of_a_loop():
    """Over all cells of the batch's pictures, one by one, in double precision."""
    one = task(recipe(**dict.fromkeys(NAMES, 1.0)))
    draw = Draw(2, 5)
    found = {name: float(each.detach()) for name, each in one.losses(draw).terms.items()}
    cells: list[tuple[float, Tensor, Tensor]] = []  # weight, probabilities, response
    divergence, seen = 0.0, 0.0
    with torch.no_grad():
        for index, which in chosen_by(draw, one.recipe, len(one.examples)):
            each = one.examples[index]
            masks = one.module(each.described.float()).softmax(1).double()
            for i in range(len(each.weight)):
                response = each.described[i, :DIMENSIONS].double()
                cells.append((float(each.weight[i]), masks[i], response))
            view = each.views[which]
            logits = one.module(view.described.float()).double()
            for i in range(len(view.weight)):
                expected = sum(view.shares[i, j] * masks[view.cells[i, j]] for j in range(4))
                for k in range(PARTS):
                    surprise = expected[k].log() - logits[i].log_softmax(0)[k]
                    divergence += float(view.weight[i] * expected[k] * surprise)
                seen += float(view.weight[i])
    total = sum(weight for weight, _, _ in cells)
    assert found["equivariance"] == pytest.approx(divergence / seen, rel=1e-3)
    spread, presence, shares = 0.0, [], []
    for k in range(PARTS):
        area = sum(weight * float(mask[k]) for weight, mask, _ in cells)
        mean = sum(weight * mask[k] * response for weight, mask, response in cells) / area
        for weight, mask, response in cells:
            spread += weight * float(mask[k] * (response - mean).square().sum())
        presence.append(max(weight * float(mask[k]) for weight, mask, _ in cells))
        shares.append(area / total)
    doubt = -sum(weight * float((mask * mask.log()).sum()) for weight, mask, _ in cells)
    assert found["consistency"] == pytest.approx(spread / total, rel=1e-3)
    assert found["presence"] == pytest.approx(1 - sum(presence) / PARTS, rel=1e-3)
    assert found["balance"] == pytest.approx(sum(s * math.log(s) for s in shares), rel=1e-3)
    assert found["entropy"] == pytest.approx(doubt / total, rel=1e-3)
    assert one.losses(draw).shares.tolist() == pytest.approx(shares, rel=1e-3)


def test_contrast_is_of_each_pictures_own_descriptors():
    """Told by pictures whose cells all say one thing a part: then nothing is unlike itself."""
    one = task(only("contrast", temperature=0.1))
    (contrast,) = one.losses(Draw(0, 0)).terms.values()
    clear = []
    for part in range(PARTS):
        described = torch.zeros(2 * DIMENSIONS).half()
        described[part] = 1
        clear.append(described)
    same = Example(
        torch.stack(clear),
        torch.ones(PARTS),
        torch.ones(PARTS, 5),
        (View(clear[0][None], torch.ones(1), torch.zeros(1, 4).long(), torch.full((1, 4), 0.25)),)
        * VIEWS,
    )
    decoder = Decoder(torch.eye(PARTS, DIMENSIONS), 6, torch.Generator())
    apart = CompactTask(only("contrast", temperature=0.1), [same] * 4, decoder, CPU)
    (none,) = apart.losses(Draw(0, 0)).terms.values()
    assert none.item() < 0.01 < contrast.item()


def test_colours_are_judged_within_each_picture():
    """Against a loop over the cells of two pictures."""
    generator = torch.Generator().manual_seed(0)
    masks = torch.rand(7, 2, generator=generator).softmax(1)
    both = [example(seed).colours[:count] for seed, count in ((1, 4), (2, 3))]
    picture = torch.tensor([0] * 4 + [1] * 3)
    expected = 0.0
    for own, colours in zip((masks[:4], masks[4:]), both, strict=True):
        spread, area_of_all = 0.0, 0.0
        for k in range(2):
            area = (own[:, k] * colours[:, 0]).sum()
            mean = (own[:, k, None] * colours[:, 1:4]).sum(0) / area
            squares = (own[:, k] * colours[:, 4]).sum()
            spread += float(squares - area * mean.square().sum())
            area_of_all += float(area)
        expected += spread / area_of_all / 2
    found = colour_consistency(masks, torch.cat(both), picture, 2)
    assert float(found) == pytest.approx(expected, rel=1e-4)
    turned = torch.tensor([4, 0, 5, 1, 6, 2, 3])
    again = colour_consistency(masks[turned], torch.cat(both)[turned], picture[turned], 2)
    assert float(again) == pytest.approx(expected, rel=1e-4)


def test_a_batch_larger_than_the_data_is_all_of_it_once():
    small, large = (task(recipe(**ALL, batch=batch)).losses(Draw(0, 1)) for batch in (5, 500))
    assert {name: each.item() for name, each in small.terms.items()} == {
        name: each.item() for name, each in large.terms.items()
    }


def test_one_picture_has_nothing_to_be_contrasted_with():
    found = task(recipe(**ALL), count=1).losses(Draw(0, 0))
    assert set(found.terms) == set(NAMES) - {"contrast"}
    assert math.isfinite(float(found.total))


def test_a_picture_whose_view_shows_nothing_of_it_gives_no_divergence():
    one = task(only("equivariance"), count=1)
    each = one.examples[0]
    nothing = View(*(getattr(each.views[0], name)[:0] for name in View.__annotations__))
    one.examples = [Example(each.described, each.weight, each.colours, (nothing,) * VIEWS)]
    found = one.losses(Draw(0, 0)).total
    assert float(found) == 0
    found.backward()


def test_the_draw_decides_the_batch_and_the_criterion_none():
    one = task(recipe(**ALL))
    assert float(one.losses(Draw(0, 1)).total) == float(one.losses(Draw(0, 1)).total)
    totals = {float(one.losses(Draw(seed, step)).total) for seed, step in ((0, 1), (0, 2), (1, 1))}
    assert len(totals) == 3
    before = one.criterion()
    torch.manual_seed(3)
    one.losses(Draw(9, 9))
    assert one.criterion() == before == task(recipe(**ALL)).criterion()
    one.module.directions.data += 0.3
    assert one.criterion() != before


def test_all_of_the_decoder_is_trained():
    one = task(recipe())
    ((parameters, factor),) = one.groups()
    assert factor == 1
    assert {id(each) for each in parameters} == {id(each) for each in one.module.parameters()}
