"""The recipe as a task: its losses, its randomness, its criterion, and what few pictures do."""

import copy
import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from partonomy.errors import PartonomyError
from partonomy.images import IMAGENET_MEAN, IMAGENET_STD, ImageFolder, MaskFolder
from partonomy.metrics import normalised_mutual_information
from partonomy.segmenter.choudhury import Choudhury2021, ChoudhuryTask
from partonomy.segmenter.losses import part_descriptors, rgb_to_lab, within_part_consistency
from partonomy.segmenter.training import Draw
from segmenter_runs import SMALL, draw_pictures


def planted(folder, count):
    draw_pictures(folder, count)
    return ImageFolder(folder / "pictures"), MaskFolder(folder / "masks")


def made(pictures, masks=None, changes=(), **options):
    recipe = Choudhury2021(**SMALL | dict(changes))
    given = {"weights": "random", "perceptual_weights": "random", "device": "cpu"}
    return ChoudhuryTask(recipe, pictures, masks=masks, **given | options)


@pytest.fixture
def pictures(tmp_path):
    return planted(tmp_path, 8)


def parameters_of(task):
    return [parameter for group, _ in task.groups() for parameter in group]


def test_the_losses_are_those_of_the_equations(pictures):
    """With features upsampled, as they are never made in the task."""
    files, masks = pictures
    task = made(files, masks, {"views": "apart"})
    draw = Draw(3, 7)
    reference = copy.deepcopy(task.module).train()
    terms = task.losses(draw).terms
    views, recipe = task.views(task.batch(draw), draw), task.recipe

    def logits(view):
        mean, std = (torch.tensor(each)[:, None, None] for each in (IMAGENET_MEAN, IMAGENET_STD))
        maps = reference((view - mean) / std)
        return F.interpolate(maps, size=(32, 32), mode="bilinear", align_corners=True)

    first, second = logits(views.first), logits(views.second)
    parts, inside = first.softmax(1), views.batch.foreground
    clean = views.batch.pictures
    features = torch.cat(
        [
            scale * F.interpolate(layer, size=(32, 32), mode="bilinear")
            for scale, layer in zip((0.5, 1.0), task.perceptual(clean), strict=True)
        ],
        dim=1,
    )
    lab = rgb_to_lab(clean.permute(0, 3, 1, 2) / 255)
    warped = views.warped_foreground
    log_p, log_q = views.warp.of_maps(first).log_softmax(1), second.log_softmax(1)
    apart = ((log_p.exp() * (log_p - log_q)).sum(1, keepdim=True) * warped).sum((1, 2, 3))
    unit = F.normalize(part_descriptors(features, parts, inside), dim=2)
    expected = {
        "features": 30 * within_part_consistency(features, parts, inside),
        "colour": 30 * within_part_consistency(lab, parts, inside),
        "equivariance": 5700 * (apart / (warped.sum((1, 2, 3)) + 1e-5)).mean(),
    }
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-3, atol=1e-3)
    scores = torch.einsum("nkc,mjc->nkmj", unit, unit) / recipe.temperature
    least = scores.max() - scores.min()
    assert 0 < terms["contrast"] / 2300 < least + np.log(1 + 4)
    assert set(terms) == {*expected, "contrast"}


def test_a_step_depends_on_its_draw_and_the_weights_alone(pictures):
    files, masks = pictures
    task, again = made(files, masks), made(files, masks)
    first = task.losses(Draw(0, 5))
    again.losses(Draw(0, 2))
    again.module.load_state_dict(made(files, masks).module.state_dict())
    second = again.losses(Draw(0, 5))
    assert all(torch.equal(first.terms[name], second.terms[name]) for name in first.terms)
    assert torch.equal(first.shares, second.shares)
    assert not torch.equal(task.losses(Draw(0, 6)).total, first.total)


def test_every_trained_parameter_has_a_gradient_and_its_group(pictures):
    files, masks = pictures
    task = made(files, masks)
    task.losses(Draw(0, 0)).total.backward()
    trained = {id(each) for each in task.module.parameters() if each.grad is not None}
    assert {id(each) for each in parameters_of(task)} == trained
    (_, once), (classifier, ten_times) = task.groups()
    assert (once, ten_times) == (1, 10) and len(classifier) == 2
    assert all(each.grad is None for each in task.perceptual.backbone.network.parameters())


def test_shares_are_of_the_object(pictures):
    files, masks = pictures
    shares = made(files, masks).losses(Draw(0, 0)).shares
    assert shares.shape == (2,) and float(shares.sum()) == pytest.approx(1)
    assert not shares.requires_grad


@pytest.mark.parametrize("off", ["features", "colour", "contrast", "equivariance"])
def test_each_loss_can_be_left_out(pictures, off):
    files, masks = pictures
    terms = made(files, masks, {off: 0}).losses(Draw(0, 0)).terms
    assert off not in terms and len(terms) == 3


def test_as_published_it_is_trained_too(pictures):
    files, masks = pictures
    recipe = Choudhury2021.as_published(**SMALL)
    options = {"weights": "random", "perceptual_weights": "random", "device": "cpu"}
    losses = ChoudhuryTask(recipe, files, masks=masks, **options).losses(Draw(0, 0))
    assert losses.total.isfinite()


def test_the_criterion_is_the_same_each_time_and_touches_nothing(pictures):
    files, masks = pictures
    task = made(files, masks)
    before = copy.deepcopy(task.module.state_dict())
    task.losses(Draw(0, 0))
    task.module.load_state_dict(before)
    assert task.criterion() == task.criterion() == made(files, masks).criterion()
    assert all(torch.equal(before[name], each) for name, each in task.module.state_dict().items())
    assert all(each.grad is None for each in task.module.parameters())


def test_with_pictures_enough_the_criterion_has_its_own(tmp_path):
    files, masks = planted(tmp_path, 23)
    task = made(files, masks, {"batch": 1, "contrast": 0})
    held_out = [batch.pictures for batch in task._judged]
    assert len(held_out) == 2
    names = {subject.file.name for subject in task._batches._subjects}
    assert names == {f"{index:02d}.png" for index in range(2, 23)}


def test_without_masks_everything_in_the_picture_is_foreground(pictures):
    files, _ = pictures
    task = made(files)
    foreground = task.batch(Draw(0, 0)).foreground
    assert 0.5 < foreground.mean() < 1  # a picture of 48 x 64 in a square
    assert task.losses(Draw(0, 0)).total.isfinite()


def test_pictures_with_an_empty_mask_are_left_out(pictures, tmp_path):
    files, masks = pictures
    empty = np.zeros((48, 64), np.uint8)
    Image.fromarray(empty).save(tmp_path / "masks" / "03.png")
    assert [each.name for each in made(files, masks).skipped] == ["03.png"]
    for index in range(8):
        Image.fromarray(empty).save(tmp_path / "masks" / f"{index:02d}.png")
    with pytest.raises(PartonomyError, match=r"none of 8 pictures.*mask is empty"):
        made(files, masks)


def test_a_single_picture_is_trained_on_without_contrast(pictures):
    files, masks = pictures
    task = made(files[:1], masks)
    assert set(task.losses(Draw(0, 0)).terms) == {"features", "colour", "equivariance"}
    assert any("no other to contrast" in note for note in task.notes)
    assert np.isfinite(task.criterion())
    only_contrast = {"features": 0, "colour": 0, "equivariance": 0}
    with pytest.raises(PartonomyError, match="no loss is left"):
        made(files[:1], masks, only_contrast)


def test_a_batch_larger_than_the_data_is_cut_to_it(pictures):
    files, masks = pictures
    task = made(files[:3], masks, {"batch": 64})
    assert len(task.batch(Draw(0, 0)).pictures) == 3
    assert any("a batch has 3, not 64" in note for note in task.notes)
    assert not made(files, masks).notes


def test_two_pictures_are_too_few_for_the_published_positives(pictures):
    files, masks = pictures
    assert "contrast" in made(files[:2], masks).losses(Draw(0, 0)).terms
    with pytest.raises(PartonomyError, match="choose uniform"):
        made(files[:2], masks, {"positives": "paper-code"})


def test_it_goes_to_another_process(pictures):
    files, masks = pictures
    task = made(files, masks)
    again = pickle.loads(pickle.dumps(task))
    again.to(torch.device("cpu"))
    assert torch.equal(again.losses(Draw(0, 1)).total, task.losses(Draw(0, 1)).total)


def test_what_decides_it_is_in_its_identity(pictures):
    files, masks = pictures
    tasks = [made(files, masks), made(files, masks), made(files), made(files, masks, {"colour": 1})]
    first, again, *others = [task.identity for task in tasks]
    assert first == again and len({first, *others}) == 3


def test_it_learns_planted_parts(pictures):
    """Losses fall, views agree, and masks become the parts."""
    files, masks = pictures
    task = made(files, masks)
    optimizer = torch.optim.AdamW(
        [{"params": group, "lr": 3e-4 * multiple} for group, multiple in task.groups()]
    )
    before, agreement_before = task.criterion(), _agreement(task)
    for step in range(12):
        losses = task.losses(Draw(0, step))
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.step()
    assert task.criterion() < 0.5 * before
    assert agreement_before < 0.3 and _agreement(task) > 0.6


def _agreement(task):
    """NMI of the best parts with the planted ones, within the objects."""
    task.module.eval()
    table = np.zeros((2, task.n_parts), np.int64)
    for batch in task._judged:
        with torch.no_grad():
            best = task.logits(batch.pictures.permute(0, 3, 1, 2) / 255).argmax(1)
        above = batch.pictures[..., 0] > batch.pictures[..., 2]  # red, not blue
        for part in (0, 1):
            chosen = (batch.foreground[:, 0] > 0) & (above == bool(part))
            table[part] += np.bincount(best[chosen], minlength=task.n_parts)
    return normalised_mutual_information(table)
