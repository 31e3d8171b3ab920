"""Batches: the draw of a step decides them, whoever asks and whatever was asked before."""

import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from conftest import made_up_picture
from partonomy.errors import PartonomyError
from partonomy.images import ImageFolder
from partonomy.segmenter.choudhury.batches import Batches
from partonomy.segmenter.choudhury.crops import Framing, find_subjects
from partonomy.segmenter.training import Draw


@pytest.fixture
def subjects(photos):
    return find_subjects(ImageFolder(photos))[0]


def batches(subjects, size=4):
    return Batches(subjects, Framing(size=32), size, None)


def test_a_step_has_the_same_batch_in_a_row_alone_and_resumed(subjects):
    whole = batches(subjects)
    in_a_row = [whole.drawn(Draw(1, step)) for step in range(4)]
    resumed = batches(subjects)
    for step in (2, 3, 0):
        again = resumed.drawn(Draw(1, step))
        assert torch.equal(again.pictures, in_a_row[step].pictures)
        assert torch.equal(again.foreground, in_a_row[step].foreground)
    pictures = [batch.pictures for batch in in_a_row]
    for other in (Draw(1, 4), Draw(2, 0), Draw(1, 0, rank=1)):
        assert not any(torch.equal(resumed.drawn(other).pictures, each) for each in pictures)
    assert pictures[0].shape == (4, 32, 32, 3) and pictures[0].dtype == torch.uint8
    assert in_a_row[0].foreground.shape == (4, 1, 32, 32)


def test_no_picture_is_in_a_batch_twice(tmp_path):
    for index in range(5):
        grey = np.full((32, 32, 3), 40 * index, np.uint8)
        Image.fromarray(grey).save(tmp_path / f"{index}.png")
    made = batches(find_subjects(ImageFolder(tmp_path))[0])
    for step in range(20):
        middles = made.drawn(Draw(0, step)).pictures[:, 16, 16, 0].tolist()
        assert len(set(middles)) == 4


def test_they_go_to_another_process(subjects):
    made = batches(subjects)
    first = made.drawn(Draw(0, 0))
    again = pickle.loads(pickle.dumps(made))
    assert torch.equal(again.drawn(Draw(0, 0)).pictures, first.pictures)


def test_a_picture_that_vanished_is_named(subjects, photos):
    made = batches(subjects, size=len(subjects))
    (photos / "03.png").unlink()
    with pytest.raises(PartonomyError, match=r"03\.png could be read when the training began"):
        made.drawn(Draw(0, 0))
    Image.fromarray(made_up_picture(3)).save(photos / "03.png")
    assert len(made.drawn(Draw(0, 0)).pictures) == 12
